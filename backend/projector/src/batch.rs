//! A batch of stream records as hints: how far each stream has come, and the commits that came along.

use std::collections::BTreeMap;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use event_store::Commit;
use serde_dynamo::AttributeValue;
use shared::Timestamp;

/// A batch, sorted out.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The records that say something, in the order in which they came.
    pub(crate) records: Vec<Record>,
    pub(crate) streams: BTreeMap<String, Hints>,
    /// When the command was received that has waited longest in this batch.
    pub(crate) oldest: Option<Timestamp>,
}

/// A record's place in the batch's shard, and the stream that it is about.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) sequence_number: Option<String>,
    pub(crate) stream: String,
}

/// How far a stream has come, and commits of it. None of them need be there: what is missing, or cannot be read here,
/// is read from the event table.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    newest: u64,
    commits: BTreeMap<u64, Commit>,
}

impl Hints {
    /// That there may be anything.
    pub(crate) fn everything() -> Self {
        Self {
            newest: u64::MAX,
            commits: BTreeMap::new(),
        }
    }

    /// The version of the newest commit's first event.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// The commits from this version on to the newest one, if every one of them came along.
    pub(crate) fn complete_from(&self, version: u64) -> Option<Vec<Commit>> {
        let mut commits = Vec::new();
        let mut next = version;
        while next <= self.newest {
            let commit = self.commits.get(&next)?;
            next = commit.last_version() + 1;
            commits.push(commit.clone());
        }
        Some(commits)
    }

    fn add(&mut self, version: u64, commit: Option<Commit>) {
        self.newest = self.newest.max(version);
        if let Some(commit) = commit {
            self.commits.insert(version, commit);
        }
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
            let commit = commit(&record, &stream, version);
            let times = commit.iter().flat_map(|commit| &commit.entries);
            let times = times.map(|entry| entry.at);
            sorted.oldest = sorted.oldest.into_iter().chain(times).min();
            let hints = sorted.streams.entry(stream.clone()).or_default();
            hints.add(version, commit);
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

fn commit(record: &EventRecord, stream: &str, version: u64) -> Option<Commit> {
    let image = record.change.new_image.inner();
    match (image.get("entries")?, image.get("hash")?) {
        (AttributeValue::S(entries), AttributeValue::B(hash)) => {
            Commit::decode(stream, version, entries, hash).ok()
        }
        _ => None,
    }
}
