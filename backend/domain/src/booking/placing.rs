//! Placing an order: seats are held, promo codes used and prices fixed, in one decision over all their streams.

use shared::{
    ConferenceId, SeatTypeId, pricing::MAX_PROMO_CODES, problem::PromoRefusal,
    requests::PlaceOrder, views::ConferenceStatus,
};

use crate::Personal;

use super::{
    Changes, Context, Rejection, States, StreamId,
    locator::locator,
    order::{Event, PlacedLine},
    promo_code::{self, Applied},
};

/// How many lines an order can have.
pub const MAX_LINES: usize = 20;

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
        promo_codes,
    } = request;
    if states.order(*order_id).placed.is_some() {
        return Err(Rejection::OrderExists);
    }
    let codes = promo_code::apply(promo_codes, *conference_id, states, context.at)?;
    let placed_lines = on_sale(request, &codes, states)?;
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

    for code in promo_codes {
        let used = states
            .promo_code(*conference_id, code)
            .reserve(*order_id, context.at, until)
            .map_err(|reason| Rejection::PromoCodeRefused(code.clone(), reason))?;
        changes = changes.with(StreamId::Promo(*conference_id, code.clone()), used);
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

/// The lines at the prices of now, if all of them are for sale and each code lowers the price of one.
fn on_sale(
    request: &PlaceOrder,
    codes: &Applied<'_>,
    states: &States,
) -> Result<Vec<PlacedLine>, Rejection> {
    let conference = states.conference(request.conference_id);
    match conference.status() {
        ConferenceStatus::Published => {}
        ConferenceStatus::Unpublished => return Err(Rejection::NotOnSale),
        ConferenceStatus::Draft => return Err(Rejection::NoSuchConference),
        ConferenceStatus::Cancelled => return Err(Rejection::ConferenceCancelled),
    }
    let mut types: Vec<SeatTypeId> = request.lines.iter().map(|line| line.seat_type_id).collect();
    types.sort();
    types.dedup();
    if types.is_empty() || types.len() > MAX_LINES || types.len() < request.lines.len() {
        return Err(Rejection::InvalidLines);
    }
    if let Some(idle) = codes.idle(&types) {
        return Err(Rejection::PromoCodeRefused(
            idle.clone(),
            PromoRefusal::NotForTheseSeats,
        ));
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
            discounts: codes.off(id, seat_type.price),
        })
    });
    placed.collect()
}

/// The streams that placing an order reads: the conference, a pool per line, and the promo codes.
pub(crate) fn placing_reads(request: &PlaceOrder) -> Vec<StreamId> {
    let pool = |conference: ConferenceId, pool| StreamId::Seats(conference, pool);
    let pools = request
        .lines
        .iter()
        .take(MAX_LINES + 1)
        .map(|line| pool(request.conference_id, line.seat_type_id));
    let codes = request.promo_codes.iter().take(MAX_PROMO_CODES + 1);
    let codes = codes.map(|code| StreamId::Promo(request.conference_id, code.clone()));
    [
        StreamId::Order(request.order_id),
        StreamId::Conference(request.conference_id),
    ]
    .into_iter()
    .chain(pools)
    .chain(codes)
    .collect()
}
