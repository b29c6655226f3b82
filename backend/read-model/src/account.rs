//! A person's account as its owner sees it, without its entries.

use serde::{Deserialize, Serialize};
use shared::{
    Currency, Money, PersonId,
    account::{AccountStatus, FailedTopUp, OpenTopUp},
    text::Reason,
};

use crate::{Document, Index};

/// An account. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDoc {
    pub person: PersonId,
    pub currency: Currency,
    pub status: AccountStatus,
    /// Why it was denied or blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Minor units.
    pub balance: i64,
    /// Minor units.
    pub credit_limit: i64,
    /// Top-ups that the provider has not answered, the oldest first.
    pub open_top_ups: Vec<OpenTopUp>,
    /// The last top-ups that brought nothing, the newest first.
    pub failed_top_ups: Vec<FailedTopUp>,
}

impl AccountDoc {
    /// A person's accounts by currency.
    pub const BY_PERSON: Index = Index {
        name: "by-person",
        hash: "person",
        range: Some("currency"),
        keys_only: false,
    };

    /// The key of an account's row, and of its entries. The person comes last because their id may hold any character.
    pub fn key(currency: Currency, person: &PersonId) -> String {
        format!("{currency}#{person}")
    }

    /// An amount in the account's currency.
    pub fn money(&self, minor: i64) -> Money {
        let currency = self.currency;
        Money { minor, currency }
    }
}

impl Document for AccountDoc {
    const INDEXES: &'static [Index] = &[Self::BY_PERSON];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        vec![
            ("person", self.person.to_string()),
            ("currency", self.currency.to_string()),
        ]
    }
}
