//! One view table: rows that remember how far their stream was applied.

use std::{collections::HashMap, marker::PhantomData, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, KeysAndAttributes, Put},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Generation, Scope, query};

/// How many rows DynamoDB gives at once.
const BATCH: usize = 100;
/// How often the rest of a batch is asked for, with growing pauses.
const BATCH_TRIES: u32 = 6;

/// The range key of tables whose rows have one.
pub(crate) const PART: &str = "part";

type Item = HashMap<String, AttributeValue>;

/// What a row of a view holds.
pub trait Document: Serialize + DeserializeOwned + Send + Sync {
    /// The view's indexes.
    const INDEXES: &'static [Index];

    /// The attributes by which the row stands in them; an index of which an attribute is missing does not have it.
    fn index_attributes(&self) -> Vec<(&'static str, String)>;
}

/// An index over a view. It may lag behind its table by a moment; each of its items is a whole row, but for `keys_only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    pub name: &'static str,
    pub hash: &'static str,
    pub range: Option<&'static str>,
    /// Whether its items are keys and nothing else: a row can then change without a write to the index, as long as it
    /// stays at its place there.
    pub keys_only: bool,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<D> {
    pub key: String,
    /// The stream that feeds it.
    pub source: String,
    /// The version of the last event of that stream which is in it.
    pub version: u64,
    pub doc: D,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Written {
    Done,
    /// Somebody else wrote the row since it was read, or was just about to.
    Lost,
}

/// A view of documents, in its table: those of one generation.
#[derive(Debug)]
pub struct View<D> {
    client: Client,
    table: String,
    scope: Scope,
    /// Of a table whose rows have a part as well as an id: which one.
    part: Option<&'static str>,
    holds: PhantomData<fn() -> D>,
}

// Not derived: a view can be cloned whether its documents can or not.
impl<D> Clone for View<D> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            table: self.table.clone(),
            scope: self.scope.clone(),
            part: self.part,
            holds: PhantomData,
        }
    }
}

impl<D: Document> View<D> {
    /// The view in this table.
    pub fn new(client: Client, table: String, scope: Scope) -> Self {
        Self {
            client,
            table,
            scope,
            part: None,
            holds: PhantomData,
        }
    }

    /// The rows of this part of a table that has others beside them.
    pub(crate) fn in_part(self, part: &'static str) -> Self {
        let part = Some(part);
        Self { part, ..self }
    }

    /// This generation of it.
    pub fn at(&self, generation: Generation) -> Self {
        let scope = Scope::One(generation);
        Self {
            scope,
            ..self.clone()
        }
    }

    /// A row as it is now.
    ///
    /// # Errors
    /// The database did not answer, or the row cannot be read.
    pub async fn get(&self, key: &str) -> Result<Option<Row<D>>, Error> {
        let key = self.scope.generation().await?.key(key);
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(self.key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.failed("GetItem", error))?;
        found.item.map(|item| self.row(&item)).transpose()
    }

    /// Those of these rows that there are, as they are now, in no order.
    ///
    /// # Errors
    /// The database did not answer for all of them, or a row cannot be read.
    pub async fn get_all(&self, mut keys: Vec<String>) -> Result<Vec<Row<D>>, Error> {
        // A batch that names a row twice is refused.
        keys.sort();
        keys.dedup();
        let generation = self.scope.generation().await?;
        let keys: Vec<String> = keys.iter().map(|key| generation.key(key)).collect();
        let mut rows = Vec::new();
        for batch in keys.chunks(BATCH) {
            rows.extend(self.get_batch(batch).await?);
        }
        Ok(rows)
    }

