//! The registration process's part of an order: the account is asked for the price, and what it answers is settled.
//!
//! The account is another context, so its answer comes later, perhaps twice, perhaps when the hold is long over. Each
//! payment therefore has an id of its own, the order remembers what became of it, and money that arrives for nothing
//! goes back: every charge ends in a confirmed order or in a refund.

use shared::{
    Money, OrderId, PaymentId, PersonId, RefundId,
    views::{ConferenceStatus, RefundReason},
};

use crate::Decline;

use super::{
    Changes, Context, Rejection, States,
    order::{Event, Payment, Phase},
    placed_order::PlacedOrder,
};

/// Confirm an order: at once where it costs nothing, otherwise by asking its owner's account for the price. A hold that
/// ran out is no failure while its seats are free; when they are not, nobody is charged.
pub(crate) fn confirm(
    id: OrderId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::own(id, states, context)?;
    match order.order.phase {
        Phase::Held { .. } => {}
        Phase::AwaitingPayment { .. } | Phase::Confirmed { .. } => return Ok(Changes::default()),
        Phase::Asked | Phase::Cancelled => return Err(Rejection::OrderClosed("cancelled")),
        Phase::Refunded => return Err(Rejection::OrderClosed("refunded")),
    }
    if takes_place(&order, states) {
        let (recovered, committed) = order.commit(context)?;
        if order.order.total().minor == 0 {
            return Ok(confirmed(&order, committed, recovered, None));
        }
        Ok(order.with([requested(&order, context)]))
    } else {
        Err(Rejection::ConferenceCancelled)
    }
}

/// Ask for the price again, because money for it has arrived on its owner's account. What is left of the hold does not
/// matter: the person has paid, so the answer is seats or a refund, not silence.
pub(crate) fn resume(
    id: OrderId,
    payer: &PersonId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    // Whoever tops up may name any order, and even one that was never placed: the money is theirs all the same. And
    // nobody's money is asked for because of somebody else's.
    let Ok(order) = PlacedOrder::any(id, states) else {
        return Ok(Changes::default());
    };
    if order.placed.booked_by != *payer {
        return Ok(Changes::default());
    }
    match order.order.phase {
        Phase::Held { .. } if order.order.total().minor > 0 => {
            Ok(order.with([requested(&order, context)]))
        }
        // The payment that is awaited was asked for before the money was there, and may be declined for that.
        Phase::AwaitingPayment { .. } if !order.order.funded => {
            Ok(order.with([Event::OrderFunded {}]))
        }
        Phase::Asked
        | Phase::Held { .. }
        | Phase::AwaitingPayment { .. }
        | Phase::Confirmed { .. }
        | Phase::Cancelled
        | Phase::Refunded => Ok(Changes::default()),
    }
}

/// The account was charged: sell the seats, or owe the money back.
pub(crate) fn settle(
    id: OrderId,
    payment_id: PaymentId,
    amount: Money,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::any(id, states)?;
    match order.order.payment(payment_id) {
        Some(Payment::Requested) => {}
        Some(Payment::Declined | Payment::Taken | Payment::Returned) => {
            return Ok(Changes::default());
        }
        None => return Err(Rejection::NoSuchPayment),
    }
    let refund = |reason| order.refund_due(payment_id, amount, reason, context);
    if !is_awaited(&order, payment_id) {
        return Ok(order.with(refund(RefundReason::NotAwaited)));
    }
    let unplaced = |reason| Ok(order.give_back(order.with(refund(reason)), context));
    if !takes_place(&order, states) {
        return unplaced(RefundReason::ConferenceCancelled);
    }
    match order.commit(context) {
        Ok((recovered, committed)) => Ok(confirmed(&order, committed, recovered, Some(payment_id))),
        Err(_) => unplaced(RefundReason::SeatsGone),
    }
}

/// The account did not pay. The hold stays as it was, and the person can try again; where money has arrived since the
/// account was asked, it is asked again at once.
pub(crate) fn decline(
    id: OrderId,
    payment_id: PaymentId,
    decline: Decline,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::any(id, states)?;
    match order.order.payment(payment_id) {
        Some(Payment::Requested) => {}
        Some(Payment::Declined | Payment::Taken | Payment::Returned) => {
            return Ok(Changes::default());
        }
        None => return Err(Rejection::NoSuchPayment),
    }
    let declined = Event::OrderPaymentDeclined {
        payment_id,
        decline,
    };
    let again = is_awaited(&order, payment_id) && order.order.funded;
    let again = again.then(|| requested(&order, context));
    Ok(order.with([declined].into_iter().chain(again)))
}

/// A refund is on the account.
pub(crate) fn record_refund(
    id: OrderId,
    refund_id: RefundId,
    states: &States,
) -> Result<Changes, Rejection> {
    let order = PlacedOrder::any(id, states)?;
    let refund = order
        .order
        .refund(refund_id)
        .ok_or(Rejection::NoSuchRefund)?;
    let posted = (!refund.posted).then_some(Event::OrderRefunded {
        refund_id,
        amount: refund.amount,
    });
    Ok(order.with(posted))
}

fn is_awaited(order: &PlacedOrder<'_>, payment_id: PaymentId) -> bool {
    matches!(
        order.order.phase,
        Phase::AwaitingPayment { payment_id: awaited, .. } if awaited == payment_id
    )
}

fn takes_place(order: &PlacedOrder<'_>, states: &States) -> bool {
    states.conference(order.conference_id()).status() != ConferenceStatus::Cancelled
}

fn requested(order: &PlacedOrder<'_>, context: &Context) -> Event {
    Event::OrderPaymentRequested {
        payment_id: PaymentId::derived(context.command_id.0, "payment"),
        order_id: order.id,
        conference_id: order.conference_id(),
        payer: order.placed.booked_by.clone(),
        amount: order.order.total(),
    }
}

fn confirmed(
    order: &PlacedOrder<'_>,
    committed: Changes,
    recovered: u32,
    payment_id: Option<PaymentId>,
) -> Changes {
    let recovered = (recovered > 0).then_some(Event::OrderSeatsRecovered { seats: recovered });
    let events = recovered
        .into_iter()
        .chain([Event::OrderConfirmed { payment_id }]);
    committed.with(super::StreamId::Order(order.id), events)
}
