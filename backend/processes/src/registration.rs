//! The registration process: what follows from what the contexts tell.

use domain::{Decline, booking::Command};
use integration::Data;
use shared::ConferenceId;

/// What must happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing: the event is for others.
    Nothing,
    /// This command, and what step it is: its id follows from the event's and this word.
    Send(&'static str, Command),
    /// Each order of this conference is cancelled.
    CancelOrders(ConferenceId),
}

/// What follows from an event.
pub fn next_step(data: &Data) -> NextStep {
    match data {
        Data::AccountChargePosted(posted) => NextStep::Send(
            "settle",
            Command::SettlePayment(posted.order_id, posted.payment_id, posted.amount),
        ),
        Data::AccountChargeDeclined(declined) => NextStep::Send(
            "decline",
            Command::DeclinePayment(
                declined.order_id,
                declined.payment_id,
                Decline::new(declined.reason, declined.shortfall),
            ),
        ),
        Data::AccountRefundPosted(posted) => NextStep::Send(
            "refunded",
            Command::RecordRefund(posted.order_id, posted.refund_id),
        ),
        Data::AccountTopUpCredited(credited) => match credited.order_id {
            Some(order_id) => NextStep::Send(
                "resume",
                Command::ResumePayment(order_id, credited.person_id.clone()),
            ),
            None => NextStep::Nothing,
        },
        Data::ConferenceCancelled(cancelled) => NextStep::CancelOrders(cancelled.conference_id),
        Data::OrderPlaced(_)
        | Data::OrderPaymentRequested(_)
        | Data::OrderConfirmed(_)
        | Data::OrderCancelled(_)
        | Data::OrderRefundDue(_) => NextStep::Nothing,
    }
}
