//! What is not an integration event is refused with what is wrong and where.

use integration::{EventType, IntegrationEvent, Subscriber, UnknownType, Unreadable};
use serde_json::{Value, json};

use crate::{
    file,
    samples::{Optional, event},
};

/// What the reader says of the example of a refund, with one member changed.
fn refused(path: &str, value: Value) -> Unreadable {
    let mut event = file("examples/order.refund-due.v1.json");
    *event.pointer_mut(path).unwrap() = value;
    IntegrationEvent::try_from(event).unwrap_err()
}

#[test]
fn an_unknown_type_is_an_error_of_its_own() {
    assert_eq!(
        refused("/type", json!("order.refund-due.v2")),
        Unreadable::Type(UnknownType("order.refund-due.v2".into()))
    );
}

#[test]
fn an_error_in_the_data_names_the_type_and_the_member() {
    for (path, value, said) in [
        (
            "/data/amount/currency",
            json!("euro"),
            "order.refund-due.v1: data.amount.currency: is not a currency code",
        ),
        (
            "/data/order_id",
            json!(7),
            "order.refund-due.v1: data.order_id: ",
        ),
        (
            "/data",
            json!({}),
            "order.refund-due.v1: data: missing field `order_id`",
        ),
    ] {
        let error = refused(path, value).to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn an_error_in_the_envelope_names_the_attribute() {
    for (path, value) in [
        ("/specversion", json!("0.3")),
        ("/source", json!("/plenary/accounts")),
        ("/datacontenttype", json!("text/xml")),
        ("/dataschema", json!("urn:plenary:schema:order.placed.v1")),
        ("/sequence", json!("seven")),
        ("/time", json!("tomorrow")),
        ("/id", json!("7")),
    ] {
        let Unreadable::Envelope { field, .. } = refused(path, value) else {
            panic!("{path} is an attribute of the envelope");
        };
        assert_eq!(field, path[1..]);
    }
}

#[test]
fn an_event_is_read_out_of_a_queues_record() {
    for of in EventType::ALL {
        let event = event(*of, Optional::Present);
        let body = json!({
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": event.detail_type(),
            "source": event.source(),
            "account": "111122223333",
            "time": "2027-05-03T09:30:01Z",
            "region": "eu-central-1",
            "resources": [],
            "detail": event,
        });
        assert_eq!(IntegrationEvent::from_bus(&body.to_string()), Ok(event));
    }
}

#[test]
fn a_record_that_holds_no_event_is_refused() {
    for (body, said) in [
        ("", "EOF"),
        ("{}", "missing field `detail`"),
        (r#"{"detail": {}}"#, "missing field `specversion`"),
        (r#"{"detail": "text"}"#, "invalid type: string"),
    ] {
        let error = IntegrationEvent::from_bus(body).unwrap_err().to_string();
        assert!(error.contains(said), "{body}: {error}");
    }
}

#[test]
fn a_follow_up_has_one_id_for_each_event_and_step() {
    let first = event(EventType::AccountChargePosted, Optional::Present);
    let mut second = first.clone();
    second.id = second.correlation_id;
    assert_eq!(first.follow_up("settle"), first.clone().follow_up("settle"));
    assert_ne!(first.follow_up("settle"), first.follow_up("refund"));
    assert_ne!(first.follow_up("settle"), second.follow_up("settle"));
    // Ids stand in the event tables for ever: how they are made may not change.
    assert_eq!(
        first.follow_up("settle").to_string(),
        "4c9005aa-65d5-505d-95ed-8ec9966bc968"
    );
}

#[test]
fn a_subscriber_receives_from_the_other_context_alone() {
    for of in Subscriber::Accounts.receives() {
        assert_eq!(of.sender().name(), "booking");
    }
    assert_eq!(Subscriber::Accounts.receives().count(), 2);
    assert_eq!(Subscriber::Processes.receives().count(), 5);
}
