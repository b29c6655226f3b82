//! Commits exactly as they are stored, whether this version can read them or not: what is checked, exported and imported.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    primitives::Blob,
    types::{
        AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};
use domain::BoundedContext;
use serde::{Deserialize, Serialize};

use crate::{
    Commit, DecodeError, EventStore, Fault, Misfit, Wrong, append::FREE, base64_text,
    codec::StoredEvent, commit::StoredEntry, verify,
};

/// How many commits are written at once, and how many bytes of them: DynamoDB's limits are 100 and 4 MB, and a commit is
/// 400 KB at most.
pub const TRANSACTION: (usize, usize) = (100, 3_500_000);

type Item = HashMap<String, AttributeValue>;

/// The attributes of a commit's item. As JSON, a line of an exported log: a storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCommit {
    /// The stream's name.
    pub stream: String,
    /// The version of its first event.
    pub version: u64,
    /// The entries' text, of which the hash is taken.
    pub entries: String,
    /// The chain's hash, 32 bytes in a sound log; base64 in JSON.
    #[serde(with = "base64_text")]
    pub hash: Vec<u8>,
    /// The state that it carries, where it carries one. A cache, and in no hash; it goes along because a log that was put
    /// back would have to be folded from its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// The commits of a stream from some version on, as many as one call gives.
#[derive(Debug)]
pub struct Page {
    /// In order.
    pub commits: Vec<StoredCommit>,
    /// The version from which the next page goes on; none where this is the last.
    pub next: Option<u64>,
}

/// What became of putting an exported commit back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Restored {
    /// It is in the log now.
    Done,
    /// It was there already, the very same.
    Before,
    /// Another commit stands in its place.
    Taken,
}

impl StoredCommit {
    /// Read an item of the event table.
    ///
    /// # Errors
    /// It has not exactly the attributes of a commit.
    pub fn from_item(item: &Item) -> Result<Self, Misfit> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let number = item.get("version").and_then(|value| value.as_n().ok());
        let misfit = |attribute: &str| Misfit {
            stream: text("stream").cloned().unwrap_or_default(),
            version: number.cloned().unwrap_or_default(),
            wrong: Wrong::Attribute(attribute.to_owned()),
        };
        let known = ["stream", "version", "entries", "hash", "state"];
        if let Some(other) = item.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(misfit(other));
        }
        let version = number.and_then(|number| number.parse().ok());
        let hash = item.get("hash").and_then(|value| value.as_b().ok());
        let state = item.get("state").map(|value| value.as_s().cloned());
        Ok(Self {
            stream: text("stream").ok_or_else(|| misfit("stream"))?.clone(),
            version: version.ok_or_else(|| misfit("version"))?,
            entries: text("entries").ok_or_else(|| misfit("entries"))?.clone(),
            hash: hash.ok_or_else(|| misfit("hash"))?.as_ref().to_vec(),
            state: state.transpose().map_err(|_| misfit("state"))?,
        })
    }

    /// As an item of the event table.
    pub fn to_item(&self) -> Item {
        let mut item = HashMap::from([
            ("stream".into(), AttributeValue::S(self.stream.clone())),
            (
                "version".into(),
                AttributeValue::N(self.version.to_string()),
            ),
            ("entries".into(), AttributeValue::S(self.entries.clone())),
            (
                "hash".into(),
                AttributeValue::B(Blob::new(self.hash.clone())),
            ),
        ]);
        if let Some(state) = &self.state {
            item.insert("state".into(), AttributeValue::S(state.clone()));
        }
        item
    }

    /// As a commit that this version of the code can read.
    ///
    /// # Errors
    /// What it cannot read of it.
    pub fn decode<C: BoundedContext>(&self) -> Result<Commit<C>, DecodeError> {
        let mut commit = Commit::decode(&self.stream, self.version, &self.entries, &self.hash)?;
        commit.state.clone_from(&self.state);
        Ok(commit)
    }

    /// The version of its last event; of its first where its entries cannot be told apart.
    pub fn last_version(&self) -> u64 {
        verify::last_version(self)
    }

    /// Its entries as they are stored: no upcast, nothing opened.
    ///
    /// # Errors
    /// What the text is instead.
    pub fn entries(&self) -> Result<Vec<StoredEntry>, serde_json::Error> {
        serde_json::from_str(&self.entries)
    }

    /// Its events as they are stored, each with its version and the entry that it stands in.
    ///
    /// # Errors
    /// What the text is instead.
    pub fn events(&self) -> Result<Vec<(u64, StoredEntry, StoredEvent)>, serde_json::Error> {
        let mut events = Vec::new();
        for mut entry in self.entries()? {
            for event in std::mem::take(&mut entry.events) {
                let version = self.version + events.len() as u64;
                events.push((version, entry.clone(), event));
            }
        }
        Ok(events)
    }
}

