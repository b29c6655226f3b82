//! Everything that can happen to an account.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, RefundId, Timestamp, TopUpId,
    account::TopUpFailure, text::Reason,
};
use uuid::Uuid;

use crate::Decline;

use super::{ClearingAccount, Posting};

/// What happens to an account. A storage format.
///
/// Each amount brings its currency, which is the account's, so that an event can be read without its stream's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    AccountOpened {
        person: PersonId,
        currency: Currency,
    },
    AccountApproved {},
    AccountDenied {
        reason: Reason,
    },
    AccountBlocked {
        reason: Reason,
    },
    AccountUnblocked {},
    AccountClosed {},
    CreditLimitSet {
        limit: Money,
    },
    /// The person was sent to a payment provider.
    TopUpStarted {
        top_up_id: TopUpId,
        amount: Money,
        provider: String,
        /// The order that waits for this money.
        order_id: Option<OrderId>,
        /// Until when the provider's page can be paid at.
        until: Timestamp,
    },
    /// The provider took the money in.
    TopUpCredited {
        top_up_id: TopUpId,
        /// What the provider says it took.
        amount: Money,
        provider: String,
        order_id: Option<OrderId>,
        /// The provider's own name for the payment.
        reference: String,
    },
    TopUpFailed {
        top_up_id: TopUpId,
        reason: TopUpFailure,
    },
    /// An order was paid.
    ChargePosted {
        payment_id: PaymentId,
        amount: Money,
        conference_id: ConferenceId,
        order_id: OrderId,
    },
    /// An order asked to be paid and was not.
    ChargeDeclined {
        payment_id: PaymentId,
        amount: Money,
        conference_id: ConferenceId,
        order_id: OrderId,
        decline: Decline,
    },
    /// Some or all of a charge was paid back.
    RefundPosted {
        refund_id: RefundId,
        payment_id: PaymentId,
        amount: Money,
        conference_id: ConferenceId,
        order_id: OrderId,
    },
    /// An operator took back a top-up, a charge or a refund, by its opposite.
    EntryReversed {
        entry_id: Uuid,
        /// The entry that is taken back: a top-up's, payment's or refund's id.
        reverses: Uuid,
        /// What the account gains by it; a loss is below zero.
        amount: Money,
        clearing: ClearingAccount,
        order_id: Option<OrderId>,
        reason: Reason,
    },
}

impl Event {
    /// The money that it moves, if it moves any.
    pub fn posting(&self) -> Option<Posting> {
        match self {
            Self::TopUpCredited {
                amount, provider, ..
            } => Some(Posting::gain(
                *amount,
                ClearingAccount::Provider(provider.clone()),
            )),
            Self::ChargePosted {
                amount,
                conference_id,
                ..
            } => Some(Posting::loss(
                *amount,
                ClearingAccount::Conference(*conference_id),
            )),
            Self::RefundPosted {
                amount,
                conference_id,
                ..
            } => Some(Posting::gain(
                *amount,
                ClearingAccount::Conference(*conference_id),
            )),
            Self::EntryReversed {
                amount, clearing, ..
            } => Some(Posting::gain(*amount, clearing.clone())),
            Self::AccountOpened { .. }
            | Self::AccountApproved {}
            | Self::AccountDenied { .. }
            | Self::AccountBlocked { .. }
            | Self::AccountUnblocked {}
            | Self::AccountClosed {}
            | Self::CreditLimitSet { .. }
            | Self::TopUpStarted { .. }
            | Self::TopUpFailed { .. }
            | Self::ChargeDeclined { .. } => None,
        }
    }
}
