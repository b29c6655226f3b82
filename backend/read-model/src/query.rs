//! Queries that go on over all their pages.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use crate::{Error, StoredRow};

/// The rows that a query finds: at most so many.
///
/// # Errors
/// The database did not answer.
pub(crate) async fn rows(
    table: &str,
    query: QueryFluentBuilder,
    limit: usize,
) -> Result<Vec<StoredRow>, Error> {
    let query = query.table_name(table);
    let query = match i32::try_from(limit) {
        Ok(limit) => query.limit(limit),
        Err(_) => query,
    };
    let mut found = query.into_paginator().items().send();
    let mut rows = Vec::new();
    while rows.len() < limit
        && let Some(row) = found.next().await
    {
        rows.push(row.map_err(|error| Error::database("Query", table, error))?);
    }
    Ok(rows)
}