impl<C: BoundedContext> EventStore<C> {
    /// The commits of a stream whose first event has at least this version. The stream need not be one that this version
    /// knows.
    ///
    /// # Errors
    /// The database refused or did not answer, or one of them has not the attributes of a commit.
    pub async fn stored(&self, stream: &str, from_version: u64) -> Result<Page, ReadError> {
        self.stored_at_most(stream, from_version, None).await
    }

    /// The same, and no more commits than this.
    ///
    /// # Errors
    /// As [`Self::stored`].
    pub async fn stored_at_most(
        &self,
        stream: &str,
        from_version: u64,
        limit: Option<u16>,
    ) -> Result<Page, ReadError> {
        let page = self
            .client
            .query()
            .table_name(&self.tables.events)
            .consistent_read(true)
            .key_condition_expression("#stream = :stream AND #version >= :from")
            .expression_attribute_names("#stream", "stream")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":stream", AttributeValue::S(stream.to_owned()))
            .expression_attribute_values(":from", AttributeValue::N(from_version.to_string()))
            .set_limit(limit.map(i32::from))
            .send()
            .await
            .map_err(|error| Fault::database("Query", error))?;
        let commits: Vec<StoredCommit> = page
            .items()
            .iter()
            .map(StoredCommit::from_item)
            .collect::<Result<_, _>>()?;
        let more = page.last_evaluated_key.is_some();
        let next = commits
            .last()
            .filter(|_| more)
            .map(|commit| commit.last_version() + 1);
        Ok(Page { commits, next })
    }

    /// The last commit of a stream whose first event has at most this version.
    ///
    /// # Errors
    /// As [`Self::stored`].
    pub async fn stored_up_to(
        &self,
        stream: &str,
        version: u64,
    ) -> Result<Option<StoredCommit>, ReadError> {
        let page = self
            .client
            .query()
            .table_name(&self.tables.events)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(1)
            .key_condition_expression("#stream = :stream AND #version <= :to")
            .expression_attribute_names("#stream", "stream")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":stream", AttributeValue::S(stream.to_owned()))
            .expression_attribute_values(":to", AttributeValue::N(version.to_string()))
            .send()
            .await
            .map_err(|error| Fault::database("Query", error))?;
        let found = page.items().first().map(StoredCommit::from_item);
        Ok(found.transpose()?)
    }

    /// Put exported commits where they stood, all or none: one write, and as many as DynamoDB takes at once
    /// ([`TRANSACTION`]). Answers whether it did; where it did not, something stands in one of their places.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn restore_all(&self, commits: &[StoredCommit]) -> Result<bool, Fault> {
        let mut items = Vec::with_capacity(commits.len());
        for commit in commits {
            let put = Put::builder()
                .table_name(&self.tables.events)
                .set_item(Some(commit.to_item()))
                .condition_expression(FREE)
                .build()
                .map_err(|error| Fault::malformed("TransactWriteItems", &error.to_string()))?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        let write = self.client.transact_write_items();
        let Err(error) = write.set_transact_items(Some(items)).send().await else {
            return Ok(true);
        };
        let is_taken =
            |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled))
                if cancelled.cancellation_reasons().iter().any(is_taken) =>
            {
                Ok(false)
            }
            _ => Err(Fault::database("TransactWriteItems", error)),
        }
    }

    /// Put an exported commit where it stood, unless something stands there.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn restore(&self, commit: &StoredCommit) -> Result<Restored, Fault> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.events)
            .set_item(Some(commit.to_item()))
            .condition_expression(FREE)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else {
            return Ok(Restored::Done);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let is_same = failed.item() == Some(&commit.to_item());
                Ok(if is_same {
                    Restored::Before
                } else {
                    Restored::Taken
                })
            }
            _ => Err(Fault::database("PutItem", error)),
        }
    }

    /// About how many commits the log has: DynamoDB counts them every six hours.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn about_how_many(&self) -> Result<u64, Fault> {
        let described = self.client.describe_table();
        let described = described.table_name(&self.tables.events).send().await;
        let described = described.map_err(|error| Fault::database("DescribeTable", error))?;
        let count = described.table.and_then(|table| table.item_count);
        Ok(count.unwrap_or(0).unsigned_abs())
    }
}

/// Why stored commits cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database refused or did not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// An item is no commit.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}
