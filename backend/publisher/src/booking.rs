//! What the booking context tells the others.

use domain::booking::{Event, State, StreamId, conference, order};
use integration::{
    ConferenceCancelled, Data, OrderCancelled, OrderConfirmed, OrderPaymentRequested, OrderPlaced,
    OrderRefundDue,
};
use shared::ConferenceId;

/// What the others learn of an event, if anything: given the state of its stream, then or later.
pub fn tell(event: &Event, stream: &StreamId, now: &State) -> Option<Data> {
    match (event, stream, now) {
        (Event::Conference(event), StreamId::Conference(id), _) => of_conference(event, *id),
        (Event::Order(event), _, State::Order(order)) => of_order(event, order),
        // Pools, addresses and promo codes are the context's own.
        (
            Event::Conference(_)
            | Event::Order(_)
            | Event::Seats(_)
            | Event::Person(_)
            | Event::Slug(_)
            | Event::Promo(_),
            _,
            _,
        ) => None,
    }
}

fn of_conference(event: &conference::Event, conference_id: ConferenceId) -> Option<Data> {
    match event {
        conference::Event::ConferenceCancelled {} => {
            Some(ConferenceCancelled { conference_id }.into())
        }
        conference::Event::ConferenceCreated { .. }
        | conference::Event::ConferenceRevised { .. }
        | conference::Event::SeatTypeAdded { .. }
        | conference::Event::SeatTypeRevised { .. }
        | conference::Event::ConferencePublished {}
        | conference::Event::ConferenceUnpublished {} => None,
    }
}

fn of_order(event: &order::Event, order: &order::Order) -> Option<Data> {
    let (order_id, conference_id, locator) = order.identity()?;
    let person_id = || order.booked_by().cloned();
    Some(match event {
        order::Event::OrderPlaced { booked_by, .. } => OrderPlaced {
            order_id,
            conference_id,
            person_id: booked_by.clone(),
            locator: locator.to_owned(),
        }
        .into(),
        order::Event::OrderPaymentRequested {
            payment_id,
            order_id,
            conference_id,
            payer,
            amount,
        } => OrderPaymentRequested {
            order_id: *order_id,
            payment_id: *payment_id,
            conference_id: *conference_id,
            person_id: payer.clone(),
            amount: *amount,
        }
        .into(),
        order::Event::OrderConfirmed { payment_id } => OrderConfirmed {
            order_id,
            conference_id,
            person_id: person_id()?,
            payment_id: *payment_id,
        }
        .into(),
        order::Event::OrderCancelled { .. } => OrderCancelled {
            order_id,
            conference_id,
        }
        .into(),
        order::Event::OrderRefundDue {
            refund_id,
            payment_id,
            order_id,
            conference_id,
            payee,
            amount,
            ..
        } => OrderRefundDue {
            order_id: *order_id,
            refund_id: *refund_id,
            payment_id: *payment_id,
            conference_id: *conference_id,
            person_id: payee.clone(),
            amount: *amount,
        }
        .into(),
        order::Event::OrderReserved { .. }
        | order::Event::OrderPartlyReserved { .. }
        | order::Event::OrderHoldExtended { .. }
        | order::Event::AttendeeAssigned { .. }
        | order::Event::OrderSeatsRecovered { .. }
        | order::Event::OrderFunded {}
        | order::Event::OrderPaymentDeclined { .. }
        | order::Event::OrderSeatsCancelled { .. }
        | order::Event::OrderRefunded { .. } => return None,
    })
}
