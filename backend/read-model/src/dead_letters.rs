//! Commits that could not be projected, with the cause: what an operator has to look at.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use shared::Timestamp;

use crate::Error;

/// Where a stream stands still for a view: everything before is in the view, this and what comes after waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub stream: String,
    pub view: String,
    /// The version of the first event of the commit that could not be projected.
    pub version: u64,
    /// Why not. It names types and places, never what an event says of a person.
    pub cause: String,
    /// When that was last tried.
    pub at: Timestamp,
}

/// The dead letters' table: at most one letter per stream and view, for a stream stands still at one place only.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
    table: String,
}

impl DeadLetters {
    /// In this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Note that a stream stands still.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn put(&self, letter: &DeadLetter) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("stream", AttributeValue::S(letter.stream.clone()))
            .item("view", AttributeValue::S(letter.view.clone()))
            .item("version", AttributeValue::N(letter.version.to_string()))
            .item("cause", AttributeValue::S(letter.cause.clone()))
            .item("at", AttributeValue::S(letter.at.to_string()))
            .send()
            .await
            .map_err(|error| Error::database("PutItem", &self.table, error))?;
        Ok(())
    }

    /// Note that a stream goes on.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn remove(&self, stream: &str, view: &str) -> Result<(), Error> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("stream", AttributeValue::S(stream.to_owned()))
            .key("view", AttributeValue::S(view.to_owned()))
            .send()
            .await
            .map_err(|error| Error::database("DeleteItem", &self.table, error))?;
        Ok(())
    }

    /// All of them.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn all(&self) -> Result<Vec<DeadLetter>, Error> {
        let mut letters = Vec::new();
        let mut next = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .set_exclusive_start_key(next)
                .send()
                .await
                .map_err(|error| Error::database("Scan", &self.table, error))?;
            letters.extend(page.items().iter().map(letter));
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(letters);
            }
        }
    }
}

fn letter(item: &HashMap<String, AttributeValue>) -> DeadLetter {
    let text = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_s().or_else(|_| value.as_n()).ok())
            .cloned()
            .unwrap_or_default()
    };
    DeadLetter {
        stream: text("stream"),
        view: text("view"),
        version: text("version").parse().unwrap_or_default(),
        cause: text("cause"),
        at: text("at").parse().unwrap_or_default(),
    }
}
