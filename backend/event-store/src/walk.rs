//! Walking over the whole log in steps, from where an earlier step left off: for whoever folds or checks all of it, and may
//! be killed on the way.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::BoundedContext;
use serde::{Deserialize, Serialize};

use crate::{EventStore, Fault, Hints, StoredCommit, scan::SCAN_PAGE};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The commit after which a walk goes on. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    stream: String,
    /// As it is stored: it may be no whole number, in a log that is not sound.
    version: String,
}

/// Some of the log's commits, in the table's order.
#[derive(Debug)]
pub struct LogPage {
    /// What is known of each stream by these commits.
    pub streams: Vec<(String, Hints)>,
    pub commits: u64,
    pub events: u64,
    /// Where the next page begins; none after the last.
    pub next: Option<Position>,
}

impl Position {
    /// Where an item stands.
    pub(crate) fn of(item: &Item) -> Option<Self> {
        Some(Self {
            stream: item.get("stream")?.as_s().ok()?.clone(),
            version: item.get("version")?.as_n().ok()?.clone(),
        })
    }

    pub(crate) fn key(&self) -> Item {
        let (stream, version) = (self.stream.clone(), self.version.clone());
        HashMap::from([
            ("stream".to_owned(), AttributeValue::S(stream)),
            ("version".to_owned(), AttributeValue::N(version)),
        ])
    }
}

impl<C: BoundedContext> EventStore<C> {
    /// The commits after this position, or the first of all: as many as one call gives.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn page(&self, after: Option<&Position>) -> Result<LogPage, Fault> {
        let page = self
            .client
            .scan()
            .table_name(&self.tables.events)
            .consistent_read(true)
            .limit(SCAN_PAGE)
            .set_exclusive_start_key(after.map(Position::key))
            .send()
            .await
            .map_err(|error| Fault::database("Scan", error))?;
        let items = page.items.unwrap_or_default();
        let commits = items.len() as u64;
        let mut events = 0;
        let mut streams: Vec<(String, Hints)> = Vec::new();
        // How far the latest stream's commits reach, and its last one: only that one must be looked into for its length.
        let mut last: Option<StoredCommit> = None;
        let length = |commit: &StoredCommit| commit.last_version() + 1 - commit.version;
        for item in &items {
            // What is no commit is nothing that could be folded; `verify` names it.
            let Ok(commit) = StoredCommit::from_item(item) else {
                continue;
            };
            match streams.last_mut() {
                Some((stream, hints)) if *stream == commit.stream => hints.add(&commit),
                _ => {
                    let mut hints = Hints::default();
                    hints.add(&commit);
                    streams.push((commit.stream.clone(), hints));
                }
            }
            if let Some(before) = last.replace(commit)
                && let Some(now) = &last
            {
                events += match before.stream == now.stream {
                    true => now.version.saturating_sub(before.version),
                    false => length(&before),
                };
            }
        }
        Ok(LogPage {
            streams,
            commits,
            events: events + last.as_ref().map_or(0, length),
            next: page.last_evaluated_key.as_ref().and_then(Position::of),
        })
    }
}
