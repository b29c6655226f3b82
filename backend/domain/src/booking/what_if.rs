//! What would have been: the history of a pool again, under other rules.
//!
//! The log says what people wanted of a pool and when: seats, more time, to buy, to give back. Here they want the same again
//! at the same moments, and the pool decides anew by its own rules. What nobody can know stays out of it: who would have
//! come had there been seats, for somebody who was refused left nothing in the log; and whoever would have been turned away
//! is not waited for.

use std::collections::BTreeMap;

use shared::{OrderId, SeatTypeId, Timestamp, history::WhatIfOutcome};

use super::seat_availability::{Event, SeatAvailability};

/// What an order asked of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub quantity: u32,
    /// Whether it took what there was.
    pub partial: bool,
}

/// What is to be other than it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// How many seats there are, from the beginning to the end.
    pub quota: Option<u32>,
    /// How long a hold lasts that is not extended, in minutes.
    pub hold_minutes: Option<i64>,
}

/// The orders that took the last seats there were, and so may have asked for more than they were given. Only their own
/// streams say how many.
pub fn took_the_last(history: &[(Timestamp, Event)]) -> Vec<OrderId> {
    let mut pool = SeatAvailability::default();
    let mut orders = Vec::new();
    for (_, event) in history {
        pool.evolve(event);
        if let Event::SeatsReserved { order_id, .. } = event
            && pool.remaining() == 0
        {
            orders.push(*order_id);
        }
    }
    orders
}

/// Play a pool's history again. Without a change, what comes of it is what happened. An order that is not among the asks
/// asked for what it got, all or nothing.
pub fn what_if(
    history: &[(Timestamp, Event)],
    asks: &BTreeMap<OrderId, Ask>,
    changed: Changed,
) -> WhatIfOutcome {
    let mut replay = Replay {
        pool: SeatAvailability::default(),
        asks,
        changed,
        given: BTreeMap::new(),
        outcome: WhatIfOutcome::default(),
    };
    for (at, event) in history {
        replay.again(*at, event);
    }
    if let Some((end, _)) = history.last() {
        replay.apply(&replay.pool.expire(*end, None));
    }
    replay.outcome.sold = replay.pool.sold();
    replay.outcome
}

struct Replay<'a> {
    pool: SeatAvailability,
    asks: &'a BTreeMap<OrderId, Ask>,
    changed: Changed,
    /// How many seats each order was given; none where it was turned away.
    given: BTreeMap<OrderId, u32>,
    outcome: WhatIfOutcome,
}

impl Replay<'_> {
    /// Want again what led to this event.
    fn again(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::PoolOpened { quota } => {
                let quota = self.changed.quota.unwrap_or(*quota);
                self.apply(&self.pool.open(quota));
            }
            Event::QuotaChanged { quota, .. } if self.changed.quota.is_none() => {
                let events = self.pool.change_quota(*quota, at);
                // More may be taken than were then: it goes as low as it can.
                let events = events.or_else(|taken| self.pool.change_quota(taken, at));
                self.apply(&events.unwrap_or_default());
            }
            // Nobody wants a hold to end; the pool ends those that ran out.
            Event::QuotaChanged { .. } | Event::HoldExpired { .. } => {}
            Event::SeatsReserved {
                order_id,
                quantity,
                until,
            } => self.reserve(*order_id, *quantity, at, *until),
            Event::HoldExtended {
                order_id,
                from,
                until,
                ..
            } => {
                if let Some(held_until) = self.pool.held_until(*order_id).filter(|end| *end > at) {
                    let longer = until.millis() - from.millis();
                    let until = Timestamp::from_millis(held_until.millis() + longer);
                    self.apply(&self.pool.extend(*order_id, at, until));
                }
            }
            Event::SeatsCommitted { order_id, .. } | Event::SeatsRecovered { order_id, .. } => {
                self.buy(*order_id, at);
            }
            Event::HoldReleased {
                order_id, quantity, ..
            }
            | Event::SeatsReturned { order_id, quantity } => {
                self.apply(&self.pool.give_back(*order_id, *quantity, at));
                if let Some(given) = self.given.get_mut(order_id) {
                    *given = given.saturating_sub(*quantity);
                }
            }
        }
    }

    fn reserve(&mut self, order_id: OrderId, granted: u32, at: Timestamp, until: Timestamp) {
        // Of old, taking seats again for a late payment was written as a second reservation.
        if self.given.contains_key(&order_id) {
            return;
        }
        let all_or_nothing = Ask {
            quantity: granted,
            partial: false,
        };
        let ask = *self.asks.get(&order_id).unwrap_or(&all_or_nothing);
        let until = self
            .changed
            .hold_minutes
            .map_or(until, |minutes| at.plus_minutes(minutes));
        let whose = (order_id, SeatTypeId(order_id.0));
        let (given, events) = self
            .pool
            .reserve(whose, ask.quantity, ask.partial, at, until)
            .unwrap_or_default();
        self.apply(&events);
        self.given.insert(order_id, given);
        *self.count_of(given, ask.quantity) += 1;
    }

    /// Buy what the order was given, unless it was or is. Whose hold is gone, and the seats with it, is turned away after all.
    fn buy(&mut self, order_id: OrderId, at: Timestamp) {
        let given = self.given.get(&order_id).copied().unwrap_or(0);
        let held = self.pool.held_until(order_id).is_some();
        if given == 0 || (!held && self.pool.of(order_id) > 0) {
            return;
        }
        match self
            .pool
            .commit((order_id, SeatTypeId(order_id.0)), given, at)
        {
            Ok((_, events)) => self.apply(&events),
            Err(_) => {
                let asked = self.asks.get(&order_id).map_or(given, |ask| ask.quantity);
                *self.count_of(given, asked) -= 1;
                self.outcome.turned_away += 1;
                self.given.insert(order_id, 0);
            }
        }
    }

    fn count_of(&mut self, given: u32, asked: u32) -> &mut u32 {
        match given {
            0 => &mut self.outcome.turned_away,
            given if given < asked => &mut self.outcome.partly,
            _ => &mut self.outcome.granted,
        }
    }

    fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.pool.evolve(event);
            self.outcome.expired += u32::from(matches!(event, Event::HoldExpired { .. }));
            self.outcome.peak = self.outcome.peak.max(self.pool.taken());
        }
    }
}
