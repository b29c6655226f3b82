//! Every event of both contexts by time, as operators read it: what happened in words, by whom, and because of what. The
//! events themselves stay in the event tables, and so does what they say of people.
//!
//! A row is written once and never changes, so that it can be written again. How far a stream's rows reach, its source row
//! says, which is written after them.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use serde::{Deserialize, Serialize};
use shared::{ConferenceId, history::LoggedEvent};
use uuid::Uuid;

use crate::{Document, Error, Generation, Index, Row, Scope, View, Written, query, view::PART};

/// Over how many keys of an index the events of one type, actor or conference, or all of them, are spread: what happens at
/// once all ends up at the end of an index, and one place there takes a thousand rows a second.
const SHARDS: u64 = 4;
/// How many rows DynamoDB takes at once.
const BATCH: usize = 25;
/// How often the rest of a batch is tried, with growing pauses.
const BATCH_TRIES: u32 = 6;
/// The part of the rows that say how far a stream is in it; it stands after those of all versions.
const SOURCE: &str = "source";

type Item = HashMap<String, AttributeValue>;

/// The log's table; those of one generation.
#[derive(Clone, Debug)]
pub struct Log {
    client: Client,
    table: String,
    scope: Scope,
    /// How far each stream is in it, by the stream's name.
    pub sources: View<LogSource>,
}

/// What is remembered of a stream between its events. A storage format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSource {
    /// The conference that the last event was about.
    pub conference_id: Option<ConferenceId>,
}

impl Document for LogSource {
    const INDEXES: &'static [Index] = &[];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Events that have something in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventsOf<'a> {
    All,
    Type(&'a str),
    /// By the person's id.
    Actor(&'a str),
    Conference(ConferenceId),
    Correlation(Uuid),
    Stream(&'a str),
}

/// A place in the log: later events stand at greater ones.
///
/// Of what happened in the same millisecond, the versions say which event of a stream came first; between streams nothing
/// does, and the ids only keep them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// An event's.
    pub fn of(event: &LoggedEvent) -> Self {
        let LoggedEvent {
            at, version, id, ..
        } = event;
        Self(format!("{at}#{version:010}#{id}"))
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The version in it.
    fn version(&self) -> &str {
        self.0.split('#').nth(1).unwrap_or_default()
    }
}

impl std::str::FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let parts: Vec<&str> = text.split('#').collect();
        let [at, version, id] = parts[..] else {
            return Err(NotAPlace);
        };
        let is_place = at.parse::<shared::Timestamp>().is_ok()
            && version.len() == 10
            && version.bytes().all(|byte| byte.is_ascii_digit())
            && id.parse::<Uuid>().is_ok();
        is_place.then(|| Self(text.to_owned())).ok_or(NotAPlace)
    }
}

/// A text that is no place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a place in the log, as `next` of a page names it")]
pub struct NotAPlace;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    EarliestFirst,
    LatestFirst,
}

const fn index(name: &'static str, hash: &'static str) -> Index {
    Index {
        name,
        hash,
        range: Some("place"),
        keys_only: false,
    }
}

impl Log {
    const BY_TIME: Index = index("by-time", "shard");
    const BY_TYPE: Index = index("by-type", "type");
    const BY_ACTOR: Index = index("by-actor", "actor");
    const BY_CONFERENCE: Index = index("by-conference", "conference");
    const BY_CORRELATION: Index = index("by-correlation", "correlation");
    /// The table's indexes: each of their items is a whole row.
    pub const INDEXES: &'static [Index] = &[
        Self::BY_TIME,
        Self::BY_TYPE,
        Self::BY_ACTOR,
        Self::BY_CONFERENCE,
        Self::BY_CORRELATION,
    ];

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

    /// This generation of it.
    pub fn at(&self, generation: Generation) -> Self {
        Self {
            scope: Scope::One(generation),
            sources: self.sources.at(generation),
            ..self.clone()
        }
    }

    /// Events that have this in common, the latest first: as many as there are before this place, at most so many.
    ///
    /// # Errors
    /// The database did not answer, or a row cannot be read.
    pub async fn before(
        &self,
        of: EventsOf<'_>,
        before: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        let generation = self.scope.generation().await?;
        if let EventsOf::Stream(stream) = of {
            let below = before.map_or(SOURCE, Place::version);
            let rows = (index_of(of), generation.key(stream), below);
            return self.rows(rows, Order::LatestFirst, limit).await;
        }
        let below = before.map_or("~", Place::text);
        let mut events = Vec::new();
        for hash in hashes(of) {
            let rows = (index_of(of), generation.key(&hash), below);
            events.extend(self.rows(rows, Order::LatestFirst, limit).await?);
        }
        events.sort_by_cached_key(|event| Reverse(Place::of(event)));
        events.truncate(limit);
        Ok(events)
    }

    /// What one click led to, the earliest first: at most so many.
    ///
    /// # Errors
    /// The database did not answer, or a row cannot be read.
    pub async fn correlation(&self, id: Uuid, limit: usize) -> Result<Vec<LoggedEvent>, Error> {
        let generation = self.scope.generation().await?;
        let of = EventsOf::Correlation(id);
        let mut events = Vec::new();
        for hash in hashes(of) {
            let rows = (index_of(of), generation.key(&hash), "~");
            events.extend(self.rows(rows, Order::EarliestFirst, limit).await?);
        }
        events.sort_by_cached_key(Place::of);
        events.truncate(limit);
        Ok(events)
    }

