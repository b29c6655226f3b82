//! What each integration event says: its `data`, a published format.
//!
//! `person_id` is the token's opaque `sub`; nothing else here is about a person. Amounts are never negative: the type of
//! the event says which way the money goes.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Money, OrderId, PaymentId, PersonId, RefundId, TopUpId, account::DeclineReason,
};

/// `conference.cancelled.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferenceCancelled {
    pub conference_id: ConferenceId,
}

/// `order.placed.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// The six characters by which people name the order.
    pub locator: String,
}

/// `order.payment-requested.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPaymentRequested {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// What the order's seats cost.
    pub amount: Money,
}

/// `order.confirmed.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderConfirmed {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// None where the seats cost nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}

/// `order.cancelled.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
}

/// `order.refund-due.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRefundDue {
    pub order_id: OrderId,
    pub refund_id: RefundId,
    /// The payment that it gives back in part or whole.
    pub payment_id: PaymentId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// What was paid for the seats in question.
    pub amount: Money,
}

/// `account.top-up-credited.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTopUpCredited {
    pub top_up_id: TopUpId,
    pub person_id: PersonId,
    /// What was credited.
    pub amount: Money,
    /// The order that the person meant to pay with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// `account.charge-posted.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChargePosted {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// What was charged: all that was asked for.
    pub amount: Money,
}

/// `account.charge-declined.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChargeDeclined {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// What was asked for.
    pub amount: Money,
    pub reason: DeclineReason,
    /// How much the account lacks for this payment; zero where money is not the reason.
    pub shortfall: Money,
}

/// `account.refund-posted.v1`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRefundPosted {
    pub refund_id: RefundId,
    /// The payment that it gives back in part or whole.
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub person_id: PersonId,
    /// What was given back: all that was due.
    pub amount: Money,
}
