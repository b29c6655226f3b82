//! An order together with what must agree with it: the pools that its seats are of, and the promo codes that it uses.
//! What is decided of one is appended to all of them or to none, so an order never says something else than they do.

use shared::{ConferenceId, Money, OrderId, PaymentId, RefundId, views::RefundReason};

use super::{
    Changes, Context, Rejection, States, StreamId,
    order::{Event, Line, Order, Placed},
    seat_availability::SeatAvailability,
};

/// A placed order and the states around it.
pub(crate) struct PlacedOrder<'a> {
    pub(crate) id: OrderId,
    pub(crate) order: &'a Order,
    pub(crate) placed: &'a Placed,
    states: &'a States,
}

impl<'a> PlacedOrder<'a> {
    /// The streams that belong to an order: its own, its pools, its promo codes.
    pub(crate) fn streams(id: OrderId, states: &States) -> Vec<StreamId> {
        let mut streams = vec![StreamId::Order(id)];
        let order = states.order(id);
        if let Some(placed) = &order.placed {
            let conference = placed.conference_id;
            let pools = order.lines.iter().map(|line| line.seat_type_id);
            streams.extend(pools.map(|pool| StreamId::Seats(conference, pool)));
            let codes = order.promo_codes().into_iter().cloned();
            streams.extend(codes.map(|code| StreamId::Promo(conference, code)));
        }
        streams
    }

    /// The same, and the conference that it is for.
    pub(crate) fn streams_with_conference(id: OrderId, states: &States) -> Vec<StreamId> {
        let mut streams = Self::streams(id, states);
        if let Some(placed) = &states.order(id).placed {
            streams.push(StreamId::Conference(placed.conference_id));
        }
        streams
    }

    /// The order, whoever asks: for processes, which act on what happened.
    pub(crate) fn any(id: OrderId, states: &'a States) -> Result<Self, Rejection> {
        let order = states.order(id);
        let placed = order.placed.as_ref().ok_or(Rejection::NoSuchOrder)?;
        Ok(Self {
            id,
            order,
            placed,
            states,
        })
    }

    /// The order, if it is the actor's own. Somebody else's order does not exist for them.
    pub(crate) fn own(
        id: OrderId,
        states: &'a States,
        context: &Context,
    ) -> Result<Self, Rejection> {
        let order = Self::any(id, states)?;
        if order.placed.booked_by == context.actor.person {
            Ok(order)
        } else {
            Err(Rejection::NoSuchOrder)
        }
    }

    pub(crate) fn conference_id(&self) -> ConferenceId {
        self.placed.conference_id
    }

    /// Events on the order's own stream.
    pub(crate) fn with(&self, events: impl IntoIterator<Item = Event>) -> Changes {
        Changes::default().with(StreamId::Order(self.id), events)
    }

    /// The lines that have seats left, each with its pool.
    fn live_lines(&self) -> impl Iterator<Item = (&'a Line, StreamId, &'a SeatAvailability)> {
        let (conference, states) = (self.conference_id(), self.states);
        let lines = self.order.lines.iter().filter(|line| line.live() > 0);
        lines.map(move |line| {
            let pool = line.seat_type_id;
            (
                line,
                StreamId::Seats(conference, pool),
                states.seats(conference, pool),
            )
        })
    }

    /// Hold its seats and its codes' uses for longer.
    pub(crate) fn extend(
        &self,
        mut changes: Changes,
        context: &Context,
        until: shared::Timestamp,
    ) -> Changes {
        for (_, pool, seats) in self.live_lines() {
            changes = changes.with(pool, seats.extend(self.id, context.at, until));
        }
        self.each_code(changes, |code| code.extend(self.id, until))
    }

    /// Sell its seats: those it holds, or the same again where the hold was released and they are still free. Answers
    /// how many had to be taken again.
    pub(crate) fn commit(&self, context: &Context) -> Result<(u32, Changes), Rejection> {
        let mut changes = Changes::default();
        let mut recovered = 0;
        let mut shortfalls = Vec::new();
        for (line, pool, seats) in self.live_lines() {
            match seats.commit((self.id, line.seat_type_id), line.live(), context.at) {
                Ok((taken_again, events)) => {
                    recovered += if taken_again { line.live() } else { 0 };
                    changes = changes.with(pool, events);
                }
                Err(shortfall) => shortfalls.push(shortfall),
            }
        }
        if !shortfalls.is_empty() {
            return Err(Rejection::SeatsUnavailable(shortfalls));
        }
        for code in self.order.promo_codes() {
            let events = self
                .states
                .promo_code(self.conference_id(), code)
                .commit(self.id, context.at)
                .map_err(|reason| Rejection::PromoCodeRefused(code.clone(), reason))?;
            changes = changes.with(StreamId::Promo(self.conference_id(), code.clone()), events);
        }
        Ok((recovered, changes))
    }

    /// Free everything that it holds or has bought.
    pub(crate) fn give_back(&self, mut changes: Changes, context: &Context) -> Changes {
        for (line, pool, seats) in self.live_lines() {
            changes = changes.with(pool, seats.give_back(self.id, line.live(), context.at));
        }
        self.give_codes_back(changes)
    }

    /// Free its promo codes' uses.
    pub(crate) fn give_codes_back(&self, changes: Changes) -> Changes {
        self.each_code(changes, |code| code.release(self.id))
    }

    fn each_code(
        &self,
        mut changes: Changes,
        decide: impl Fn(&super::promo_code::PromoCode) -> Vec<super::promo_code::Event>,
    ) -> Changes {
        for code in self.order.promo_codes() {
            let events = decide(self.states.promo_code(self.conference_id(), code));
            changes = changes.with(StreamId::Promo(self.conference_id(), code.clone()), events);
        }
        changes
    }

    /// That so much of a payment goes back; nothing where that is nothing. One command owes one refund, so its id
    /// follows from the command's.
    pub(crate) fn refund_due(
        &self,
        payment_id: PaymentId,
        amount: Money,
        reason: RefundReason,
        context: &Context,
    ) -> Option<Event> {
        (amount.minor > 0).then(|| Event::OrderRefundDue {
            refund_id: RefundId::derived(context.command_id.0, "refund"),
            payment_id,
            order_id: self.id,
            conference_id: self.conference_id(),
            payee: self.placed.booked_by.clone(),
            amount,
            reason,
        })
    }
}
