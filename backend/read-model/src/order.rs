//! An order as its owner sees it.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, SeatTypeId, Timestamp,
    text::Title,
    views::{LineDiscount, OrderedSeat, SeatStatus, TimelineEntry},
};

use crate::{Document, Index};

/// An order, with the names of its attendees in clear: its row goes when its owner is forgotten. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDoc {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub owner: PersonId,
    pub locator: String,
    pub currency: Currency,
    pub placed_at: Timestamp,
    pub phase: OrderPhase,
    pub lines: Vec<LineDoc>,
    /// The payment that was asked for last; none while none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentDoc>,
    pub timeline: Vec<TimelineEntry>,
}

/// Seats of one type in an order. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDoc {
    /// The line's place in the order, from 1.
    pub line: u32,
    pub seat_type_id: SeatTypeId,
    pub name: Title,
    pub unit_price: Money,
    /// What each promo code takes off each of its seats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<LineDiscount>,
    /// How many were asked for.
    pub requested: u32,
    /// The granted seats.
    pub seats: Vec<OrderedSeat>,
}

impl LineDoc {
    /// What each of its seats costs, and is refunded with.
    pub fn seat_price(&self) -> Money {
        let off = self
            .discounts
            .iter()
            .map(|discount| discount.per_seat.minor);
        Money {
            minor: self.unit_price.minor - off.sum::<i64>(),
            ..self.unit_price
        }
    }

    /// How many of its seats were not given up.
    pub fn live(&self) -> usize {
        let live = |seat: &&OrderedSeat| seat.status != SeatStatus::Cancelled;
        self.seats.iter().filter(live).count()
    }
}

/// A payment that an order asked for. A storage format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDoc {
    pub payment_id: PaymentId,
    /// What was asked for, without what of it goes back.
    pub amount: Money,
    /// Whether it paid for the order's seats.
    pub taken: bool,
}

/// Where an order stands; whether a hold's time is over is for whoever has a clock. A storage format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum OrderPhase {
    /// Placed, and nothing granted yet.
    Asked,
    Held {
        until: Timestamp,
        extended: bool,
    },
    /// Held as before, and the account was asked for the money.
    AwaitingPayment {
        until: Timestamp,
        extended: bool,
    },
    Confirmed,
    Cancelled,
    /// The payment came when the seats were gone.
    Refunded,
}

impl OrderDoc {
    /// A person's orders by when they were placed.
    pub const BY_OWNER: Index = Index {
        name: "by-owner",
        hash: "owner",
        range: Some("placed_at"),
        keys_only: false,
    };

    /// The key of an order's row.
    pub fn key(id: OrderId) -> String {
        id.to_string()
    }
}

impl Document for OrderDoc {
    const INDEXES: &'static [Index] = &[Self::BY_OWNER];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        vec![
            ("owner", self.owner.to_string()),
            ("placed_at", self.placed_at.to_string()),
        ]
    }
}
