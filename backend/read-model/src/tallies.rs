//! Counters that many streams feed, such as a conference's seats by the hour at which they were reserved.
//!
//! No version of one stream can guard such a counter. So each stream that feeds one has a row of its own beside the
//! counters, which says up to which version the stream is counted; and that row and the counters move in one transaction.
//! Whatever was added stands in the row's version, and nothing is added twice: not of what comes late, again or at once.
//!
//! Streams that move the same counters at once call each other's transactions off, and have to try again. So each counter is
//! spread over several rows, to one of which a stream adds; whoever reads them adds them up.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::{
    Document, Error, Generation, Row, Scope, View, Written, query, transaction, view::PART,
};

/// Over how many rows a counter is spread.
const SHARDS: u32 = 8;
/// How many rows of counters are kept for one transaction: DynamoDB takes a hundred items, and one more commit's must fit.
const MANY: usize = 64;
/// The attributes of a row that are no counters.
const KEY: [&str; 2] = ["id", PART];
/// The part of the rows that say how far a stream is counted.
const SOURCE: &str = "source";

/// Counters in their table, with what each stream that feeds them has to remember: those of one generation.
#[derive(Debug)]
pub struct Tallies<D> {
    client: Client,
    table: String,
    scope: Scope,
    /// How far each stream is counted, by the stream's name.
    pub sources: View<D>,
}

// Not derived: they can be cloned whether what is remembered of a stream can or not.
impl<D> Clone for Tallies<D> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            table: self.table.clone(),
            scope: self.scope.clone(),
            sources: self.sources.clone(),
        }
    }
}

/// Counters by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<String, i64>);

impl Tally {
    /// The counter of this name; zero where nothing was ever added to it.
    pub fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// The same, of what cannot be less than none. A reader may find it so for a moment all the same: what takes away was
    /// counted before what it is taken from, which another stream adds.
    pub fn count(&self, name: &str) -> u32 {
        u32::try_from(self.get(name)).unwrap_or(0)
    }

    fn add(&mut self, name: &str, by: i64) {
        *self.0.entry(name.to_owned()).or_default() += by;
    }
}

/// What is to be added to counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(String, String), Tally>);

impl Counts {
    /// Add to the counter of this name, in this part of what is counted of something. What adds up to nothing is written
    /// all the same: whether it does depends on what happens to come together, and the rows must not.
    pub fn add(&mut self, of: impl ToString, part: &str, name: &str, by: impl Into<i64>) {
        let tally = self.0.entry((of.to_string(), part.to_owned()));
        tally.or_default().add(name, by.into());
    }

    /// What is to be added to a part's counters.
    pub fn of(&self, of: impl ToString, part: &str) -> Tally {
        let tally = self.0.get(&(of.to_string(), part.to_owned()));
        tally.cloned().unwrap_or_default()
    }

    /// Whether they should be written before more is added.
    pub fn are_many(&self) -> bool {
        self.0.len() >= MANY
    }
}

impl<D: Document> Tallies<D> {
    /// In this table.
    pub fn new(client: &Client, table: &str, scope: Scope) -> Self {
        let sources = View::new(client.clone(), table.to_owned(), scope.clone());
        Self {
            client: client.clone(),
            table: table.to_owned(),
            scope,
            sources: sources.in_part(SOURCE),
        }
    }

    /// This generation of them.
    pub fn at(&self, generation: Generation) -> Self {
        Self {
            scope: Scope::One(generation),
            sources: self.sources.at(generation),
            ..self.clone()
        }
    }

    /// The counters of one part of something.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn of(&self, of: impl ToString, part: &str) -> Result<Tally, Error> {
        let mut tallies = self.all_of(of, part..=part).await?;
        Ok(tallies.remove(part).unwrap_or_default())
    }

    /// The counters of these parts of something, by part.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn all_of(
        &self,
        of: impl ToString,
        parts: RangeInclusive<&str>,
    ) -> Result<BTreeMap<String, Tally>, Error> {
        let id = self.scope.generation().await?.key(&of.to_string());
        let (first, last) = (sharded(parts.start(), 0), sharded(parts.end(), SHARDS - 1));
        let mut tallies = BTreeMap::<String, Tally>::new();
        let query = self
            .client
            .query()
            .consistent_read(true)
            .key_condition_expression("id = :id AND part BETWEEN :first AND :last")
            .expression_attribute_values(":id", AttributeValue::S(id))
            .expression_attribute_values(":first", AttributeValue::S(first))
            .expression_attribute_values(":last", AttributeValue::S(last));
        for row in query::rows(&self.table, query, usize::MAX).await? {
            add(&mut tallies, &row);
        }
        Ok(tallies)
    }

    /// Write how far a stream is counted over the version that was read, together with what was counted since: all or
    /// nothing.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn put(
        &self,
        source: &Row<D>,
        over: Option<u64>,
        counts: &Counts,
    ) -> Result<Written, Error> {
        if counts.0.is_empty() {
            return self.sources.put(source, over).await;
        }
        let generation = self.scope.generation().await?;
        let shard = shard_of(&source.source);
        let source = self.sources.guarded(generation, source, over)?;
        let mut updates = Vec::new();
        for ((of, part), tally) in &counts.0 {
            let key = [("id", generation.key(of)), (PART, sharded(part, shard))];
            let counts = tally.0.iter().map(|(name, by)| (&**name, *by));
            updates.push(transaction::addition(&self.table, key, counts)?);
        }
        transaction::write(&self.client, source, Vec::new(), updates).await
    }
}

fn add(tallies: &mut BTreeMap<String, Tally>, item: &HashMap<String, AttributeValue>) {
    let part = item.get(PART).and_then(|part| part.as_s().ok());
    let part = part.and_then(|part| Some(part.rsplit_once('#')?.0));
    let tally = tallies.entry(part.unwrap_or_default().to_owned());
    let tally = tally.or_default();
    for (name, value) in item
        .iter()
        .filter(|(name, _)| !KEY.contains(&name.as_str()))
    {
        let count: Option<i64> = value.as_n().ok().and_then(|count| count.parse().ok());
        tally.add(name, count.unwrap_or(0));
    }
}

/// The range key of a part's row.
fn sharded(part: &str, shard: u32) -> String {
    format!("{part}#{shard}")
}

/// To which of a counter's rows a stream adds: always the same, whoever asks.
fn shard_of(stream: &str) -> u32 {
    let mix = |mixed: u32, byte: u8| mixed.wrapping_mul(31).wrapping_add(byte.into());
    stream.bytes().fold(0, mix) % SHARDS
}

/// A stream of which nothing has to be remembered but how far it is counted.
impl Document for () {
    const INDEXES: &'static [crate::Index] = &[];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
