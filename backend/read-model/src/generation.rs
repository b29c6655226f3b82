//! Generations: a view is rebuilt as a new generation of its rows beside the one that is read, and then takes its place.
//!
//! A generation stands before every key of its rows, `2~KEY`, in the table and in its indexes: both live in the same
//! tables, which therefore never have to be made or dropped while the system runs. A view adds it and takes it off; nobody
//! else sees it.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use serde::{Serialize, de::DeserializeOwned};
use shared::operations::Lag;

use crate::{Error, ViewName, Written, kept::Kept};

/// A generation of a view's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u32);

impl Generation {
    /// The one of a view that was never rebuilt.
    pub const FIRST: Self = Self(1);

    /// The one that is filled beside it.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The one that served before it; none before the first.
    pub fn previous(self) -> Option<Self> {
        self.0.checked_sub(1).filter(|number| *number > 0).map(Self)
    }

    /// The key of a row, as it stands in the table.
    pub fn key(self, bare: &str) -> String {
        format!("{}~{bare}", self.0)
    }

    /// A key as everybody else knows it.
    pub fn bare(key: &str) -> &str {
        key.split_once('~').map_or(key, |(_, bare)| bare)
    }

    /// The generation that stands before a key; none before the keys of rows that were written before there were any.
    pub fn of(key: &str) -> Option<Self> {
        key.split_once('~')?.0.parse().ok().map(Self)
    }
}

/// The generations of a view that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current {
    /// The one that is read.
    pub serving: Generation,
    /// Another that the projector brings along: one that is being filled, or for a moment one that was read before.
    pub filling: Option<Generation>,
}

impl Default for Current {
    fn default() -> Self {
        Self {
            serving: Generation::FIRST,
            filling: None,
        }
    }
}

/// The generations of every view, as they were at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllCurrent(BTreeMap<ViewName, Current>);

impl AllCurrent {
    /// Those of a view.
    pub fn of(&self, view: ViewName) -> Current {
        self.0.get(&view).copied().unwrap_or_default()
    }
}

/// A view's item, or that of other long work, beside how far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Which generations of the view there are; the defaults for work that is not about a view.
    pub current: Current,
    /// How often the item was written: a save over another revision is lost.
    revision: u64,
}

/// Under which the projector's lag stands.
const LAG: &str = "lag";

/// The generations' table: an item per view with the generations it has and how far its rebuild is, and one with how far
/// behind the log all of them were last. Cheap to clone; clones share what they keep.
#[derive(Clone, Debug)]
pub struct Generations {
    client: Client,
    table: String,
    kept: Kept<AllCurrent>,
}

