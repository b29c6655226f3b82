//! The domain says no: why, and what the person or operator needs to go on. Never retried.

use shared::{Money, account::AccountStatus};

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("There is no such account.")]
    NoSuchAccount,
    #[error("This account is not yours to change.")]
    NotYours,
    #[error("The account is {}.", word(*.0))]
    NotOpenToThis(AccountStatus),
    /// A balance of other than zero, or a top-up that can still be paid.
    #[error(
        "An account can be closed when nothing is on it, nothing is owed, and no top-up is open."
    )]
    NotSettled { balance: Money, open_top_ups: usize },
    #[error("The amount must be above zero, in the account's currency.")]
    InvalidAmount,
    #[error("The balance would become too large to be counted.")]
    BalanceTooLarge,
    #[error("Another entry stands on the account under this id.")]
    EntryDiffers,
    #[error("The account has no such top-up.")]
    NoSuchTopUp,
    #[error("The account was never charged for this payment.")]
    NoSuchCharge,
    #[error("The account has no such entry.")]
    NoSuchEntry,
    #[error("The charge was taken back; there is nothing to refund.")]
    ChargeReversed,
    #[error("Only {} {} (in minor units) of this payment can still be refunded.", .left.minor, .left.currency)]
    RefundTooHigh { left: Money },
    #[error("The charge was refunded; take its refunds back first.")]
    ChargeRefunded,
}

fn word(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Pending => "not yet approved",
        AccountStatus::Active => "active",
        AccountStatus::Denied => "denied",
        AccountStatus::Blocked => "blocked",
        AccountStatus::Closed => "closed",
    }
}
