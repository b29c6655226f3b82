//! A person's account: what can be asked of it, what is answered, and how it is shown. There is one account per person
//! and currency, and it is opened by its first use.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ConferenceId, Currency, Money, OrderId, Timestamp, TopUpId, VersionToken,
    text::{Invalid, Reason},
};

/// How much one top-up brings: 1.00 to 100,000.00 of a currency with two decimals.
///
/// ```
/// use shared::{Currency, Money, account::TopUpAmount};
/// let euros = |minor| TopUpAmount::try_from(Money { minor, currency: Currency::EUR });
/// assert!(euros(100).is_ok() && euros(99).is_err() && euros(-5000).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Money", into = "Money")]
pub struct TopUpAmount(Money);

impl TopUpAmount {
    /// The least, in minor units.
    pub const MIN: i64 = 100;
    /// The most, in minor units.
    pub const MAX: i64 = 10_000_000;

    /// The amount.
    pub fn get(self) -> Money {
        self.0
    }
}

impl TryFrom<Money> for TopUpAmount {
    type Error = Invalid;

    fn try_from(amount: Money) -> Result<Self, Invalid> {
        if (Self::MIN..=Self::MAX).contains(&amount.minor) {
            Ok(Self(amount))
        } else {
            let (min, max) = (Self::MIN, Self::MAX);
            Err(Invalid(format!(
                "must be from {min} to {max} in minor units"
            )))
        }
    }
}

impl From<TopUpAmount> for Money {
    fn from(amount: TopUpAmount) -> Self {
        amount.0
    }
}

/// How far below zero a balance may go: 0 to 1,000,000.00 of a currency with two decimals. Zero is a prepaid account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct CreditLimit(i64);

impl CreditLimit {
    /// The most, in minor units.
    pub const MAX: i64 = 100_000_000;

    /// Minor units.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for CreditLimit {
    type Error = Invalid;

    fn try_from(minor: i64) -> Result<Self, Invalid> {
        if (0..=Self::MAX).contains(&minor) {
            Ok(Self(minor))
        } else {
            let max = Self::MAX;
            Err(Invalid(format!("must be from 0 to {max} in minor units")))
        }
    }
}

impl From<CreditLimit> for i64 {
    fn from(limit: CreditLimit) -> Self {
        limit.0
    }
}

/// `POST /api/account/top-ups`: pay money in through the payment provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartTopUp {
    pub amount: TopUpAmount,
    /// The order that waits for this money: once it is there, that order's payment is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// A top-up that was started: the person goes on at the provider's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpAnswer {
    pub top_up_id: TopUpId,
    pub amount: Money,
    /// The provider's page.
    pub checkout_url: String,
    /// Until when that page can be paid at.
    pub until: Timestamp,
}

/// `POST /api/accounts/{person}/{currency}/deny`, `/block`, `/entries/{entry_id}/reverse`: an operator says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Because {
    pub reason: Reason,
}

/// `PUT /api/accounts/{person}/{currency}/credit-limit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetCreditLimit {
    /// Minor units of the account's currency.
    pub limit: CreditLimit,
}

/// An account after an operator's command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAnswer {
    pub status: AccountStatus,
    pub balance: Money,
    pub credit_limit: Money,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Opened, and not yet approved: it can be topped up and not be charged.
    Pending,
    Active,
    /// It was not approved, for good.
    Denied,
    /// An operator stopped it; it can be unblocked.
    Blocked,
    /// For good.
    Closed,
}

/// Why an account was not charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    InsufficientFunds,
    AccountPending,
    AccountDenied,
    AccountBlocked,
    AccountClosed,
}

/// Why a top-up brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpFailure {
    /// The provider could not take the money.
    Declined,
    /// Nobody paid before the provider's page ran out.
    Expired,
}

/// `GET /api/account`: the signed-in person's accounts, by currency. None before the first is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyAccounts {
    pub accounts: Vec<AccountView>,
    pub as_of: VersionToken,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    pub currency: Currency,
    pub status: AccountStatus,
    /// Why it was denied or blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    pub balance: Money,
    pub credit_limit: Money,
    /// What can be spent: the balance and the credit limit together.
    pub available: Money,
    /// Top-ups that the provider has not answered, the oldest first. One whose time is over can still be answered.
    pub open_top_ups: Vec<OpenTopUp>,
    /// The last few top-ups that brought nothing, the newest first.
    pub failed_top_ups: Vec<FailedTopUp>,
}

/// A top-up that the provider has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTopUp {
    pub top_up_id: TopUpId,
    pub amount: Money,
    pub started_at: Timestamp,
    /// Until when the provider's page can be paid at.
    pub until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// A top-up that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTopUp {
    pub top_up_id: TopUpId,
    pub amount: Money,
    pub failed_at: Timestamp,
    pub reason: TopUpFailure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// `GET /api/account/statement`: the entries of one account, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub currency: Currency,
    pub entries: Vec<StatementEntry>,
    /// Send it as `cursor` for the next page; none on the last.
    pub next_cursor: Option<String>,
    pub as_of: VersionToken,
}

/// Money that came to an account or went from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementEntry {
    /// The top-up's, payment's, refund's or reversal's id.
    pub entry_id: Uuid,
    /// The version of its event in the account's stream.
    pub version: u64,
    pub at: Timestamp,
    pub kind: EntryKind,
    /// Above zero where it came to the account, below where it went.
    pub amount: Money,
    /// The balance right after it.
    pub balance: Money,
    /// The order it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The conference that was paid, or paid back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference_id: Option<ConferenceId>,
    /// The entry that it takes back, where it is a reversal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<Uuid>,
}

/// What an entry of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Money paid in through a payment provider.
    TopUp,
    /// An order was paid.
    Charge,
    /// What was paid for seats that were given up or could not be had.
    Refund,
    /// An operator took an entry back.
    Reversal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_outside_its_bounds_is_refused_where_it_stands() {
        for minor in [99, 0, -100, 10_000_001, i64::MAX, i64::MIN] {
            let body = format!(r#"{{"amount":{{"minor":{minor},"currency":"EUR"}}}}"#);
            let refused = serde_json::from_str::<StartTopUp>(&body).unwrap_err();
            assert!(refused.to_string().contains("must be from 100 to 10000000"));
        }
        for minor in [-1, 100_000_001, i64::MIN] {
            assert!(CreditLimit::try_from(minor).is_err(), "{minor}");
        }
        assert_eq!(CreditLimit::try_from(0), Ok(CreditLimit::default()));
    }

    #[test]
    fn a_top_up_is_read_as_it_is_written() {
        let body = r#"{"amount":{"minor":5000,"currency":"EUR"}}"#;
        let request: StartTopUp = serde_json::from_str(body).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), body);
    }
}
