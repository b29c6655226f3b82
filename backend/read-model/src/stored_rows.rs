//! The rows of a view's tables as they are stored, of whatever generation: for whoever compares two or drops one.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{AttributeValue, DeleteRequest, KeysAndAttributes, WriteRequest},
};
use serde::{Deserialize, Serialize};

use crate::{Error, RangeOf, ViewTable};

/// How many rows DynamoDB gives, and deletes, at once.
const READ: usize = 100;
const DELETED: usize = 25;
/// How many a walk reads at once. A page ends with a megabyte anyway; the embedded engine reads all that is left for it
/// unless it is told how much is wanted.
const PAGE: i32 = 1_000;
/// How often the rest of a batch is asked for, with growing pauses.
const TRIES: u32 = 8;

/// A row's attributes.
pub type StoredRow = HashMap<String, AttributeValue>;

/// The row after which a walk over a table goes on. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPosition {
    hash: String,
    range: Option<String>,
}

/// The rows of view tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StoredRows {
    client: Client,
}

impl StoredRows {
    /// In this DynamoDB.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The rows after this one, or the first of all, as many as one call gives; and where the next page begins.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn page(
        &self,
        table: &ViewTable<'_>,
        after: Option<&RowPosition>,
    ) -> Result<(Vec<StoredRow>, Option<RowPosition>), Error> {
        let page = self
            .client
            .scan()
            .table_name(table.name)
            .consistent_read(true)
            .limit(PAGE)
            .set_exclusive_start_key(after.map(|position| key(table, position)))
            .send()
            .await
            .map_err(|error| Error::database("Scan", table.name, error))?;
        let next = page.last_evaluated_key.map(|last| position(table, &last));
        Ok((page.items.unwrap_or_default(), next))
    }

    /// Those of the rows with these keys that there are, as they are now, in no order.
    ///
    /// # Errors
    /// The database did not answer for all of them.
    pub async fn get_all(
        &self,
        table: &ViewTable<'_>,
        keys: &[StoredRow],
    ) -> Result<Vec<StoredRow>, Error> {
        let mut rows = Vec::new();
        for batch in keys.chunks(READ) {
            let mut wanted = batch.to_vec();
            for attempt in 0..TRIES {
                pause(attempt).await;
                let request = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .consistent_read(true)
                    .build()
                    .map_err(|error| Error::unbuilt("BatchGetItem", table.name, &error))?;
                let get = self.client.batch_get_item();
                let found = get.request_items(table.name, request).send().await;
                let found =
                    found.map_err(|error| Error::database("BatchGetItem", table.name, error))?;
                let given = found.responses.and_then(|mut all| all.remove(table.name));
                rows.extend(given.unwrap_or_default());
                let rest = found.unprocessed_keys;
                wanted = rest
                    .and_then(|mut rest| rest.remove(table.name))
                    .map_or_else(Vec::new, |rest| rest.keys);
                if wanted.is_empty() {
                    break;
                }
            }
            unfinished("BatchGetItem", table, wanted.len())?;
        }
        Ok(rows)
    }

    /// Delete rows.
    ///
    /// # Errors
    /// The database did not delete all of them.
    pub async fn delete(&self, table: &ViewTable<'_>, rows: &[StoredRow]) -> Result<(), Error> {
        for batch in rows.chunks(DELETED) {
            let unbuilt = |error: BuildError| Error::unbuilt("BatchWriteItem", table.name, &error);
            let mut wanted = Vec::with_capacity(batch.len());
            for row in batch {
                let delete =
                    DeleteRequest::builder().set_key(Some(key(table, &position(table, row))));
                let delete = delete.build().map_err(unbuilt)?;
                wanted.push(WriteRequest::builder().delete_request(delete).build());
            }
            for attempt in 0..TRIES {
                pause(attempt).await;
                let write = self.client.batch_write_item();
                let written = write.request_items(table.name, wanted).send().await;
                let written = written
                    .map_err(|error| Error::database("BatchWriteItem", table.name, error))?;
                let rest = written.unprocessed_items;
                wanted = rest
                    .and_then(|mut rest| rest.remove(table.name))
                    .unwrap_or_default();
                if wanted.is_empty() {
                    break;
                }
            }
            unfinished("BatchWriteItem", table, wanted.len())?;
        }
        Ok(())
    }
}

async fn pause(attempt: u32) {
    if attempt > 0 {
        let longest = 25 << attempt;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(..longest))).await;
    }
}

fn unfinished(operation: &'static str, table: &ViewTable<'_>, left: usize) -> Result<(), Error> {
    match left {
        0 => Ok(()),
        _ => Err(Error::Database {
            operation,
            table: table.name.to_owned(),
            cause: format!("{left} rows stayed unprocessed"),
            throttled: true,
        }),
    }
}

fn position(table: &ViewTable<'_>, row: &StoredRow) -> RowPosition {
    let text = |name: &str| {
        let value = row.get(name)?;
        value.as_s().or_else(|_| value.as_n()).ok().cloned()
    };
    RowPosition {
        hash: text(table.hash).unwrap_or_default(),
        range: table.range.and_then(|(name, _)| text(name)),
    }
}

fn key(table: &ViewTable<'_>, position: &RowPosition) -> StoredRow {
    let hash = AttributeValue::S(position.hash.clone());
    let mut key = StoredRow::from([(table.hash.to_owned(), hash)]);
    if let (Some((name, kind)), Some(range)) = (table.range, position.range.clone()) {
        let range = match kind {
            RangeOf::Text => AttributeValue::S(range),
            RangeOf::Number => AttributeValue::N(range),
        };
        key.insert(name.to_owned(), range);
    }
    key
}
