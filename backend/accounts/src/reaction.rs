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

#[cfg(test)]
mod tests {
    use integration::Subscriber;
    use serde_json::json;

    use super::*;

    fn example(of: integration::EventType) -> IntegrationEvent {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../integration/examples");
        let detail = std::fs::read_to_string(format!("{folder}/{of}.json")).unwrap();
        let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
        IntegrationEvent::from_bus(&json!({ "detail": detail }).to_string()).unwrap()
    }

    #[test]
    fn exactly_what_the_bus_brings_is_followed_up() {
        let brought: Vec<_> = Subscriber::Accounts.receives().collect();
        for of in integration::EventType::ALL {
            let followed = reaction(&example(*of)).is_some();
            assert_eq!(followed, brought.contains(of), "{of}");
        }
    }

    #[test]
    fn the_same_event_always_leads_to_the_same_command_of_the_persons_own_account() {
        let event = example(integration::EventType::OrderPaymentRequested);
        let (id, command) = reaction(&event).unwrap();
        assert_eq!(reaction(&event), Some((id, command.clone())));
        assert_eq!(id, event.follow_up("charge"));
        let account = "account#EUR#c0b6a1de-40f1-70c5-7b1c-5a9d2f6e8b66";
        assert_eq!(command.account.to_string(), account);
    }
}
