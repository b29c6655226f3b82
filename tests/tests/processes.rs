//! What the processes function does with its calls: the queue's and the schedule's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use domain::booking::{Booking, State, StreamId};
use event_store::EventStore;
use integration::{AccountChargePosted, IntegrationEvent};
use local::booking_log;
use processes::Processes;
use serde_json::{Value, json};
use shared::{ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, views::OrderStatus};
use tests::{engine::Engine, history::history, log};
use uuid::Uuid;

/// The history's engine, and the function over it.
async fn function() -> (Engine, Processes) {
    let engine = Engine::start().await;
    history(&engine).await;
    let views = read_model::Tables::default();
    let processes = Processes::new(
        &engine.client,
        booking_log().events,
        (&views.availability, &views.generations),
        domain::booking::Rules::default(),
    );
    (engine, processes)
}

/// A message of the queue: that this order's payment was charged.
fn charged(id: &str, order: u128, payment: PaymentId) -> Value {
    let event = IntegrationEvent {
        id: Uuid::new_v5(&Uuid::nil(), id.as_bytes()),
        subject: "account#EUR#ada".to_owned(),
        time: "2027-05-03T09:30:00Z".parse().unwrap(),
        sequence: 7,
        correlation_id: Uuid::from_u128(1),
        causation_id: None,
        data: AccountChargePosted {
            payment_id: payment,
            order_id: OrderId(Uuid::from_u128(order)),
            conference_id: ConferenceId(Uuid::from_u128(order % 2)),
            person_id: PersonId("ada".to_owned()),
            amount: Money {
                minor: 60_000,
                currency: Currency::EUR,
            },
        }
        .into(),
    };
    let body = json!({ "detail-type": event.detail_type(), "detail": event }).to_string();
    json!({ "messageId": id, "body": body })
}

fn failed(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    let ids = failures.iter().map(|failure| &failure["itemIdentifier"]);
    ids.map(|id| id.as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_cannot_be_read_or_contradicts_the_log_comes_again_and_the_rest_does_not() {
    let (engine, processes) = function().await;
    let before = log::commits(&engine.client).await.len();
    let unknown = PaymentId(Uuid::from_u128(99));
    let batch = json!({ "Records": [
        { "messageId": "nonsense", "body": "nonsense" },
        { "messageId": "another type", "body": json!({ "detail": { "type": "order.teleported.v1" } }).to_string() },
        charged("unknown order", 5_000, unknown),
        charged("unknown payment", 0, unknown),
    ]});
    let answer = processes.call(batch).await.unwrap();
    let expected = [
        "nonsense",
        "another type",
        "unknown order",
        "unknown payment",
    ];
    assert_eq!(failed(&answer), expected);
    assert_eq!(log::commits(&engine.client).await.len(), before);
}

#[tokio::test]
async fn a_message_that_comes_again_changes_nothing() {
    let (engine, processes) = function().await;
    let store = EventStore::<Booking>::new(engine.client.clone(), booking_log());
    // The history charges an order's payment before it settles it; the first of its orders is paid.
    let order = StreamId::Order(OrderId(Uuid::from_u128(2)));
    let State::Order(paid) = &*store.current(&order).await.unwrap() else {
        panic!()
    };
    assert_eq!(paid.status(), OrderStatus::Confirmed);
    let payment = paid.bought_with().unwrap();
    let before = log::commits(&engine.client).await.len();
    for _ in 0..2 {
        let message = charged("paid", 2, payment);
        let answer = processes.call(json!({ "Records": [message] })).await;
        assert!(failed(&answer.unwrap()).is_empty());
    }
    assert_eq!(log::commits(&engine.client).await.len(), before);
}

#[tokio::test]
async fn the_schedule_finds_nothing_where_nothing_is_due_and_other_calls_are_refused() {
    let (_engine, processes) = function().await;
    let swept = processes.call(json!({ "schedule": "due-holds" })).await;
    assert_eq!(swept.unwrap(), json!({ "pools": 0, "failed": 0 }));
    for call in [json!({}), json!({ "schedule": "tidy-up" }), json!(7)] {
        assert!(processes.call(call.clone()).await.is_err(), "{call}");
    }
}
