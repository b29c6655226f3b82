//! How the seats of one seat type stand.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use serde::{Deserialize, Serialize};
use shared::{ConferenceId, SeatTypeId, Timestamp};

use crate::{Document, Error, Generation, Generations, Index, Scope, StoredRow, ViewName, query};

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
    /// The pools that hold seats, by when the first of their holds runs out: the others do not stand in it.
    pub const BY_FIRST_DEADLINE: Index = Index {
        name: "due",
        hash: "due",
        range: Some("due_at"),
        // Most holds begin while an earlier one runs: they cost the index nothing.
        keys_only: true,
    };
    /// The one value of [`Self::BY_FIRST_DEADLINE`]'s hash key.
    const DUE: &str = "due";

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
    const INDEXES: &'static [Index] = &[Self::BY_FIRST_DEADLINE];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        let Some((second, _)) = self.holds.first_key_value() else {
            return Vec::new();
        };
        let due_at = Timestamp::from_millis(second * 1000);
        vec![
            ("due", Self::DUE.to_owned()),
            ("due_at", due_at.to_string()),
        ]
    }
}

/// The pools with a hold whose time is over.
#[derive(Clone, Debug)]
pub struct DuePools {
    client: Client,
    table: String,
    scope: Scope,
}

impl DuePools {
    /// By this view of pools, in the generation that serves.
    pub fn new(client: Client, availability: &str, generations: &str) -> Self {
        let generations = Generations::new(client.clone(), generations.to_owned());
        Self {
            client,
            table: availability.to_owned(),
            scope: Scope::Serving(generations, ViewName::Availability),
        }
    }

    /// Those of which a hold has run out by then, the longest overdue first. The view may be a moment behind.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn before(&self, at: Timestamp) -> Result<Vec<(ConferenceId, SeatTypeId)>, Error> {
        let index = PoolDoc::BY_FIRST_DEADLINE;
        let hash = self.scope.generation().await?.key(PoolDoc::DUE);
        let query = self
            .client
            .query()
            .index_name(index.name)
            .key_condition_expression("due = :due AND due_at <= :at")
            .expression_attribute_values(":due", AttributeValue::S(hash))
            .expression_attribute_values(":at", AttributeValue::S(at.to_string()));
        let due = query::rows(&self.table, query, usize::MAX).await?;
        let pool = |row: &StoredRow| {
            let key = Generation::bare(row.get("id")?.as_s().ok()?);
            let (conference, pool) = key.split_once('#')?;
            Some((conference.parse().ok()?, pool.parse().ok()?))
        };
        Ok(due.iter().filter_map(pool).collect())
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
