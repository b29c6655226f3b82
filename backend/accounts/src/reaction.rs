//! What the accounts context does when orders say something: a pure function, from integration events to commands.

use domain::accounts::{Action, Command, StreamId};
use integration::{Data, IntegrationEvent, OrderPaymentRequested, OrderRefundDue};
use shared::{CommandId, Money, PersonId};

/// The command that follows from an integration event, if one does, and its id: the same however often the event comes.
pub fn reaction(event: &IntegrationEvent) -> Option<(CommandId, Command)> {
    let (step, account, action) = match &event.data {
        Data::OrderPaymentRequested(OrderPaymentRequested {
            order_id,
            payment_id,
            conference_id,
            person_id,
            amount,
        }) => {
            let charge = Action::Charge {
                payment_id: *payment_id,
                amount: *amount,
                conference_id: *conference_id,
                order_id: *order_id,
            };
            ("charge", account_of(person_id, *amount), charge)
        }
        // Which order and conference it was, the account knows from the charge.
        Data::OrderRefundDue(OrderRefundDue {
            refund_id,
            payment_id,
            person_id,
            amount,
            order_id: _,
            conference_id: _,
        }) => {
            let refund = Action::Refund {
                refund_id: *refund_id,
                payment_id: *payment_id,
                amount: *amount,
            };
            ("refund", account_of(person_id, *amount), refund)
        }
        Data::ConferenceCancelled(_)
        | Data::OrderPlaced(_)
        | Data::OrderConfirmed(_)
        | Data::OrderCancelled(_)
        | Data::AccountTopUpCredited(_)
        | Data::AccountChargePosted(_)
        | Data::AccountChargeDeclined(_)
        | Data::AccountRefundPosted(_) => return None,
    };
    Some((event.follow_up(step), Command { account, action }))
}

/// A person's account in the currency of an amount.
fn account_of(person: &PersonId, amount: Money) -> StreamId {
    StreamId::Account {
        currency: amount.currency,
        person: person.clone(),
    }
}
