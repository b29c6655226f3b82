//! Why an account did not pay. The accounts context gives this answer and the booking context keeps it, so both write it in
//! the same words.

use serde::{Deserialize, Serialize};
use shared::{Currency, Money, account::DeclineReason};

use crate::words;

/// Why an account did not pay. A storage format.
///
/// How much was missing stands with the one reason that is about money, so that nobody can read a shortfall where there is
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// So much was missing.
    InsufficientFunds {
        shortfall: Money,
    },
    AccountPending,
    AccountDenied,
    AccountBlocked,
    AccountClosed,
}

impl Decline {
    /// What an integration event says: a reason, and a shortfall that is zero where money was not the reason.
    pub fn new(reason: DeclineReason, shortfall: Money) -> Self {
        match reason {
            DeclineReason::InsufficientFunds => Self::InsufficientFunds { shortfall },
            DeclineReason::AccountPending => Self::AccountPending,
            DeclineReason::AccountDenied => Self::AccountDenied,
            DeclineReason::AccountBlocked => Self::AccountBlocked,
            DeclineReason::AccountClosed => Self::AccountClosed,
        }
    }

    /// The reason alone.
    pub fn reason(self) -> DeclineReason {
        match self {
            Self::InsufficientFunds { .. } => DeclineReason::InsufficientFunds,
            Self::AccountPending => DeclineReason::AccountPending,
            Self::AccountDenied => DeclineReason::AccountDenied,
            Self::AccountBlocked => DeclineReason::AccountBlocked,
            Self::AccountClosed => DeclineReason::AccountClosed,
        }
    }

    /// The end of a sentence that says why nothing was paid.
    pub(crate) fn words(self) -> String {
        match self {
            Self::InsufficientFunds { shortfall } => {
                format!("{} is missing", words::money(shortfall))
            }
            Self::AccountPending => "the account is not yet approved".to_owned(),
            Self::AccountDenied => "the account was denied".to_owned(),
            Self::AccountBlocked => "the account is blocked".to_owned(),
            Self::AccountClosed => "the account is closed".to_owned(),
        }
    }

    /// How much was missing, in the account's currency; zero where money was not the reason.
    pub fn shortfall(self, currency: Currency) -> Money {
        match self {
            Self::InsufficientFunds { shortfall } => shortfall,
            Self::AccountPending
            | Self::AccountDenied
            | Self::AccountBlocked
            | Self::AccountClosed => Money { minor: 0, currency },
        }
    }
}
