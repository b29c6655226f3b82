//! While seats are held or sold: holding them for longer, and saying who sits where.

use shared::{OrderId, requests::AssignAttendees, views::Attendee};

use crate::Personal;

use super::{
    Changes, Context, Rejection, States,
    order::{Event, Phase},
    placed_order::PlacedOrder,
};

/// Hold the seats for longer: once, and up to the cap in all.
pub(crate) fn extend_hold(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::own(id, states, context)?;
    let until = match order.order.phase {
        Phase::Held { extended: true, .. } => return Err(Rejection::AlreadyExtended),
        Phase::Held { until, .. } if until <= context.at => return Err(Rejection::HoldExpired),
        Phase::Held { until, .. } => {
            until.plus_minutes(context.rules.hold_cap_minutes - context.rules.hold_minutes)
        }
        Phase::AwaitingPayment { .. } => return Err(Rejection::OrderClosed("being paid")),
        Phase::Confirmed { .. } => return Err(Rejection::OrderClosed("confirmed already")),
        Phase::Asked | Phase::Cancelled => return Err(Rejection::OrderClosed("cancelled")),
        Phase::Refunded => return Err(Rejection::OrderClosed("refunded")),
    };
    let changes = order.with([Event::OrderHoldExtended { until }]);
    Ok(order.extend(changes, context, until))
}

/// Say who sits on which seat, or say it anew.
pub(crate) fn assign_attendees(
    id: OrderId,
    request: &AssignAttendees,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::own(id, states, context)?;
    match order.order.phase {
        Phase::Asked
        | Phase::Held { .. }
        | Phase::AwaitingPayment { .. }
        | Phase::Confirmed { .. } => {}
        Phase::Cancelled => return Err(Rejection::OrderClosed("cancelled")),
        Phase::Refunded => return Err(Rejection::OrderClosed("refunded")),
    }
    let assigned = request.attendees.iter().map(|assigned| {
        let (line, seat) = (assigned.line.get(), assigned.seat.get());
        if order.order.is_given_up(line, seat) != Some(false) {
            return Err(Rejection::NoSuchSeat);
        }
        let attendee = Attendee {
            name: assigned.name.clone(),
            email: assigned.email.clone(),
        };
        Ok(Event::AttendeeAssigned {
            line,
            seat,
            attendee: Personal::Clear(order.placed.booked_by.clone(), attendee),
        })
    });
    Ok(order.with(assigned.collect::<Result<Vec<_>, _>>()?))
}