    /// The rows under one key, of an index or the table itself, that stand below a place.
    async fn rows(
        &self,
        (index, hash, below): (Option<Index>, String, &str),
        order: Order,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        let query = self
            .client
            .query()
            .set_index_name(index.map(|index| index.name.to_owned()))
            .key_condition_expression("#hash = :hash AND #range < :below")
            .expression_attribute_names("#hash", index.map_or("id", |index| index.hash))
            .expression_attribute_names("#range", index.map_or(PART, |_| "place"))
            .expression_attribute_values(":hash", AttributeValue::S(hash))
            .expression_attribute_values(":below", AttributeValue::S(below.to_owned()))
            .scan_index_forward(order == Order::EarliestFirst);
        let rows = query::rows(&self.table, query, limit).await?;
        rows.iter().map(|row| self.event(row)).collect()
    }

    /// Write events of a stream, and then how far it is over the version that was read.
    ///
    /// # Errors
    /// The database did not answer, or did not take all of them.
    pub async fn put(
        &self,
        source: &Row<LogSource>,
        over: Option<u64>,
        events: &[LoggedEvent],
    ) -> Result<Written, Error> {
        let generation = self.scope.generation().await?;
        for batch in events.chunks(BATCH) {
            let puts = batch.iter().map(|event| self.write(generation, event));
            self.put_batch(puts.collect::<Result<_, _>>()?).await?;
        }
        self.sources.put(source, over).await
    }

    async fn put_batch(&self, mut writes: Vec<WriteRequest>) -> Result<(), Error> {
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                let longest = 25 << attempt;
                tokio::time::sleep(Duration::from_millis(fastrand::u64(..longest))).await;
            }
            let written = self
                .client
                .batch_write_item()
                .request_items(&self.table, writes)
                .send()
                .await
                .map_err(|error| Error::database("BatchWriteItem", &self.table, error))?;
            let mut unprocessed = written.unprocessed_items.unwrap_or_default();
            writes = unprocessed.remove(&self.table).unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
        }
        Err(Error::Database {
            operation: "BatchWriteItem",
            table: self.table.clone(),
            cause: format!("{} rows stayed unprocessed", writes.len()),
            throttled: true,
        })
    }

    fn write(&self, generation: Generation, event: &LoggedEvent) -> Result<WriteRequest, Error> {
        let place = Place::of(event);
        let shard = event.id.as_u128() as u64 % SHARDS;
        let unreadable = |error: serde_json::Error| self.unreadable(&event.stream, error);
        let doc = serde_json::to_string(event).map_err(unreadable)?;
        let mut put = PutRequest::builder()
            .item("id", AttributeValue::S(generation.key(&event.stream)))
            .item(PART, AttributeValue::S(place.version().to_owned()))
            .item("place", AttributeValue::S(place.0.clone()))
            .item("doc", AttributeValue::S(doc));
        let in_common = [
            Some(EventsOf::All),
            Some(EventsOf::Type(&event.name)),
            Some(EventsOf::Actor(&event.actor.0)),
            Some(EventsOf::Correlation(event.correlation_id)),
            event.conference_id.map(EventsOf::Conference),
        ];
        for of in in_common.into_iter().flatten() {
            if let Some(index) = index_of(of) {
                let hash = generation.key(&hash(of, shard));
                put = put.item(index.hash, AttributeValue::S(hash));
            }
        }
        let unbuilt = |error: BuildError| Error::unbuilt("BatchWriteItem", &self.table, &error);
        let put = put.build().map_err(unbuilt)?;
        Ok(WriteRequest::builder().put_request(put).build())
    }

    fn event(&self, item: &Item) -> Result<LoggedEvent, Error> {
        let text = |name: &str| {
            let text = item.get(name).and_then(|value| value.as_s().ok());
            text.map_or("", String::as_str)
        };
        let unreadable = |error| self.unreadable(Generation::bare(text("id")), error);
        serde_json::from_str(text("doc")).map_err(unreadable)
    }

    fn unreadable(&self, key: &str, cause: serde_json::Error) -> Error {
        Error::Unreadable {
            table: self.table.clone(),
            key: key.to_owned(),
            cause: cause.to_string(),
        }
    }
}

/// The index by which events are found; none where the table itself has them together.
fn index_of(of: EventsOf<'_>) -> Option<Index> {
    match of {
        EventsOf::All => Some(Log::BY_TIME),
        EventsOf::Type(_) => Some(Log::BY_TYPE),
        EventsOf::Actor(_) => Some(Log::BY_ACTOR),
        EventsOf::Conference(_) => Some(Log::BY_CONFERENCE),
        EventsOf::Correlation(_) => Some(Log::BY_CORRELATION),
        EventsOf::Stream(_) => None,
    }
}

/// Every key under which they stand there.
fn hashes(of: EventsOf<'_>) -> Vec<String> {
    (0..SHARDS).map(|shard| hash(of, shard)).collect()
}

fn hash(of: EventsOf<'_>, shard: u64) -> String {
    match of {
        EventsOf::All => shard.to_string(),
        EventsOf::Type(name) => format!("{shard}#{name}"),
        EventsOf::Actor(person) => format!("{shard}#{person}"),
        EventsOf::Conference(id) => format!("{shard}#{id}"),
        EventsOf::Correlation(id) => format!("{shard}#{id}"),
        EventsOf::Stream(stream) => stream.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_place_is_read_as_one() {
        let id = Uuid::nil();
        let text = format!("2027-05-18T09:30:00.000Z#0000000007#{id}");
        let place: Place = text.parse().unwrap();
        assert_eq!((place.text(), place.version()), (&*text, "0000000007"));
        for text in ["", "7", "x#0000000007#x", "2027-05-18T09:30:00.000Z#7#x"] {
            assert_eq!(text.parse::<Place>(), Err(NotAPlace), "{text}");
        }
    }
}
