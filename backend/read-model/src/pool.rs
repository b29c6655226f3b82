//! How the seats of one seat type stand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{ConferenceId, SeatTypeId, Timestamp};

use crate::{Document, Index};

/// A pool of seats. A storage format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolDoc {
    pub quota: u32,
    pub sold: u32,
    /// How many seats are held until when: seconds since the epoch, rounded up. Nothing has to be written for a hold
    /// to run out, and the row stays small however many people are booking at once, for a hold lasts at most half an
    /// hour.
    pub holds: BTreeMap<i64, u32>,
}

impl PoolDoc {
    /// The key of a pool's row.
    pub fn key(conference: ConferenceId, pool: SeatTypeId) -> String {
        format!("{conference}#{pool}")
    }

    /// Seats are held until then.
    pub fn hold(&mut self, quantity: u32, until: Timestamp) {
        if quantity > 0 {
            *self.holds.entry(second(until)).or_default() += quantity;
        }
    }

    /// Seats that were held until then no longer are.
    pub fn end_hold(&mut self, quantity: u32, until: Timestamp) {
        if let Some(held) = self.holds.get_mut(&second(until)) {
            *held = held.saturating_sub(quantity);
            if *held == 0 {
                self.holds.remove(&second(until));
            }
        }
    }

    /// Seats held at a time: a hold whose time is over does not count, whether it was released or not.
    pub fn held(&self, now: Timestamp) -> u32 {
        let running = self
            .holds
            .iter()
            .filter(|(until, _)| **until * 1000 > now.millis());
        running.map(|(_, quantity)| quantity).sum()
    }

    /// Free seats at a time.
    pub fn remaining(&self, now: Timestamp) -> u32 {
        self.quota.saturating_sub(self.sold + self.held(now))
    }
}

fn second(until: Timestamp) -> i64 {
    -(-until.millis()).div_euclid(1000)
}

impl Document for PoolDoc {
    const INDEXES: &'static [Index] = &[];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_hold_counts_until_its_second_is_over() {
        let mut pool = PoolDoc {
            quota: 10,
            sold: 3,
            ..PoolDoc::default()
        };
        pool.hold(2, at(5_001));
        pool.hold(1, at(9_000));
        assert_eq!((pool.held(at(5_999)), pool.remaining(at(5_999))), (3, 4));
        assert_eq!((pool.held(at(6_000)), pool.remaining(at(6_000))), (1, 6));
        assert_eq!((pool.held(at(9_000)), pool.remaining(at(9_000))), (0, 7));
    }

    #[test]
    fn a_hold_that_ends_leaves_nothing_behind() {
        let mut pool = PoolDoc::default();
        pool.hold(2, at(5_001));
        pool.hold(1, at(5_900));
        pool.end_hold(2, at(5_001));
        assert_eq!(pool.held(at(0)), 1);
        pool.end_hold(1, at(5_900));
        assert!(pool.holds.is_empty());
    }
}
