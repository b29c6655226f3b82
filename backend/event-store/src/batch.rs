//! Following the event table's stream: a batch of its records as hints, stream by stream.
//!
//! A record is only a hint that a stream has come so far. DynamoDB promises no order between the commits of one stream,
//! and Lambda hands a batch on more than once. So each follower keeps the version it has, skips what is older, takes
//! what is next, and reads from the event table what is missing. How far that is, is a follower's own; what is common
//! to all of them stands here.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use aws_lambda_events::event::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use domain::BoundedContext;
use serde::Deserialize;
use serde_dynamo::AttributeValue;
use shared::Timestamp;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{Commit, Fault, StoredCommit};

/// How many streams of a batch are followed at once.
const AT_ONCE: usize = 16;

/// A batch, sorted out.
#[derive(Debug, Default)]
pub struct Batch {
    /// The records that say something, in the order in which they came.
    records: Vec<Record>,
    streams: BTreeMap<String, Hints>,
    oldest: Option<Timestamp>,
}

/// A record's place in the batch's shard, and the stream that it is about.
#[derive(Debug)]
struct Record {
    sequence_number: Option<String>,
    stream: String,
}

/// How far a stream has come, and commits of it. None of them need be there: what is missing, or cannot be read here,
/// is read from the event table.
#[derive(Debug, Default)]
pub struct Hints {
    newest: u64,
    commits: BTreeMap<u64, (String, Vec<u8>)>,
}

/// Why a stream was not followed to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Somebody else did not do their part: trying again may help.
    #[error("{0}")]
    Transient(String),
    /// Something of it can never be followed by this version. What comes after it waits.
    #[error("{0}")]
    Parked(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Database { .. } => Self::Transient(fault.to_string()),
            Fault::Unreadable(_) | Fault::Crypto => Self::Parked(fault.to_string()),
        }
    }
}

impl Hints {
    /// That there may be anything.
    pub fn everything() -> Self {
        Self {
            newest: u64::MAX,
            commits: BTreeMap::new(),
        }
    }

    /// One more commit of the stream.
    pub(crate) fn add(&mut self, commit: &StoredCommit) {
        self.newest = self.newest.max(commit.version);
        let content = (commit.entries.clone(), commit.hash.clone());
        self.commits.insert(commit.version, content);
    }

    /// Whether the stream's first commit came along: most likely nobody has followed it yet.
    pub fn begins_the_stream(&self) -> bool {
        self.commits.contains_key(&1)
    }

    /// The version of the newest commit's first event.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// The commits from this version on to the newest one, if every one of them came along and can be read.
    pub fn complete_from<C: BoundedContext>(
        &self,
        stream: &C::Stream,
        version: u64,
    ) -> Option<Vec<Commit<C>>> {
        let name = stream.to_string();
        let mut commits = Vec::new();
        let mut next = version;
        while next <= self.newest {
            let (entries, hash) = self.commits.get(&next)?;
            let commit = Commit::decode(&name, next, entries, hash).ok()?;
            next = commit.last_version() + 1;
            commits.push(commit);
        }
        Some(commits)
    }
}

impl Batch {
    /// How many records say something.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// When the command was received that has waited longest in this batch.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// Follow each stream as far as its hints say it has come, some of them at once. Named in the answer is what must
    /// come again: the records of streams that failed for now.
    pub async fn follow<F, Followed>(self, follow: F) -> DynamoDbEventResponse
    where
        F: Fn(String, Hints) -> Followed,
        Followed: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        let mut running = JoinSet::new();
        for (stream, hints) in self.streams {
            let (slots, following) = (slots.clone(), follow(stream.clone(), hints));
            running.spawn(async move {
                let _slot = slots.acquire().await;
                following.await.err().map(|failure| (stream, failure))
            });
        }
        let mut again = Vec::new();
        while let Some(ended) = running.join_next().await {
            match ended {
                Ok(Some((stream, Failure::Transient(cause)))) => {
                    tracing::warn!(stream, cause, "not followed; its records will come again");
                    again.push(stream);
                }
                Ok(None | Some((_, Failure::Parked(_)))) => {}
                Err(panicked) => {
                    // Which stream it was is lost with it: all of them come again.
                    tracing::error!(cause = %panicked, "following a stream broke off");
                    again.extend(self.records.iter().map(|record| record.stream.clone()));
                }
            }
        }
        let failures = self
            .records
            .into_iter()
            .filter(|record| again.contains(&record.stream));
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = failures
            .map(|record| {
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = record.sequence_number;
                failure
            })
            .collect();
        response
    }
}

impl From<Event> for Batch {
    fn from(batch: Event) -> Self {
        let mut sorted = Self::default();
        // Nothing but appends ever happens to the event table.
        let appends = batch
            .records
            .into_iter()
            .filter(|record| record.event_name == "INSERT");
        for record in appends {
            let Some((stream, version)) = key(&record) else {
                tracing::error!(event_id = record.event_id, "a record names no commit");
                continue;
            };
            let hints = sorted.streams.entry(stream.clone()).or_default();
            hints.newest = hints.newest.max(version);
            if let Some((entries, hash)) = image(&record) {
                sorted.oldest = sorted.oldest.into_iter().chain(received(entries)).min();
                let commit = (entries.to_owned(), hash.to_vec());
                hints.commits.insert(version, commit);
            }
            sorted.records.push(Record {
                sequence_number: record.change.sequence_number,
                stream,
            });
        }
        sorted
    }
}

fn key(record: &EventRecord) -> Option<(String, u64)> {
    let keys = record.change.keys.inner();
    match (keys.get("stream")?, keys.get("version")?) {
        (AttributeValue::S(stream), AttributeValue::N(version)) => {
            Some((stream.clone(), version.parse().ok()?))
        }
        _ => None,
    }
}

fn image(record: &EventRecord) -> Option<(&str, &[u8])> {
    let image = record.change.new_image.inner();
    match (image.get("entries")?, image.get("hash")?) {
        (AttributeValue::S(entries), AttributeValue::B(hash)) => Some((entries, hash)),
        _ => None,
    }
}

/// When a commit's first command was received.
fn received(entries: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Received {
        at: Timestamp,
    }
    let entries: Vec<Received> = serde_json::from_str(entries).ok()?;
    entries.first().map(|entry| entry.at)
}
