//! Double entry: money is never made or lost here, it only moves.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use shared::{ConferenceId, Money};

/// Money that moves between a person's account and a clearing account.
///
/// It holds one number, and the other side's is its opposite: over all ledgers the sum is zero by construction, whatever
/// is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// What the person's account gains; a loss is below zero.
    pub gain: Money,
    /// The other side.
    pub clearing: ClearingAccount,
}

/// One of the two sides of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ledger<'a> {
    /// The account in whose stream the entry stands.
    Account,
    Clearing(&'a ClearingAccount),
}

/// Where money comes from and goes to outside people's accounts. It has no stream of its own: its balance is a view over
/// all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ClearingAccount {
    /// `provider:NAME`: what a payment provider took in for people.
    Provider(String),
    /// `conference:ID`: what people paid for a conference.
    Conference(ConferenceId),
}

impl Posting {
    /// The account gains what a clearing account loses.
    pub(crate) fn gain(amount: Money, from: ClearingAccount) -> Self {
        Self {
            gain: amount,
            clearing: from,
        }
    }

    /// The account loses what a clearing account gains.
    pub(crate) fn loss(amount: Money, to: ClearingAccount) -> Self {
        Self {
            gain: Money {
                minor: -amount.minor,
                ..amount
            },
            clearing: to,
        }
    }

    /// The posting that takes this one back.
    pub(crate) fn reversed(self) -> Self {
        Self::loss(self.gain, self.clearing)
    }

    /// What each side gains, in minor units; a loss is below zero.
    pub fn legs(&self) -> [(Ledger<'_>, i64); 2] {
        [
            (Ledger::Account, self.gain.minor),
            (Ledger::Clearing(&self.clearing), -self.gain.minor),
        ]
    }
}

impl fmt::Display for ClearingAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(name) => write!(f, "provider:{name}"),
            Self::Conference(id) => write!(f, "conference:{id}"),
        }
    }
}

/// A text that names no clearing account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no clearing account")]
pub struct UnknownClearingAccount(String);

impl FromStr for ClearingAccount {
    type Err = UnknownClearingAccount;

    fn from_str(text: &str) -> Result<Self, UnknownClearingAccount> {
        let parse = || match text.split_once(':')? {
            ("provider", name) => Some(Self::Provider(name.to_owned())),
            ("conference", id) => Some(Self::Conference(id.parse().ok()?)),
            _ => None,
        };
        parse().ok_or_else(|| UnknownClearingAccount(text.to_owned()))
    }
}

impl TryFrom<String> for ClearingAccount {
    type Error = UnknownClearingAccount;

    fn try_from(text: String) -> Result<Self, UnknownClearingAccount> {
        text.parse()
    }
}

impl From<ClearingAccount> for String {
    fn from(account: ClearingAccount) -> Self {
        account.to_string()
    }
}
