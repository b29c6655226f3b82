//! The messages of all queues, in one table of the same DynamoDB: what was accepted is there after any crash, and whoever
//! deletes the data takes the messages along.
//!
//! The sort key begins with the time from which a message may be received, so that what is due is one short query, and
//! to postpone a message is to write it anew under another key.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Error,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, ScalarAttributeType},
};
use event_store::Fault;
use shared::Timestamp;

/// Where the messages are; a dead letter is found there under its queue's name and `-dead-letters`.
pub const TABLE: &str = "plenary-queues";

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its own, however often it is delivered.
    pub id: String,
    pub body: String,
    pub sent_at: Timestamp,
    /// How often it has been received without success.
    pub receives: u32,
    /// The time from which it may be received.
    pub due: Timestamp,
}

/// Make the table if there is none.
pub async fn create_table(client: &Client) -> Result<(), Fault> {
    let key = [
        ("queue", ScalarAttributeType::S),
        ("due", ScalarAttributeType::S),
    ];
    event_store::create_table(client, TABLE, &key).await
}

/// The messages of one queue.
#[derive(Clone)]
pub struct Messages {
    client: Client,
    queue: String,
}

impl Messages {
    /// Those of this queue.
    pub fn new(client: Client, queue: String) -> Self {
        Self { client, queue }
    }

    /// Keep this one.
    pub async fn put(&self, message: &Message) -> Result<(), Error> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        self.client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(self.key(message)))
            .item("id", AttributeValue::S(message.id.clone()))
            .item("body", AttributeValue::S(message.body.clone()))
            .item("sent_at", number(message.sent_at.millis()))
            .item("receives", number(message.receives.into()))
            .send()
            .await?;
        Ok(())
    }

    /// Remove this one.
    pub async fn remove(&self, message: &Message) -> Result<(), Error> {
        self.client
            .delete_item()
            .table_name(TABLE)
            .set_key(Some(self.key(message)))
            .send()
            .await?;
        Ok(())
    }

    /// The first of them, as many as this: those that are due, and then those that will be.
    pub async fn first(&self, limit: usize) -> Result<Vec<Message>, Error> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let found = self.query().limit(limit).send().await?;
        Ok(found.items().iter().map(message).collect())
    }

    /// All of them, in this order.
    pub async fn all(&self) -> Result<Vec<Message>, Error> {
        let mut items = self.query().into_paginator().items().send();
        let mut all = Vec::new();
        while let Some(item) = items.try_next().await? {
            all.push(message(&item));
        }
        Ok(all)
    }

    fn query(&self) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(TABLE)
            .key_condition_expression("#queue = :queue")
            .expression_attribute_names("#queue", "queue")
            .expression_attribute_values(":queue", AttributeValue::S(self.queue.clone()))
            .consistent_read(true)
    }

    fn key(&self, message: &Message) -> HashMap<String, AttributeValue> {
        // Thirteen digits last until the year 2286.
        let due = format!("{:013}#{}", message.due.millis(), message.id);
        let queue = AttributeValue::S(self.queue.clone());
        HashMap::from([
            ("queue".to_owned(), queue),
            ("due".to_owned(), AttributeValue::S(due)),
        ])
    }
}

/// The message in an item that [`Messages::put`] wrote.
fn message(item: &HashMap<String, AttributeValue>) -> Message {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let number = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_n().ok()?.parse().ok())
    };
    let due = text("due").and_then(|due| due.split('#').next()?.parse().ok());
    Message {
        id: text("id").cloned().unwrap_or_default(),
        body: text("body").cloned().unwrap_or_default(),
        sent_at: Timestamp::from_millis(number("sent_at").unwrap_or_default()),
        receives: number("receives")
            .and_then(|receives| u32::try_from(receives).ok())
            .unwrap_or_default(),
        due: Timestamp::from_millis(due.unwrap_or_default()),
    }
}
