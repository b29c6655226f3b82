//! What the values of a plot are.

use shared::{Currency, Money};

use crate::ui::format;

/// What a plot's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of a currency.
    Money(Currency),
    /// Seats, orders: things that are counted.
    Count,
}

impl Unit {
    /// A value in the room that there is beside a plot.
    pub fn label(self, value: i64) -> String {
        match self {
            Self::Money(currency) => format::short_amount(Money {
                minor: value,
                currency,
            }),
            Self::Count => format::number(value),
        }
    }

    /// The smallest step between two lines: a whole unit of most currencies, or one.
    pub fn least_step(self) -> i64 {
        match self {
            Self::Money(_) => 100,
            Self::Count => 1,
        }
    }
}
