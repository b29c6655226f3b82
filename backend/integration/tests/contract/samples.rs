//! One event of each type, written out member by member: the compiler asks for a member that is new.

use integration::*;
use shared::{Money, PersonId, account::DeclineReason};

/// Whether the members that need not be there are there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Optional {
    Present,
    Absent,
}

impl Optional {
    fn of<T>(self, value: T) -> Option<T> {
        (self == Self::Present).then_some(value)
    }
}

/// The event that the example of this type holds.
pub fn event(of: EventType, optional: Optional) -> IntegrationEvent {
    let stream = match of.name().split_once('.').unwrap().0 {
        "conference" => format!("conference#{CONFERENCE}"),
        "order" => format!("order#{ORDER}"),
        _ => format!("account#EUR#{PERSON}"),
    };
    IntegrationEvent {
        id: id("0f5c1b6e-6a3e-5a55-9c0e-6f3f2d6b1a10"),
        subject: stream,
        time: id("2027-05-03T09:30:00Z"),
        sequence: 7,
        correlation_id: id("7be0a5f2-1c84-4d3b-a6d9-58e2c4f19077"),
        causation_id: optional.of(id("e2d9c6b4-7f15-5b80-93a7-1d4f6c8e2a88")),
        data: data(of, optional),
    }
}

const CONFERENCE: &str = "5a3c0c52-8b0e-4d57-9c9c-0c8f6f0b2f11";
const ORDER: &str = "9d1f6f6e-3f0a-4b9e-8f5a-6f1f2f7f4c22";
const PAYMENT: &str = "1c9a3d0e-52a4-5f0b-8a46-2f0f7b8d6e33";
const REFUND: &str = "b7e4f8a1-0d6c-5e2a-9b3d-7c5a1e9f0d44";
const TOP_UP: &str = "4e8d2b6a-9c1f-5a7e-8d0b-3f6c2a1b5e55";
const PERSON: &str = "c0b6a1de-40f1-70c5-7b1c-5a9d2f6e8b66";

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn euros(minor: i64) -> Money {
    let currency = shared::Currency::EUR;
    Money { minor, currency }
}

fn data(of: EventType, optional: Optional) -> Data {
    let person_id = PersonId(PERSON.into());
    match of {
        EventType::ConferenceCancelled => ConferenceCancelled {
            conference_id: id(CONFERENCE),
        }
        .into(),
        EventType::OrderPlaced => OrderPlaced {
            order_id: id(ORDER),
            conference_id: id(CONFERENCE),
            person_id,
            locator: "K7QX3M".into(),
        }
        .into(),
        EventType::OrderPaymentRequested => OrderPaymentRequested {
            order_id: id(ORDER),
            payment_id: id(PAYMENT),
            conference_id: id(CONFERENCE),
            person_id,
            amount: euros(12_000),
        }
        .into(),
        EventType::OrderConfirmed => OrderConfirmed {
            order_id: id(ORDER),
            conference_id: id(CONFERENCE),
            person_id,
            payment_id: optional.of(id(PAYMENT)),
        }
        .into(),
        EventType::OrderCancelled => OrderCancelled {
            order_id: id(ORDER),
            conference_id: id(CONFERENCE),
        }
        .into(),
        EventType::OrderRefundDue => OrderRefundDue {
            order_id: id(ORDER),
            refund_id: id(REFUND),
            payment_id: id(PAYMENT),
            conference_id: id(CONFERENCE),
            person_id,
            amount: euros(12_000),
        }
        .into(),
        EventType::AccountTopUpCredited => AccountTopUpCredited {
            top_up_id: id(TOP_UP),
            person_id,
            amount: euros(12_000),
            order_id: optional.of(id(ORDER)),
        }
        .into(),
        EventType::AccountChargePosted => AccountChargePosted {
            payment_id: id(PAYMENT),
            order_id: id(ORDER),
            conference_id: id(CONFERENCE),
            person_id,
            amount: euros(12_000),
        }
        .into(),
        EventType::AccountChargeDeclined => AccountChargeDeclined {
            payment_id: id(PAYMENT),
            order_id: id(ORDER),
            conference_id: id(CONFERENCE),
            person_id,
            amount: euros(12_000),
            reason: DeclineReason::InsufficientFunds,
            shortfall: euros(4_500),
        }
        .into(),
        EventType::AccountRefundPosted => AccountRefundPosted {
            refund_id: id(REFUND),
            payment_id: id(PAYMENT),
            order_id: id(ORDER),
            conference_id: id(CONFERENCE),
            person_id,
            amount: euros(12_000),
        }
        .into(),
    }
}
