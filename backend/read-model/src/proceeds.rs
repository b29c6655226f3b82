//! What conferences took in: one row per conference and day, to which the accounts of many people add.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Update},
};
use shared::{ConferenceId, Timestamp};

use crate::{Error, Generation, Scope, query, transaction};

/// What is counted, by the names of its attributes.
const COUNTED: [&str; 4] = ["charged", "refunded", "charges", "refunds"];

/// What a conference took in; amounts in minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Takings {
    pub charged: i64,
    pub refunded: i64,
    /// How many charges there were.
    pub charges: i64,
    /// How many refunds there were.
    pub refunds: i64,
}

impl Takings {
    fn counts(&self) -> [i64; 4] {
        [self.charged, self.refunded, self.charges, self.refunds]
    }
}

impl std::ops::AddAssign for Takings {
    fn add_assign(&mut self, more: Self) {
        self.charged += more.charged;
        self.refunded += more.refunded;
        self.charges += more.charges;
        self.refunds += more.refunds;
    }
}

/// A day of the calendar in UTC, such as `2027-05-18`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

impl Day {
    /// The day of a point in time.
    pub fn of(at: Timestamp) -> Self {
        Self(at.to_string().chars().take("2027-05-18".len()).collect())
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// The proceeds' table: those of one generation.
#[derive(Clone, Debug)]
pub struct Proceeds {
    client: Client,
    table: String,
    scope: Scope,
}

impl Proceeds {
    /// In this table.
    pub fn new(client: Client, table: String, scope: Scope) -> Self {
        Self {
            client,
            table,
            scope,
        }
    }

    /// This generation of them.
    pub fn at(&self, generation: Generation) -> Self {
        let scope = Scope::One(generation);
        Self {
            scope,
            ..self.clone()
        }
    }

    /// What a conference took in, by day.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn of(&self, conference: ConferenceId) -> Result<BTreeMap<Day, Takings>, Error> {
        let conference = self.scope.generation().await?.key(&conference.to_string());
        let query = self
            .client
            .query()
            .consistent_read(true)
            .key_condition_expression("#conference = :conference")
            .expression_attribute_names("#conference", "conference")
            .expression_attribute_values(":conference", AttributeValue::S(conference));
        let rows = query::rows(&self.table, query, usize::MAX).await?;
        Ok(rows.iter().map(day).collect())
    }

    /// The addition to a conference's day in a generation, as a part of a transaction.
    pub(crate) fn add(
        &self,
        generation: Generation,
        conference: ConferenceId,
        day: &Day,
        more: &Takings,
    ) -> Result<Update, Error> {
        let key = [
            ("conference", generation.key(&conference.to_string())),
            ("day", day.0.clone()),
        ];
        let counts = COUNTED.into_iter().zip(more.counts());
        transaction::addition(&self.table, key, counts)
    }
}

fn day(item: &HashMap<String, AttributeValue>) -> (Day, Takings) {
    let [charged, refunded, charges, refunds] = COUNTED.map(|name| {
        let count = item.get(name).and_then(|value| value.as_n().ok());
        count.and_then(|count| count.parse().ok()).unwrap_or(0)
    });
    let day = item.get("day").and_then(|value| value.as_s().ok());
    let takings = Takings {
        charged,
        refunded,
        charges,
        refunds,
    };
    (Day(day.cloned().unwrap_or_default()), takings)
}
