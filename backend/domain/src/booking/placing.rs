//! Decisions that concern an order and its pools together. Each appends to all of them or to none, so an order never
//! says something else than the pools do.

use shared::{
    ConferenceId, OrderId, SeatTypeId,
    requests::{AssignAttendees, PlaceOrder},
    text::Ordinal,
    views::{Attendee, ConferenceStatus},
};

use crate::Personal;

use super::{
    Changes, Context, Rejection, States, StreamId,
    locator::locator,
    order::{Event, Order, Phase, Placed, PlacedLine},
};

/// How many lines an order can have.
pub const MAX_LINES: usize = 20;

/// The pools that an order's lines name.
pub(crate) fn pools_of(id: OrderId, states: &States) -> Vec<StreamId> {
    let order = states.order(id);
    let Some(placed) = &order.placed else {
        return Vec::new();
    };
    order
        .lines
        .iter()
        .map(|line| StreamId::Seats(placed.conference_id, line.seat_type_id))
        .collect()
}

/// Ask for seats and hold them: all that was asked for, or as many as there are.
pub(crate) fn place(
    request: &PlaceOrder,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let PlaceOrder {
        order_id,
        conference_id,
        lines,
        partial,
    } = request;
    if states.order(*order_id).placed.is_some() {
        return Err(Rejection::OrderExists);
    }
    let placed_lines = on_sale(request, states)?;
    let until = context.at.plus_minutes(context.rules.hold_minutes);

    let mut changes = Changes::default();
    let mut granted = Vec::new();
    let mut shortfalls = Vec::new();
    for line in lines {
        let (pool, quantity) = (line.seat_type_id, line.quantity.get());
        let seats = states.seats(*conference_id, pool);
        match seats.reserve((*order_id, pool), quantity, *partial, context.at, until) {
            Ok((count, events)) => {
                granted.push(count);
                changes = changes.with(StreamId::Seats(*conference_id, pool), events);
            }
            Err(shortfall) => shortfalls.push(shortfall),
        }
    }
    if *partial && granted.iter().all(|count| *count == 0) {
        // Not one seat of any line: say so for each, as if fewer would not have done.
        shortfalls = lines
            .iter()
            .filter_map(|line| {
                let seats = states.seats(*conference_id, line.seat_type_id);
                let pool = (*order_id, line.seat_type_id);
                seats
                    .reserve(pool, line.quantity.get(), false, context.at, until)
                    .err()
            })
            .collect();
    }
    if !shortfalls.is_empty() {
        return Err(Rejection::SeatsUnavailable(shortfalls));
    }

    let all = lines
        .iter()
        .zip(&granted)
        .all(|(line, granted)| line.quantity.get() == *granted);
    let placed = Event::OrderPlaced {
        order_id: *order_id,
        conference_id: *conference_id,
        booked_by: context.actor.person.clone(),
        contact: context
            .actor
            .contact
            .clone()
            .map(|contact| Personal::Clear(context.actor.person.clone(), contact)),
        locator: locator(*order_id),
        currency: states.conference(*conference_id).currency(),
        lines: placed_lines,
    };
    let held = if all {
        Event::OrderReserved { granted, until }
    } else {
        Event::OrderPartlyReserved { granted, until }
    };
    Ok(changes.with(StreamId::Order(*order_id), [placed, held]))
}

/// The lines at the prices of now, if all of them are for sale.
fn on_sale(request: &PlaceOrder, states: &States) -> Result<Vec<PlacedLine>, Rejection> {
    let conference = states.conference(request.conference_id);
    match conference.status() {
        ConferenceStatus::Published => {}
        ConferenceStatus::Unpublished => return Err(Rejection::NotOnSale),
        ConferenceStatus::Draft => return Err(Rejection::NoSuchConference),
    }
    let mut types: Vec<SeatTypeId> = request.lines.iter().map(|line| line.seat_type_id).collect();
    types.sort();
    types.dedup();
    if types.is_empty() || types.len() > MAX_LINES || types.len() < request.lines.len() {
        return Err(Rejection::InvalidLines);
    }
    let placed = request.lines.iter().map(|line| {
        let id = line.seat_type_id;
        let seat_type = conference
            .seat_type(id)
            .ok_or(Rejection::NoSuchSeatType(id))?;
        if line.quantity.get() > seat_type.max_per_order.get() {
            let max_per_order = seat_type.max_per_order.get();
            return Err(Rejection::TooManyPerOrder {
                seat_type_id: id,
                max_per_order,
            });
        }
        Ok(PlacedLine {
            seat_type_id: id,
            name: seat_type.name.clone(),
            unit_price: seat_type.price,
            requested: line.quantity.get(),
        })
    });
    placed.collect()
}

/// The order, if it is the actor's own. Somebody else's order does not exist for them.
fn own<'a>(
    id: OrderId,
    states: &'a States,
    context: &Context,
) -> Result<(&'a Order, &'a Placed), Rejection> {
    let order = states.order(id);
    match &order.placed {
        Some(placed) if placed.booked_by == context.actor.person => Ok((order, placed)),
        _ => Err(Rejection::NoSuchOrder),
    }
}

/// Hold the seats for longer: once, and up to the cap in all.
pub(crate) fn extend_hold(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let (order, placed) = own(id, states, context)?;
    let until = match order.phase {
        Phase::Held { extended: true, .. } => return Err(Rejection::AlreadyExtended),
        Phase::Held { until, .. } if until <= context.at => return Err(Rejection::HoldExpired),
        Phase::Held { until, .. } => {
            until.plus_minutes(context.rules.hold_cap_minutes - context.rules.hold_minutes)
        }
        Phase::Confirmed => return Err(Rejection::OrderClosed("confirmed already")),
        Phase::Asked | Phase::Cancelled => return Err(Rejection::OrderClosed("cancelled")),
    };
    let changes =
        Changes::default().with(StreamId::Order(id), [Event::OrderHoldExtended { until }]);
    Ok(each_pool(changes, order, placed, states, |seats, _| {
        seats.extend(id, context.at, until)
    }))
}

