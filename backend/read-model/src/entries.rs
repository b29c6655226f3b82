//! The entries of accounts: one row each, written once and never changed.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{AttributeValue, Put},
};
use shared::account::StatementEntry;

use crate::{Error, Generation, Scope, query};

/// The entries' table: by account and the version of each entry's event; those of one generation.
#[derive(Clone, Debug)]
pub struct Entries {
    client: Client,
    table: String,
    scope: Scope,
}

impl Entries {
    /// In this table.
    pub fn new(client: Client, table: String, scope: Scope) -> Self {
        Self {
            client,
            table,
            scope,
        }
    }

    /// This generation of them.
    pub fn at(&self, generation: Generation) -> Self {
        let scope = Scope::One(generation);
        Self {
            scope,
            ..self.clone()
        }
    }

    /// Entries of an account up to this version, the newest first: at most so many.
    ///
    /// # Errors
    /// The database did not answer, or a row cannot be read.
    pub async fn up_to(
        &self,
        account: &str,
        version: u64,
        limit: usize,
    ) -> Result<Vec<StatementEntry>, Error> {
        let account = self.scope.generation().await?.key(account);
        let query = self
            .client
            .query()
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("#account = :account AND #version <= :version")
            .expression_attribute_names("#account", "account")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":account", AttributeValue::S(account))
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()));
        let rows = query::rows(&self.table, query, limit).await?;
        rows.iter().map(|row| self.entry(row)).collect()
    }

    /// The write of one entry of a generation, as a part of a transaction.
    pub(crate) fn put(
        &self,
        generation: Generation,
        account: &str,
        entry: &StatementEntry,
    ) -> Result<Put, Error> {
        let doc = serde_json::to_string(entry).map_err(|error| self.unreadable(account, error))?;
        let put = Put::builder()
            .table_name(&self.table)
            .item("account", AttributeValue::S(generation.key(account)))
            .item("version", AttributeValue::N(entry.version.to_string()))
            .item("doc", AttributeValue::S(doc));
        let unbuilt = |error: BuildError| Error::unbuilt("TransactWriteItems", &self.table, &error);
        put.build().map_err(unbuilt)
    }

    fn entry(&self, item: &HashMap<String, AttributeValue>) -> Result<StatementEntry, Error> {
        let text = |name: &str| {
            item.get(name)
                .and_then(|value| value.as_s().or_else(|_| value.as_n()).ok())
                .map_or("", String::as_str)
        };
        serde_json::from_str(text("doc")).map_err(|error| {
            let account = Generation::bare(text("account"));
            self.unreadable(&format!("{account}@{}", text("version")), error)
        })
    }

    fn unreadable(&self, key: &str, cause: serde_json::Error) -> Error {
        Error::Unreadable {
            table: self.table.clone(),
            key: key.to_owned(),
            cause: cause.to_string(),
        }
    }
}