impl Generations {
    /// In this table.
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            kept: Kept::default(),
        }
    }

    /// The generations of every view, as they were at most [`KEPT`](crate::KEPT) ago.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn current(&self) -> Result<Arc<AllCurrent>, Error> {
        self.kept.get(self.read_all()).await
    }

    /// The generations of every view, as they are now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn read_all(&self) -> Result<AllCurrent, Error> {
        let mut current = BTreeMap::new();
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .projection_expression("#view, serving, filling")
            .expression_attribute_names("#view", "view");
        let mut rows = scan.into_paginator().items().send();
        while let Some(row) = rows.next().await {
            let row = row.map_err(|error| Error::database("Scan", &self.table, error))?;
            let view = row.get("view").and_then(|view| view.as_s().ok());
            if let Some(view) = view.and_then(|view| view.parse().ok()) {
                current.insert(view, generations(&row));
            }
        }
        Ok(AllCurrent(current))
    }

    /// A view's item, or that of other work of this name, as it is now; and how far the work is, if there ever was any.
    ///
    /// # Errors
    /// The database did not answer, or the item cannot be read.
    pub async fn work<D: DeserializeOwned>(&self, name: &str) -> Result<(Work, Option<D>), Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("view", AttributeValue::S(name.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::database("GetItem", &self.table, error))?;
        let item = found.item.unwrap_or_default();
        let doc = item.get("doc").and_then(|doc| doc.as_s().ok());
        let doc = doc.map(|doc| serde_json::from_str(doc)).transpose();
        let work = Work {
            current: generations(&item),
            revision: number(&item, "revision").unwrap_or(0),
        };
        Ok((work, doc.map_err(|error| self.unreadable(name, error))?))
    }

    /// Save it over the revision that was read. Where it is lost, somebody else is at the same work.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn save(
        &self,
        name: &str,
        work: &mut Work,
        doc: &impl Serialize,
    ) -> Result<Written, Error> {
        let doc = serde_json::to_string(doc).map_err(|error| self.unreadable(name, error))?;
        let n = |number: u64| AttributeValue::N(number.to_string());
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("view", AttributeValue::S(name.to_owned()))
            .item("revision", n(work.revision + 1))
            .item("serving", n(work.current.serving.0.into()))
            .item("doc", AttributeValue::S(doc));
        let put = match work.current.filling {
            Some(filling) => put.item("filling", n(filling.0.into())),
            None => put,
        };
        let put = match work.revision {
            0 => put.condition_expression("attribute_not_exists(revision)"),
            over => put
                .condition_expression("revision = :over")
                .expression_attribute_values(":over", n(over)),
        };
        match put.send().await {
            Ok(_) => {
                work.revision += 1;
                Ok(Written::Done)
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(Written::Lost)
            }
            Err(error) => Err(Error::database("PutItem", &self.table, error)),
        }
    }

    /// How far behind the log the views were last.
    ///
    /// # Errors
    /// The database did not answer, or the item cannot be read.
    pub async fn lag(&self) -> Result<Option<Lag>, Error> {
        Ok(self.work(LAG).await?.1)
    }

    /// Note how far behind the log the views are. Whoever notes it last is believed.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn note_lag(&self, lag: Lag) -> Result<(), Error> {
        let doc = serde_json::to_string(&lag).map_err(|error| self.unreadable(LAG, error))?;
        self.client
            .put_item()
            .table_name(&self.table)
            .item("view", AttributeValue::S(LAG.to_owned()))
            .item("doc", AttributeValue::S(doc))
            .send()
            .await
            .map_err(|error| Error::database("PutItem", &self.table, error))?;
        Ok(())
    }

    fn unreadable(&self, name: &str, cause: serde_json::Error) -> Error {
        Error::Unreadable {
            table: self.table.clone(),
            key: name.to_owned(),
            cause: cause.to_string(),
        }
    }
}

type Item = std::collections::HashMap<String, AttributeValue>;

fn generations(item: &Item) -> Current {
    let generation = |name| number(item, name)?.try_into().ok().map(Generation);
    Current {
        serving: generation("serving").unwrap_or(Generation::FIRST),
        filling: generation("filling"),
    }
}

fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Where a view's rows are found: in the generation that serves, whichever that is, or in this one.
#[derive(Clone, Debug)]
pub enum Scope {
    Serving(Generations, ViewName),
    One(Generation),
}

impl Scope {
    /// The generation.
    ///
    /// # Errors
    /// The database did not say which one serves.
    pub async fn generation(&self) -> Result<Generation, Error> {
        match self {
            Self::Serving(generations, view) => {
                // Boxed, because every request to a view goes through here and is deep enough without.
                let current = Box::pin(generations.current()).await?;
                Ok(current.of(*view).serving)
            }
            Self::One(generation) => Ok(*generation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_stands_before_a_key_and_comes_off_again_whatever_the_key_holds() {
        for bare in ["a#b", "EUR#ada~lovelace", "7~x", ""] {
            let key = Generation(12).key(bare);
            assert_eq!(Generation::of(&key), Some(Generation(12)), "{key}");
            assert_eq!(Generation::bare(&key), bare);
        }
        assert_eq!(Generation::of("EUR#ada~lovelace"), None);
    }
}
