//! What the publisher promises: each stream in order, at least once, whatever the stream, the bus or a crash does to it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use local::{accounts_log, booking_log};
use plenary_http::start::local as local_service;
use publisher::{Places, Publisher};
use serde_json::{Value, json};
use tests::{
    engine::Engine,
    history::{Dice, history},
    log::{self, Item},
    schemas::assert_conforms,
};
use tokio::net::TcpListener;

/// What becomes of a call of the bus.
#[derive(Clone, Copy)]
enum Luck {
    /// The bus takes all but the first event.
    FirstRefused,
    /// It takes all, and the sender never learns of it.
    AnswerLost,
}

/// An EventBridge that keeps what it takes, in the order in which it came.
#[derive(Clone, Default)]
struct Bus {
    taken: Arc<Mutex<Vec<Value>>>,
    luck: Arc<Mutex<VecDeque<Luck>>>,
}

impl Bus {
    async fn put_events(
        State(bus): State<Self>,
        Json(call): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        let luck = bus.luck.lock().unwrap().pop_front();
        let entries = call["Entries"].as_array().unwrap();
        assert!(entries.len() <= 10, "EventBridge takes ten at once");
        let mut answers = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            if matches!(luck, Some(Luck::FirstRefused)) && place == 0 {
                answers
                    .push(json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "later" }));
                continue;
            }
            assert_eq!(entry["EventBusName"], "plenary");
            let event: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
            assert_eq!(entry["DetailType"], event["type"]);
            assert_conforms(&event);
            answers.push(json!({ "EventId": event["id"] }));
            bus.taken.lock().unwrap().push(event);
        }
        let failed = answers
            .iter()
            .filter(|answer| answer["ErrorCode"].is_string());
        let body = json!({ "FailedEntryCount": failed.count(), "Entries": answers });
        match luck {
            Some(Luck::AnswerLost) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({}))),
            Some(Luck::FirstRefused) | None => (StatusCode::OK, Json(body)),
        }
    }

    /// Start it; answers the SDK's client of it.
    async fn start(&self) -> aws_sdk_eventbridge::Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/", post(Self::put_events))
            .with_state(self.clone());
        // The SDK names its own media type, which Json would refuse.
        let router = router.layer(axum::middleware::map_request(
            |mut request: axum::extract::Request| async move {
                let json = axum::http::HeaderValue::from_static("application/json");
                request.headers_mut().insert("content-type", json);
                request
            },
        ));
        tokio::spawn(axum::serve(listener, router).into_future());
        aws_sdk_eventbridge::Client::new(&local_service(&url))
    }

    /// The events by stream, in the order in which they were taken: first their sequence numbers, then whole.
    fn by_stream(&self) -> BTreeMap<String, Vec<u64>> {
        let mut streams: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for event in self.taken.lock().unwrap().iter() {
            let sequence = event["sequence"].as_str().unwrap().parse().unwrap();
            let subject = event["subject"].as_str().unwrap().to_owned();
            streams.entry(subject).or_default().push(sequence);
        }
        streams
    }

    /// The events, each once.
    fn once(&self) -> BTreeSet<String> {
        self.taken
            .lock()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect()
    }
}

/// A publisher of this DynamoDB onto a bus; a new one each time, as after a crash.
async fn publisher(engine: &Engine, bus: &Bus) -> Publisher {
    publisher::create_table(&engine.client, "plenary-publications")
        .await
        .unwrap();
    let places = Places {
        booking: booking_log().events,
        accounts: accounts_log().events,
        publications: "plenary-publications".to_owned(),
        bus: "plenary".to_owned(),
    };
    Publisher::new(&engine.client, bus.start().await, places)
}

/// As Lambda would: what failed comes again.
async fn publish(publisher: &Publisher, batch: &[Item]) -> usize {
    let mut calls = 1;
    while !publisher
        .handle(log::batch(batch))
        .await
        .batch_item_failures
        .is_empty()
    {
        calls += 1;
        assert!(calls < 50, "it never succeeds");
    }
    calls
}

