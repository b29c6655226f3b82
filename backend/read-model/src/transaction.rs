//! A row that moves together with what no version of its own can guard.

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem, Update},
};

use crate::{Error, Written};

/// Write a guarded row and what moves with it: all of it or nothing.
///
/// # Errors
/// The database did not answer.
pub(crate) async fn write(
    client: &Client,
    guarded: Put,
    puts: Vec<Put>,
    updates: Vec<Update>,
) -> Result<Written, Error> {
    let table = guarded.table_name.clone();
    let part = TransactWriteItem::builder;
    let puts = [guarded].into_iter().chain(puts);
    let puts = puts.map(|put| part().put(put).build());
    let updates = updates
        .into_iter()
        .map(|update| part().update(update).build());
    let parts = puts.chain(updates).collect();
    let request = client
        .transact_write_items()
        .set_transact_items(Some(parts));
    match request.send().await {
        Ok(_) => Ok(Written::Done),
        Err(error) if error.as_service_error().is_some_and(is_lost) => Ok(Written::Lost),
        Err(error) => Err(Error::database("TransactWriteItems", &table, error)),
    }
}

/// What is added to the counters of a row, as a part of a transaction. A row that is not there begins at zero.
///
/// # Errors
/// The request cannot be put together.
pub(crate) fn addition<'a>(
    table: &str,
    key: [(&str, String); 2],
    counts: impl IntoIterator<Item = (&'a str, i64)>,
) -> Result<Update, Error> {
    let mut update = Update::builder().table_name(table);
    for (name, value) in key {
        update = update.key(name, AttributeValue::S(value));
    }
    let mut additions = Vec::new();
    for (place, (name, by)) in counts.into_iter().enumerate() {
        additions.push(format!("#{place} :{place}"));
        update = update
            .expression_attribute_names(format!("#{place}"), name)
            .expression_attribute_values(format!(":{place}"), AttributeValue::N(by.to_string()));
    }
    let update = update.update_expression(format!("ADD {}", additions.join(", ")));
    let update = update.build();
    update.map_err(|error| Error::unbuilt("TransactWriteItems", table, &error))
}

/// Whether a transaction was called off because somebody else was at the same rows: before it, or just then.
fn is_lost(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return false;
    };
    let lost = |code: &str| matches!(code, "ConditionalCheckFailed" | "TransactionConflict");
    let mut reasons = cancelled.cancellation_reasons().iter();
    reasons.any(|reason| reason.code().is_some_and(lost))
}
