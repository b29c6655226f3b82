//! Giving seats up: some of them, or all, by whoever booked or because the conference does not take place. What was paid
//! for them goes back.

use shared::{Money, OrderId, text::Ordinal, views::RefundReason};

use super::{
    Changes, Context, Rejection, States, StreamId,
    order::{Event, Line, Phase},
    placed_order::PlacedOrder,
};

/// Give up some seats of a line. With the last seat goes the order.
pub(crate) fn cancel_seats(
    id: OrderId,
    line: Ordinal,
    seats: &[Ordinal],
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::own(id, states, context)?;
    let line = line.get();
    let mut given_up = Vec::new();
    for seat in seats {
        match order.order.is_given_up(line, seat.get()) {
            None => return Err(Rejection::NoSuchSeat),
            Some(false) if !given_up.contains(&seat.get()) => given_up.push(seat.get()),
            Some(_) => {}
        }
    }
    let Some(ordered) = order
        .order
        .lines
        .get(line as usize - 1)
        .filter(|_| !given_up.is_empty())
    else {
        return Ok(Changes::default());
    };
    if let Phase::AwaitingPayment { .. } = order.order.phase {
        // The account was asked for the price of all of them.
        return Err(Rejection::OrderClosed("being paid; wait a moment"));
    }
    let live: u32 = order.order.lines.iter().map(Line::live).sum();
    let count = given_up.len() as u32;
    let price = ordered.seat_price();
    let value = Money {
        minor: price.minor * i64::from(count),
        ..price
    };
    let returned = states
        .seats(order.conference_id(), ordered.seat_type_id)
        .give_back(id, count, context.at);
    let events = [Event::OrderSeatsCancelled {
        line,
        seats: given_up,
    }];
    let events = events
        .into_iter()
        .chain(refund(&order, value, RefundReason::SeatsCancelled, context))
        .chain((count == live).then_some(Event::OrderCancelled {
            with_conference: false,
        }));
    let pool = StreamId::Seats(order.conference_id(), ordered.seat_type_id);
    let changes = order.with(events).with(pool, returned);
    Ok(if count == live {
        order.give_codes_back(changes)
    } else {
        changes
    })
}

/// Give up the whole order. A payment that is on its way goes back when it arrives.
pub(crate) fn cancel_order(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::own(id, states, context)?;
    Ok(cancel_all(&order, RefundReason::SeatsCancelled, context))
}

/// The conference does not take place, and the order with it.
pub(crate) fn cancel_with_conference(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::any(id, states)?;
    Ok(cancel_all(
        &order,
        RefundReason::ConferenceCancelled,
        context,
    ))
}

fn cancel_all(order: &PlacedOrder<'_>, reason: RefundReason, context: &Context) -> Changes {
    match order.order.phase {
        Phase::Asked
        | Phase::Held { .. }
        | Phase::AwaitingPayment { .. }
        | Phase::Confirmed { .. } => {}
        Phase::Cancelled | Phase::Refunded => return Changes::default(),
    }
    let events = refund(order, order.order.total(), reason, context)
        .into_iter()
        .chain([Event::OrderCancelled {
            with_conference: reason == RefundReason::ConferenceCancelled,
        }]);
    order.give_back(order.with(events), context)
}

/// What was paid for seats goes back; nothing where nothing was paid.
fn refund(
    order: &PlacedOrder<'_>,
    value: Money,
    reason: RefundReason,
    context: &Context,
) -> Option<Event> {
    match order.order.phase {
        Phase::Confirmed {
            payment_id: Some(payment_id),
        } => order.refund_due(payment_id, value, reason, context),
        Phase::Confirmed { payment_id: None }
        | Phase::Asked
        | Phase::Held { .. }
        | Phase::AwaitingPayment { .. }
        | Phase::Cancelled
        | Phase::Refunded => None,
    }
}
