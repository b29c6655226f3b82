//! Commits that could not be projected, with the cause: what an operator has to look at; and those that an operator
//! decided to pass over.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use shared::{PersonId, Timestamp};

use crate::{Error, Generation, kept::Kept};

/// What stands before a skip's view, where a letter has its generation.
const SKIP: &str = "skip";

type Item = HashMap<String, AttributeValue>;

/// Where a stream stands still for a view: everything before is in the view, this and what comes after waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub stream: String,
    pub view: String,
    /// The generation of the view for which it stands still.
    pub generation: Generation,
    /// The version of the first event of the commit that could not be projected; 0 where it is the view's own row that
    /// cannot be read.
    pub version: u64,
    /// Why not. It names types and places, never what an event says of a person.
    pub cause: String,
    /// When that was last tried.
    pub at: Timestamp,
}

/// A commit that a view passes over, in each of its generations, and whose decision that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    pub stream: String,
    pub view: String,
    /// The version of the commit's first event.
    pub version: u64,
    /// The version of its last.
    pub through: u64,
    pub reason: String,
    pub by: PersonId,
    pub at: Timestamp,
}

/// The commits that views pass over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skips(BTreeMap<(String, String, u64), u64>);

impl Skips {
    /// The version of a commit's last event, if this view passes over the commit.
    pub fn through(&self, stream: &str, view: &str, version: u64) -> Option<u64> {
        // There are hardly ever any: nothing is copied to find that out.
        if self.0.is_empty() {
            return None;
        }
        let key = (stream.to_owned(), view.to_owned(), version);
        self.0.get(&key).copied()
    }
}

/// The dead letters' table: at most one letter per stream and generation of a view, for a stream stands still at one place
/// only. Cheap to clone; clones share what they keep.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
    table: String,
    kept: Kept<Skips>,
}

impl DeadLetters {
    /// In this table.
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            kept: Kept::default(),
        }
    }

    /// Note that a stream stands still.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn put(&self, letter: &DeadLetter) -> Result<(), Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("stream", AttributeValue::S(letter.stream.clone()))
            .item(
                "view",
                AttributeValue::S(letter.generation.key(&letter.view)),
            )
            .item("version", AttributeValue::N(letter.version.to_string()))
            .item("cause", AttributeValue::S(letter.cause.clone()))
            .item("at", AttributeValue::S(letter.at.to_string()));
        put.send()
            .await
            .map_err(|error| Error::database("PutItem", &self.table, error))?;
        Ok(())
    }

    /// Note that a stream goes on.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn remove(
        &self,
        stream: &str,
        (view, generation): (&str, Generation),
    ) -> Result<(), Error> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("stream", AttributeValue::S(stream.to_owned()))
            .key("view", AttributeValue::S(generation.key(view)))
            .send()
            .await
            .map_err(|error| Error::database("DeleteItem", &self.table, error))?;
        Ok(())
    }

    /// Every letter.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn all(&self) -> Result<Vec<DeadLetter>, Error> {
        let items = self.items().await?;
        Ok(items.iter().filter_map(letter).collect())
    }

    /// Pass over a commit from now on. Whose decision it was first, stands.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn skip(&self, skip: &Skip) -> Result<(), Error> {
        let Skip { view, version, .. } = skip;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("stream", AttributeValue::S(skip.stream.clone()))
            .item(
                "view",
                AttributeValue::S(format!("{SKIP}~{view}@{version}")),
            )
            .item("skipped", AttributeValue::S(view.clone()))
            .item("version", AttributeValue::N(version.to_string()))
            .item("through", AttributeValue::N(skip.through.to_string()))
            .item("reason", AttributeValue::S(skip.reason.clone()))
            .item("by", AttributeValue::S(skip.by.0.clone()))
            .item("at", AttributeValue::S(skip.at.to_string()))
            .condition_expression("attribute_not_exists(skipped)");
        let put = put.send().await;
        self.kept.forget().await;
        match put {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::database("PutItem", &self.table, error)),
        }
    }

    /// Every decision to pass over a commit.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn all_skips(&self) -> Result<Vec<Skip>, Error> {
        let items = self.items().await?;
        Ok(items.iter().filter_map(skip).collect())
    }

    /// The commits that views pass over, as they were at most [`KEPT`](crate::KEPT) ago.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn skips(&self) -> Result<Arc<Skips>, Error> {
        self.kept.get(self.read_skips()).await
    }

    /// The commits that views pass over, as they are now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn read_skips(&self) -> Result<Skips, Error> {
        let skips = self.all_skips().await?.into_iter();
        let entry = |skip: Skip| ((skip.stream, skip.view, skip.version), skip.through);
        Ok(Skips(skips.map(entry).collect()))
    }

    async fn items(&self) -> Result<Vec<Item>, Error> {
        let pages = self.client.scan().table_name(&self.table);
        let items = pages.consistent_read(true).into_paginator().items();
        let read: Result<Vec<Item>, _> = items.send().collect().await;
        read.map_err(|error| Error::database("Scan", &self.table, error))
    }
}

fn letter(item: &Item) -> Option<DeadLetter> {
    let view = text(item, "view");
    Some(DeadLetter {
        generation: Generation::of(&view)?,
        view: Generation::bare(&view).to_owned(),
        stream: text(item, "stream"),
        version: text(item, "version").parse().unwrap_or_default(),
        cause: text(item, "cause"),
        at: text(item, "at").parse().unwrap_or_default(),
    })
}

fn skip(item: &Item) -> Option<Skip> {
    item.get("skipped")?;
    Some(Skip {
        stream: text(item, "stream"),
        view: text(item, "skipped"),
        version: text(item, "version").parse().ok()?,
        through: text(item, "through").parse().ok()?,
        reason: text(item, "reason"),
        by: PersonId(text(item, "by")),
        at: text(item, "at").parse().unwrap_or_default(),
    })
}

fn text(item: &Item, name: &str) -> String {
    item.get(name)
        .and_then(|value| value.as_s().or_else(|_| value.as_n()).ok())
        .cloned()
        .unwrap_or_default()
}
