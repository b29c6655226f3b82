//! What the accounts context tells the others.

use domain::accounts::{Event, StreamId};
use integration::{
    AccountChargeDeclined, AccountChargePosted, AccountRefundPosted, AccountTopUpCredited, Data,
};

/// What the others learn of an event, if anything: whose account it is, the stream's name says.
pub fn tell(event: &Event, stream: &StreamId) -> Option<Data> {
    let person_id = stream.person().clone();
    Some(match event {
        Event::TopUpCredited {
            top_up_id,
            amount,
            order_id,
            ..
        } => AccountTopUpCredited {
            top_up_id: *top_up_id,
            person_id,
            amount: *amount,
            order_id: *order_id,
        }
        .into(),
        Event::ChargePosted {
            payment_id,
            amount,
            conference_id,
            order_id,
        } => AccountChargePosted {
            payment_id: *payment_id,
            order_id: *order_id,
            conference_id: *conference_id,
            person_id,
            amount: *amount,
        }
        .into(),
        Event::ChargeDeclined {
            payment_id,
            amount,
            conference_id,
            order_id,
            decline,
        } => AccountChargeDeclined {
            payment_id: *payment_id,
            order_id: *order_id,
            conference_id: *conference_id,
            person_id,
            amount: *amount,
            reason: decline.reason(),
            shortfall: decline.shortfall(amount.currency),
        }
        .into(),
        Event::RefundPosted {
            refund_id,
            payment_id,
            amount,
            conference_id,
            order_id,
        } => AccountRefundPosted {
            refund_id: *refund_id,
            payment_id: *payment_id,
            order_id: *order_id,
            conference_id: *conference_id,
            person_id,
            amount: *amount,
        }
        .into(),
        Event::AccountOpened { .. }
        | Event::AccountApproved {}
        | Event::AccountDenied { .. }
        | Event::AccountBlocked { .. }
        | Event::AccountUnblocked {}
        | Event::AccountClosed {}
        | Event::CreditLimitSet { .. }
        | Event::TopUpStarted { .. }
        | Event::TopUpFailed { .. }
        | Event::EntryReversed { .. } => return None,
    })
}