/// Say who sits on which seat, or say it anew.
pub(crate) fn assign_attendees(
    id: OrderId,
    request: &AssignAttendees,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let (order, placed) = own(id, states, context)?;
    if order.phase == Phase::Cancelled {
        return Err(Rejection::OrderClosed("cancelled"));
    }
    let assigned = request.attendees.iter().map(|assigned| {
        let (line, seat) = (assigned.line.get(), assigned.seat.get());
        if order.is_given_up(line, seat) != Some(false) {
            return Err(Rejection::NoSuchSeat);
        }
        let attendee = Attendee {
            name: assigned.name.clone(),
            email: assigned.email.clone(),
        };
        Ok(Event::AttendeeAssigned {
            line,
            seat,
            attendee: Personal::Clear(placed.booked_by.clone(), attendee),
        })
    });
    Ok(Changes::default().with(
        StreamId::Order(id),
        assigned.collect::<Result<Vec<_>, _>>()?,
    ))
}

/// Confirm: what is held is sold. A hold that ran out is no failure while its seats are free.
pub(crate) fn confirm(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let (order, placed) = own(id, states, context)?;
    match order.phase {
        Phase::Held { .. } => {}
        Phase::Confirmed => return Ok(Changes::default()),
        Phase::Asked | Phase::Cancelled => return Err(Rejection::OrderClosed("cancelled")),
    }
    let mut changes = Changes::default();
    let mut recovered = 0;
    let mut shortfalls = Vec::new();
    for line in order.lines.iter().filter(|line| line.live() > 0) {
        let seats = states.seats(placed.conference_id, line.seat_type_id);
        match seats.commit((id, line.seat_type_id), line.live(), context.at) {
            Ok((taken_again, events)) => {
                recovered += if taken_again { line.live() } else { 0 };
                changes = changes.with(
                    StreamId::Seats(placed.conference_id, line.seat_type_id),
                    events,
                );
            }
            Err(shortfall) => shortfalls.push(shortfall),
        }
    }
    if !shortfalls.is_empty() {
        return Err(Rejection::SeatsUnavailable(shortfalls));
    }
    let recovered = (recovered > 0).then_some(Event::OrderSeatsRecovered { seats: recovered });
    Ok(changes.with(
        StreamId::Order(id),
        recovered.into_iter().chain([Event::OrderConfirmed {}]),
    ))
}

/// Give up some seats of a line. With the last seat goes the order.
pub(crate) fn cancel_seats(
    id: OrderId,
    line: Ordinal,
    seats: &[Ordinal],
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let (order, placed) = own(id, states, context)?;
    let line = line.get();
    let mut given_up = Vec::new();
    for seat in seats {
        match order.is_given_up(line, seat.get()) {
            None => return Err(Rejection::NoSuchSeat),
            Some(false) if !given_up.contains(&seat.get()) => given_up.push(seat.get()),
            Some(_) => {}
        }
    }
    let Some(ordered) = order
        .lines
        .get(line as usize - 1)
        .filter(|_| !given_up.is_empty())
    else {
        return Ok(Changes::default());
    };
    let live: u32 = order.lines.iter().map(super::order::Line::live).sum();
    let count = given_up.len() as u32;
    let pool = StreamId::Seats(placed.conference_id, ordered.seat_type_id);
    let returned = states
        .seats(placed.conference_id, ordered.seat_type_id)
        .give_back(id, count, context.at);
    let cancelled = (count == live).then_some(Event::OrderCancelled {});
    let events = [Event::OrderSeatsCancelled {
        line,
        seats: given_up,
    }]
    .into_iter()
    .chain(cancelled);
    Ok(Changes::default()
        .with(StreamId::Order(id), events)
        .with(pool, returned))
}

/// Give up the whole order.
pub(crate) fn cancel_order(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let (order, placed) = own(id, states, context)?;
    if order.phase == Phase::Cancelled {
        return Ok(Changes::default());
    }
    let changes = Changes::default().with(StreamId::Order(id), [Event::OrderCancelled {}]);
    Ok(each_pool(changes, order, placed, states, |seats, live| {
        seats.give_back(id, live, context.at)
    }))
}

/// Add what `decide` says for the pool of each line that still has seats.
fn each_pool(
    mut changes: Changes,
    order: &Order,
    placed: &Placed,
    states: &States,
    decide: impl Fn(
        &super::seat_availability::SeatAvailability,
        u32,
    ) -> Vec<super::seat_availability::Event>,
) -> Changes {
    for line in order.lines.iter().filter(|line| line.live() > 0) {
        let events = decide(
            states.seats(placed.conference_id, line.seat_type_id),
            line.live(),
        );
        changes = changes.with(
            StreamId::Seats(placed.conference_id, line.seat_type_id),
            events,
        );
    }
    changes
}

/// The streams that placing an order reads: the conference, and a pool per line.
pub(crate) fn placing_reads(request: &PlaceOrder) -> Vec<StreamId> {
    let pool = |conference: ConferenceId, pool| StreamId::Seats(conference, pool);
    let pools = request
        .lines
        .iter()
        .take(MAX_LINES + 1)
        .map(|line| pool(request.conference_id, line.seat_type_id));
    [
        StreamId::Order(request.order_id),
        StreamId::Conference(request.conference_id),
    ]
    .into_iter()
    .chain(pools)
    .collect()
}
