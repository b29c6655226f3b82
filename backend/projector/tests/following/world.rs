//! A projector over an engine of its own, the history that a test makes up, and the batches that it hands over.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::event::dynamodb::Event;
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use projector::Projector;
use read_model::{DeadLetter, DeadLetters, Tables, Views};
use serde_json::{Value, json};
use shared::ConferenceId;
use uuid::Uuid;

pub const CONFERENCE: ConferenceId = ConferenceId(Uuid::from_u128(1));
/// The accounts context's event table.
const ACCOUNT_EVENTS: &str = "plenary-account-events";

/// One commit of the history that a test makes up.
#[derive(Clone)]
pub struct Commit {
    pub stream: String,
    pub version: u64,
    entries: String,
}

pub fn commit(stream: String, version: u64, events: &[Value]) -> Commit {
    let id = Uuid::from_u128(7);
    let events: Vec<Value> = events
        .iter()
        .map(|event| json!({ "id": id, "schema": 1, "type": event["type"], "data": event["data"] }))
        .collect();
    let entry = json!({
        "command_id": id, "correlation_id": id, "fingerprint": "AAAAAAAAAAAAAAAAAAAAAA", "actor": "ada",
        "at": "2027-05-03T09:30:00Z", "wrote": [], "events": events,
    });
    Commit {
        stream,
        version,
        entries: json!([entry]).to_string(),
    }
}

pub struct World {
    pub client: Client,
    pub projector: Projector,
    pub views: Views,
    pub dead_letters: DeadLetters,
}

impl World {
    pub async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let database = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending::<()>(),
        ));
        let client = plenary_http::start::local_dynamodb(&endpoint);
        event_store::create_tables(&client, &event_store::Tables::default())
            .await
            .unwrap();
        read_model::create_tables(&client, &read_model::Tables::default())
            .await
            .unwrap();
        let accounts = event_store::Tables {
            events: ACCOUNT_EVENTS.to_owned(),
            ..Default::default()
        };
        event_store::create_tables(&client, &accounts)
            .await
            .unwrap();
        let tables = Tables::default();
        Self {
            projector: projector(&client),
            views: Views::new(&client, &tables),
            dead_letters: DeadLetters::new(client.clone(), tables.dead_letters),
            client,
        }
    }

    /// Put commits into the event table, over what was there.
    pub async fn log(&self, commits: &[Commit]) {
        for commit in commits {
            self.client
                .put_item()
                .table_name(event_table(&commit.stream))
                .item("stream", AttributeValue::S(commit.stream.clone()))
                .item("version", AttributeValue::N(commit.version.to_string()))
                .item("entries", AttributeValue::S(commit.entries.clone()))
                .item("hash", AttributeValue::B(Blob::new([0; 32])))
                .send()
                .await
                .unwrap();
        }
    }

    /// Every item of these tables, as text.
    pub async fn items(&self, tables: &[String]) -> BTreeSet<String> {
        let mut items = BTreeSet::new();
        for table in tables {
            let scanned = self.client.scan().table_name(table).send().await.unwrap();
            for item in scanned.items() {
                let attributes: BTreeMap<_, _> = item.iter().collect();
                items.insert(format!("{table} {attributes:?}"));
            }
        }
        items
    }

    /// Hand over a batch; answers the sequence numbers of the records that must come again.
    pub async fn hand_over(&self, batch: Event) -> Vec<String> {
        let failures = self.projector.handle(batch).await.batch_item_failures;
        let number = |number: Option<String>| number.unwrap_or_default();
        failures
            .into_iter()
            .map(|failure| number(failure.item_identifier))
            .collect()
    }

    /// Stream, view and version of each dead letter.
    pub async fn letters(&self) -> Vec<(String, String, u64)> {
        let letters = self.dead_letters.all().await.unwrap();
        let place = |letter: DeadLetter| (letter.stream, letter.view, letter.version);
        letters.into_iter().map(place).collect()
    }
}

/// A projector over this DynamoDB.
pub fn projector(client: &Client) -> Projector {
    let account_events = ACCOUNT_EVENTS.to_owned();
    Projector::new(
        client.clone(),
        Default::default(),
        account_events,
        Tables::default(),
    )
}

fn event_table(stream: &str) -> String {
    match stream.starts_with("account#") {
        true => ACCOUNT_EVENTS.to_owned(),
        false => event_store::Tables::default().events,
    }
}

/// These commits as stream records, numbered from 1.
pub fn batch(commits: &[&Commit]) -> Event {
    batch_of("INSERT", commits)
}

pub fn batch_of(event_name: &str, commits: &[&Commit]) -> Event {
    let record = |(number, commit): (usize, &&Commit)| {
        let key = json!({ "stream": { "S": commit.stream }, "version": { "N": commit.version.to_string() } });
        let mut image = key.clone();
        image["entries"] = json!({ "S": commit.entries });
        // 32 zeros.
        image["hash"] = json!({ "B": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" });
        json!({
            "eventID": number.to_string(), "eventName": event_name, "awsRegion": "local",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_800_000_000, "Keys": key, "NewImage": image, "SizeBytes": 1,
                "SequenceNumber": (number + 1).to_string(), "StreamViewType": "NEW_IMAGE",
            },
        })
    };
    let records: Vec<Value> = commits.iter().enumerate().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}
