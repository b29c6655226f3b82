//! The event tables as a whole: their items, and the stream records that Lambda would hand to their followers for them.

use std::collections::HashMap;

use aws_lambda_events::event::dynamodb::Event;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use event_store::{SCAN_PAGE, StoredCommit};
use local::{accounts_log, booking_log};
use serde_json::{Value, json};
use uuid::Uuid;

/// An item as the database stores it.
pub type Item = HashMap<String, AttributeValue>;

/// Every item of a table, in no order.
///
/// # Panics
/// If the database does not answer.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
pub async fn items(client: &Client, table: &str) -> Vec<Item> {
    let pages = client
        .scan()
        .table_name(table)
        .consistent_read(true)
        .limit(SCAN_PAGE)
        .into_paginator()
        .items();
    pages
        .send()
        .collect::<Result<_, _>>()
        .await
        .expect("the table can be read")
}

/// Every commit of both contexts, stream after stream, each stream in order.
pub async fn commits(client: &Client) -> Vec<Item> {
    let mut commits = items(client, &booking_log().events).await;
    commits.extend(items(client, &accounts_log().events).await);
    commits.sort_by_key(place);
    commits
}

/// The stream and the version of a commit's item.
pub fn place(item: &Item) -> (String, u64) {
    let stream = item.get("stream").and_then(|value| value.as_s().ok());
    let version = item
        .get("version")
        .and_then(|value| value.as_n().ok()?.parse().ok());
    (
        stream.cloned().unwrap_or_default(),
        version.unwrap_or_default(),
    )
}

/// Put the commits, and the keys that open what is sealed in them, into another DynamoDB.
///
/// # Panics
/// If the database does not answer.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
pub async fn copy(from: &Client, to: &Client) {
    let (booking, accounts) = (booking_log(), accounts_log());
    for table in [booking.events, accounts.events, booking.keys] {
        for item in items(from, &table).await {
            to.put_item()
                .table_name(&table)
                .set_item(Some(item))
                .send()
                .await
                .expect("the item can be put");
        }
    }
}

/// The commits of an order as those of another one, with its id. Views take them; their chain does not fit, and what is
/// sealed in them opens at its own place only: it counts as a forgotten person's.
pub fn as_another_order(commits: &[StoredCommit]) -> (Uuid, Vec<StoredCommit>) {
    let id = Uuid::new_v4();
    let mut copies = commits.to_vec();
    for commit in &mut copies {
        let stream = format!("order#{id}");
        let old = std::mem::replace(&mut commit.stream, stream);
        let old = old.trim_start_matches("order#");
        let entries = commit.entries.replace(old, &id.to_string());
        commit.entries = entries.replace("\"sealed\":\"", "\"sealed\":\"AAAA");
        commit.state = None;
    }
    (id, copies)
}

/// A batch of stream records, as Lambda hands it on.
///
/// # Panics
/// If these are no items of the event table.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
pub fn batch<'a>(commits: impl IntoIterator<Item = &'a Item>) -> Event {
    let record = |(number, item): (usize, &Item)| {
        let key = |name: &str| item.get(name).map(attribute);
        json!({
            "eventID": format!("event-{number}"),
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "local",
            "eventSourceARN": "arn:aws:dynamodb:local:000000000000:table/plenary-events/stream/1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_800_000_000,
                "Keys": { "stream": key("stream"), "version": key("version") },
                "NewImage": item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect::<HashMap<_, _>>(),
                "SequenceNumber": format!("{number:021}"),
                "SizeBytes": 1,
                "StreamViewType": "NEW_IMAGE",
            },
        })
    };
    let records: Vec<Value> = commits.into_iter().enumerate().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).expect("a batch of stream records")
}

/// Commits hold texts, numbers and bytes, and nothing else.
fn attribute(value: &AttributeValue) -> Value {
    if let Ok(text) = value.as_s() {
        json!({ "S": text })
    } else if let Ok(number) = value.as_n() {
        json!({ "N": number })
    } else {
        let bytes = value.as_b().map(|bytes| BASE64_STANDARD.encode(bytes));
        json!({ "B": bytes.unwrap_or_default() })
    }
}
