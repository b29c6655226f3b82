//! The erasures that are not finished: one item per person, with when their rows are looked at again.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ScalarAttributeType},
};
use event_store::{Failure, Fault};
use shared::{PersonId, Timestamp};

/// The table of unfinished erasures. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Unfinished {
    client: Client,
    table: String,
}

impl Unfinished {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Note when a person's rows are looked at again. A later time stands for an earlier one as well.
    pub(crate) async fn note(&self, person: &PersonId, due: Timestamp) -> Result<(), Failure> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("person", AttributeValue::S(person.0.clone()))
            .item("due", number(due))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| Fault::database("PutItem", error).into())
    }

    /// For whom it is time, each with when it was. The table holds only what is unfinished, so it is read whole.
    pub(crate) async fn due(&self, now: Timestamp) -> Result<Vec<(PersonId, Timestamp)>, Failure> {
        let mut items = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression("due <= :now")
            .expression_attribute_values(":now", number(now))
            .into_paginator()
            .items()
            .send();
        let mut due = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| Fault::database("Scan", error))?;
            due.push(read(&item).ok_or_else(|| {
                Failure::Parked("an unfinished erasure cannot be read".to_owned())
            })?);
        }
        Ok(due)
    }

    /// It is finished, unless it was begun again since it was due.
    pub(crate) async fn finish(&self, person: &PersonId, due: Timestamp) -> Result<(), Failure> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("person", AttributeValue::S(person.0.clone()))
            .condition_expression("due = :due")
            .expression_attribute_values(":due", number(due))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Fault::database("DeleteItem", error).into()),
        }
    }
}

fn number(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.millis().to_string())
}

fn read(item: &HashMap<String, AttributeValue>) -> Option<(PersonId, Timestamp)> {
    let person = PersonId(item.get("person")?.as_s().ok()?.clone());
    let due = item.get("due")?.as_n().ok()?.parse().ok()?;
    Some((person, Timestamp::from_millis(due)))
}

/// Make the table of unfinished erasures where there is none. In AWS the stack does this.
///
/// # Errors
/// The database refused, or the table did not become active within ten seconds.
pub async fn create_table(client: &Client, table: &str) -> Result<(), Fault> {
    event_store::create_table(client, table, &[("person", ScalarAttributeType::S)]).await
}