/// What is published of a history whose commits come once and in order.
async fn expected(
    engine: &Engine,
    commits: &[Item],
) -> (BTreeSet<String>, BTreeMap<String, Vec<u64>>) {
    let bus = Bus::default();
    let other = Engine::start().await;
    log::copy(&engine.client, &other.client).await;
    let publisher = publisher(&other, &bus).await;
    for batch in commits.chunks(10) {
        assert_eq!(publish(&publisher, batch).await, 1);
    }
    (bus.once(), bus.by_stream())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_stream_is_published_in_order_however_its_commits_come() {
    let engine = Engine::start().await;
    history(&engine).await;
    let commits = log::commits(&engine.client).await;
    let (events, by_stream) = expected(&engine, &commits).await;
    assert!(events.len() > 150, "{}", events.len());
    let last: BTreeMap<String, u64> = commits.iter().map(log::place).collect();
    for seed in 0..2 {
        let mut dice = Dice(seed);
        let bus = Bus::default();
        let other = Engine::start().await;
        log::copy(&engine.client, &other.client).await;
        let publisher = publisher(&other, &bus).await;
        let mut handed_on: Vec<_> = commits
            .iter()
            .filter(|commit| {
                let (stream, version) = log::place(commit);
                last[&stream] == version || dice.throw(3) > 0
            })
            .flat_map(|commit| [commit.clone(), commit.clone()])
            .collect();
        dice.shuffle(&mut handed_on);
        for batch in handed_on.chunks(15) {
            publish(&publisher, batch).await;
        }
        assert_eq!(bus.once(), events, "seed {seed}");
        assert_eq!(
            bus.by_stream(),
            by_stream,
            "each once and in order, seed {seed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bus_refused_or_did_not_answer_comes_again_and_nothing_is_skipped() {
    let engine = Engine::start().await;
    history(&engine).await;
    let commits = log::commits(&engine.client).await;
    let (events, by_stream) = expected(&engine, &commits).await;
    let bus = Bus::default();
    let luck = [Luck::FirstRefused, Luck::AnswerLost, Luck::FirstRefused];
    bus.luck.lock().unwrap().extend(luck.repeat(5));
    let publisher = publisher(&engine, &bus).await;
    for batch in commits.chunks(30) {
        publish(&publisher, batch).await;
    }
    assert_eq!(bus.once(), events);
    for (stream, sequences) in bus.by_stream() {
        // Some came twice; without what came before, each stream is what it should be.
        let mut seen = BTreeSet::new();
        let first: Vec<_> = sequences
            .into_iter()
            .filter(|it| seen.insert(*it))
            .collect();
        assert_eq!(first, by_stream[&stream], "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_that_starts_again_goes_on_where_the_last_one_was() {
    let engine = Engine::start().await;
    history(&engine).await;
    let commits = log::commits(&engine.client).await;
    let bus = Bus::default();
    let (first, rest) = commits.split_at(commits.len() / 2);
    publish(&publisher(&engine, &bus).await, first).await;
    let so_far = bus.taken.lock().unwrap().len();
    publish(&publisher(&engine, &bus).await, first).await;
    assert_eq!(bus.taken.lock().unwrap().len(), so_far, "nothing twice");
    publish(&publisher(&engine, &bus).await, rest).await;
    assert_eq!(bus.once(), expected(&engine, &commits).await.0);
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_stops_its_stream_and_no_other() {
    let engine = Engine::start().await;
    history(&engine).await;
    let mut commits = log::commits(&engine.client).await;
    let (events, by_stream) = expected(&engine, &commits).await;
    let broken = commits
        .iter()
        .position(|commit| log::place(commit).0.starts_with("order#"))
        .unwrap();
    let (stream, _) = log::place(&commits[broken]);
    let entries = commits[broken]["entries"]
        .as_s()
        .unwrap()
        .replace("OrderPlaced", "OrderTeleported");
    let mut item = commits[broken].clone();
    item.insert(
        "entries".to_owned(),
        aws_sdk_dynamodb::types::AttributeValue::S(entries),
    );
    let put = engine.client.put_item().table_name(booking_log().events);
    put.set_item(Some(item.clone())).send().await.unwrap();
    let whole = std::mem::replace(&mut commits[broken], item);

    let bus = Bus::default();
    let publisher = publisher(&engine, &bus).await;
    publish(&publisher, &commits).await;
    let mut others = by_stream.clone();
    others.remove(&stream);
    assert_eq!(bus.by_stream(), others);
    let stopped = engine.client.get_item().table_name("plenary-publications");
    let key = aws_sdk_dynamodb::types::AttributeValue::S(stream.clone());
    let row = stopped
        .key("stream", key)
        .send()
        .await
        .unwrap()
        .item
        .unwrap();
    let cause = row["cause"].as_s().unwrap();
    assert!(cause.contains("OrderTeleported"), "{cause}");

    // Once it can be read, the next record of the stream brings everything.
    let put = engine.client.put_item().table_name(booking_log().events);
    put.set_item(Some(whole)).send().await.unwrap();
    let last: Vec<_> = commits
        .iter()
        .filter(|commit| log::place(commit).0 == stream)
        .cloned()
        .collect();
    publish(&publisher, &last[last.len() - 1..]).await;
    assert_eq!(bus.once(), events);
}
