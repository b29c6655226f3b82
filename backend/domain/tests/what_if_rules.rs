//! A pool's history played again under other rules.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use domain::booking::{
    seat_availability::{Event, SeatAvailability},
    what_if::{Ask, Changed, took_the_last, what_if},
};
use proptest::prelude::*;
use shared::{OrderId, SeatTypeId, Timestamp, history::WhatIfOutcome};
use uuid::Uuid;

fn order(number: u32) -> OrderId {
    OrderId(Uuid::from_u128(number.into()))
}

fn minute(number: i64) -> Timestamp {
    Timestamp::from_millis(0).plus_minutes(number)
}

/// A pool, what happened to it, and what was asked of it.
#[derive(Default)]
struct History {
    pool: SeatAvailability,
    events: Vec<(Timestamp, Event)>,
    asks: BTreeMap<OrderId, Ask>,
    /// Orders that got seats.
    placed: u32,
}

impl History {
    fn of(quota: u32) -> Self {
        let mut history = Self::default();
        history.record(0, SeatAvailability::default().open(quota));
        history
    }

    fn record(&mut self, at: i64, events: Vec<Event>) {
        for event in events {
            self.pool.evolve(&event);
            self.events.push((minute(at), event));
        }
    }

    fn reserve(&mut self, number: u32, quantity: u32, partial: bool, at: i64) {
        let whose = (order(number), SeatTypeId(Uuid::nil()));
        let reserved = self
            .pool
            .reserve(whose, quantity, partial, minute(at), minute(at + 15));
        if let Ok((granted, events)) = reserved
            && granted > 0
        {
            self.asks.insert(order(number), Ask { quantity, partial });
            self.placed += 1;
            self.record(at, events);
        }
    }

    fn buy(&mut self, number: u32, at: i64) {
        let quantity = self.pool.of(order(number));
        let is_sold = self.pool.held_until(order(number)).is_none();
        if quantity > 0 && !is_sold {
            let whose = (order(number), SeatTypeId(Uuid::nil()));
            let (_, events) = self.pool.commit(whose, quantity, minute(at)).unwrap();
            self.record(at, events);
        }
    }

    fn give_back(&mut self, number: u32, at: i64) {
        let quantity = self.pool.of(order(number));
        if quantity > 0 {
            let events = self.pool.give_back(order(number), quantity, minute(at));
            self.record(at, events);
        }
    }

    fn again(&self, changed: Changed) -> WhatIfOutcome {
        // Only those who took the last seats may have asked for more than they got.
        let short = took_the_last(&self.events);
        let asks = self.asks.iter().filter(|(id, _)| short.contains(id));
        let asks = asks.map(|(id, ask)| (*id, *ask)).collect();
        what_if(&self.events, &asks, changed)
    }
}

fn quota(quota: u32) -> Changed {
    Changed {
        quota: Some(quota),
        hold_minutes: None,
    }
}

fn hold(minutes: i64) -> Changed {
    Changed {
        quota: None,
        hold_minutes: Some(minutes),
    }
}

#[test]
fn with_fewer_seats_those_who_came_last_are_turned_away() {
    let mut history = History::of(10);
    for number in 0..5 {
        history.reserve(number, 2, false, 1);
        history.buy(number, 2);
    }
    let happened = history.again(Changed::default());
    assert_eq!(
        (happened.granted, happened.sold, happened.peak),
        (5, 10, 10)
    );
    let would = history.again(quota(7));
    assert_eq!((would.granted, would.turned_away), (3, 2));
    assert_eq!((would.sold, would.peak), (6, 6));
}

#[test]
fn with_more_seats_an_order_gets_all_that_it_asked_for() {
    let mut history = History::of(5);
    history.reserve(1, 4, false, 1);
    history.reserve(2, 4, true, 2);
    history.buy(2, 3);
    let happened = history.again(Changed::default());
    assert_eq!(
        (happened.granted, happened.partly, happened.sold),
        (1, 1, 1)
    );
    let would = history.again(quota(8));
    assert_eq!((would.granted, would.partly, would.sold), (2, 0, 4));
}

#[test]
fn with_longer_holds_seats_are_not_free_yet_for_those_who_came_next() {
    let mut history = History::of(2);
    history.reserve(1, 2, false, 0);
    history.reserve(2, 2, false, 20);
    history.buy(2, 21);
    let happened = history.again(Changed::default());
    assert_eq!(
        (happened.granted, happened.expired, happened.sold),
        (2, 1, 2)
    );
    let would = history.again(hold(60));
    assert_eq!((would.granted, would.turned_away, would.sold), (1, 1, 0));
}

#[test]
fn with_shorter_holds_whoever_pays_late_is_turned_away_if_the_seats_are_gone_and_buys_if_not() {
    let mut history = History::of(4);
    history.reserve(1, 2, false, 0);
    history.reserve(2, 2, false, 1);
    history.buy(1, 10);
    history.buy(2, 11);
    let would = history.again(hold(5));
    assert_eq!((would.granted, would.turned_away, would.sold), (2, 0, 4));

    let mut history = History::of(4);
    history.reserve(1, 2, false, 0);
    history.reserve(2, 2, false, 8);
    history.buy(1, 10);
    history.buy(2, 11);
    let fewer = Changed {
        quota: Some(2),
        hold_minutes: Some(5),
    };
    let would = history.again(fewer);
    assert_eq!((would.granted, would.turned_away, would.sold), (1, 1, 2));
    assert_eq!(would.expired, 1);
}

proptest! {
    #[test]
    fn without_a_change_what_comes_of_it_is_what_happened(
        steps in proptest::collection::vec((0..3u8, 0..20u32, 1..5u32, any::<bool>(), 0..9i64), 1..80)
    ) {
        let mut history = History::of(20);
        let mut now = 0;
        for (what, number, quantity, partial, later) in steps {
            now += later;
            match what {
                0 if !history.asks.contains_key(&order(number)) => history.reserve(number, quantity, partial, now),
                0 | 1 => history.buy(number, now),
                _ => history.give_back(number, now),
            }
        }
        let happened = history.again(Changed::default());
        prop_assert_eq!(happened.sold, history.pool.sold());
        prop_assert_eq!(happened.granted + happened.partly, history.placed);
        prop_assert_eq!(happened.turned_away, 0);
    }
}