    async fn get_batch(&self, keys: &[String]) -> Result<Vec<Row<D>>, Error> {
        let mut wanted: Vec<Item> = keys.iter().map(|key| self.key(key.clone())).collect();
        let mut rows = Vec::new();
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                let longest = 25 << attempt;
                tokio::time::sleep(Duration::from_millis(fastrand::u64(..longest))).await;
            }
            let request = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(|error| Error::unbuilt("BatchGetItem", &self.table, &error))?;
            let found = self
                .client
                .batch_get_item()
                .request_items(&self.table, request)
                .send()
                .await
                .map_err(|error| self.failed("BatchGetItem", error))?;
            for item in found.responses.iter().flat_map(HashMap::values).flatten() {
                rows.push(self.row(item)?);
            }
            wanted = found
                .unprocessed_keys
                .and_then(|mut rest| rest.remove(&self.table))
                .map_or_else(Vec::new, |rest| rest.keys);
            if wanted.is_empty() {
                return Ok(rows);
            }
        }
        Err(Error::Database {
            operation: "BatchGetItem",
            table: self.table.clone(),
            cause: format!("{} rows stayed unprocessed", wanted.len()),
            throttled: true,
        })
    }

    /// The rows under one hash key of an index, by its range key.
    ///
    /// # Errors
    /// The database did not answer, or a row cannot be read.
    pub async fn find(&self, index: Index, hash: &str) -> Result<Vec<Row<D>>, Error> {
        let hash = self.scope.generation().await?.key(hash);
        let query = self
            .client
            .query()
            .index_name(index.name)
            .key_condition_expression("#hash = :hash")
            .expression_attribute_names("#hash", index.hash)
            .expression_attribute_values(":hash", AttributeValue::S(hash));
        let rows = query::rows(&self.table, query, usize::MAX).await?;
        rows.iter().map(|row| self.row(row)).collect()
    }

    /// Write a row over the version that was read; none where there was no row.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn put(&self, row: &Row<D>, over: Option<u64>) -> Result<Written, Error> {
        let put = self.guarded(self.scope.generation().await?, row, over)?;
        let request = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values);
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(Written::Lost)
            }
            Err(error) => Err(self.failed("PutItem", error)),
        }
    }

    /// The generation of it.
    pub(crate) async fn generation(&self) -> Result<Generation, Error> {
        self.scope.generation().await
    }

    /// The write of a row of a generation over the version that was read.
    pub(crate) fn guarded(
        &self,
        generation: Generation,
        row: &Row<D>,
        over: Option<u64>,
    ) -> Result<Put, Error> {
        let doc =
            serde_json::to_string(&row.doc).map_err(|error| self.unreadable(&row.key, error))?;
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(self.key(generation.key(&row.key))))
            .item("source", AttributeValue::S(row.source.clone()))
            .item("version", AttributeValue::N(row.version.to_string()))
            .item("doc", AttributeValue::S(doc));
        for (name, value) in row.doc.index_attributes() {
            let is_hash = D::INDEXES.iter().any(|index| index.hash == name);
            let value = if is_hash {
                generation.key(&value)
            } else {
                value
            };
            put = put.item(name, AttributeValue::S(value));
        }
        let put = match over {
            None => put.condition_expression("attribute_not_exists(id)"),
            Some(version) => put
                .condition_expression("#version = :over")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":over", AttributeValue::N(version.to_string())),
        };
        put.build()
            .map_err(|error| Error::unbuilt("PutItem", &self.table, &error))
    }

    fn key(&self, id: String) -> Item {
        let id = ("id".to_owned(), AttributeValue::S(id));
        let part = self
            .part
            .map(|part| (PART.to_owned(), AttributeValue::S(part.to_owned())));
        Item::from_iter([id].into_iter().chain(part))
    }

    fn row(&self, item: &Item) -> Result<Row<D>, Error> {
        let text = |name: &str| {
            item.get(name)
                .and_then(|value| value.as_s().ok())
                .map_or("", String::as_str)
        };
        let version = item
            .get("version")
            .and_then(|value| value.as_n().ok()?.parse().ok());
        let key = Generation::bare(text("id"));
        Ok(Row {
            source: text("source").to_owned(),
            version: version.ok_or_else(|| self.unreadable(key, "it has no version"))?,
            doc: serde_json::from_str(text("doc")).map_err(|error| self.unreadable(key, error))?,
            key: key.to_owned(),
        })
    }

    pub(crate) fn failed<E, R>(&self, operation: &'static str, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        Error::database(operation, &self.table, error)
    }

    fn unreadable(&self, key: &str, cause: impl ToString) -> Error {
        Error::Unreadable {
            table: self.table.clone(),
            key: key.to_owned(),
            cause: cause.to_string(),
        }
    }
}
