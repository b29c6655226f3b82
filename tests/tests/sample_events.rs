//! The sample events that `cargo lambda invoke` sends are answered as the notes say, by the functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use accounts::{
    Accounts,
    provider::{Secret, TestProvider},
};
use commands::Commands;
use domain::booking::Rules;
use eraser::Eraser;
use history::History;
use lambda_http::request::from_str;
use local::{accounts_log, booking_log};
use operations::Operations;
use plenary_http::{now, start::local as local_service};
use processes::Processes;
use projector::Projector;
use publisher::{Places, Publisher};
use queries::Queries;
use serde_json::{Value, json};
use tests::{engine::Engine, system::System};

fn event(name: &str) -> String {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/aws/events");
    fs::read_to_string(events.join(format!("{name}.json"))).unwrap()
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&event(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn each_function_answers_its_sample_event() {
    let client = Engine::start().await.client;
    let views = read_model::Tables::default();
    let commands = Commands::new(client.clone(), booking_log(), Rules::default());
    let account_events = accounts_log().events;
    let projector = Projector::new(
        client.clone(),
        booking_log(),
        account_events.clone(),
        views.clone(),
    );
    let queries = Queries::new(&client, &views);

    let request = from_str(&event("commands")).unwrap();
    let created = commands.handle(request).await;
    assert_eq!(created.status(), 201, "{:?}", created.body());

    // The record only says how far the stream has come; the projector reads the commit from the event table.
    let projected = projector.handle(read("projector")).await;
    assert!(projected.batch_item_failures.is_empty());
    let catalogue = read_model::Views::new(&client, &views).catalogue;
    let by_slug = read_model::ConferenceDoc::BY_SLUG;
    let rows = catalogue.find(by_slug, "rust-week").await.unwrap();
    assert_eq!(rows.len(), 1, "the conference has its row");

    let request = from_str(&event("queries")).unwrap();
    let found = queries.handle(request).await;
    assert_eq!(found.status(), 200, "{:?}", found.body());
    serde_json::from_slice::<Value>(found.body()).expect("a page of the catalogue");
}

/// The sample callback as the provider with this secret sends it now.
fn called_back(secret: &str) -> String {
    let mut callback: Value = read("accounts-callback");
    let body = callback["body"].as_str().unwrap().as_bytes();
    callback["headers"]["plenary-signature"] = Secret::new(secret).sign(body, now()).into();
    callback.to_string()
}

#[tokio::test]
async fn the_accounts_and_who_follows_their_log_answer_theirs() {
    let client = Engine::start().await.client;
    let page = "http://127.0.0.1:3000/test-provider/checkout";
    let provider = TestProvider::new(page.to_owned(), "secret");
    let accounts = Accounts::new(
        client.clone(),
        accounts_log(),
        Default::default(),
        Box::new(provider),
        "http://127.0.0.1:3000",
    );
    let started = accounts.handle(from_str(&event("accounts")).unwrap()).await;
    assert_eq!(started.status(), 201, "{:?}", started.body());
    // The callback is about the top-up that was just started; as it stands in the file it is not signed.
    for (callback, status) in [
        (event("accounts-callback"), 400),
        (called_back("guessed"), 400),
        (called_back("secret"), 200),
    ] {
        let answer = accounts.handle(from_str(&callback).unwrap()).await;
        assert_eq!(answer.status(), status, "{:?}", answer.body());
    }
    // An account without money declines the charge, which is an answer.
    let delivered = accounts.deliver(read("accounts-messages")).await;
    assert!(delivered.batch_item_failures.is_empty());

    // The record is of the person's account: the credit is told, once.
    let system = System::start().await;
    publisher::create_table(&client, "plenary-publications")
        .await
        .unwrap();
    let places = Places {
        booking: booking_log().events,
        accounts: accounts_log().events,
        publications: "plenary-publications".to_owned(),
        bus: "plenary".to_owned(),
    };
    let bus = local_service(&format!("{}/eventbridge", system.url));
    let publisher = Publisher::new(&client, aws_sdk_eventbridge::Client::new(&bus), places);
    // A batch comes from either table.
    for batch in ["publisher", "publisher", "projector"] {
        let published = publisher.handle(read(batch)).await;
        assert!(published.batch_item_failures.is_empty());
    }
    let told = [("account.top-up-credited.v1".to_owned(), 1)];
    assert_eq!(system.published().await, BTreeMap::from(told));

    let views = read_model::Tables::default();
    let account_events = accounts_log().events;
    let projector = Projector::new(client.clone(), booking_log(), account_events, views.clone());
    let projected = projector.handle(read("publisher")).await;
    assert!(projected.batch_item_failures.is_empty());
    let ledger = read_model::Views::new(&client, &views).ledger;
    let by_person = read_model::AccountDoc::BY_PERSON;
    let person = "7b0e5c1a-5d0e-4a3e-9a0f-2f1f6a6d3c11";
    let rows = ledger.accounts.find(by_person, person).await.unwrap();
    assert_eq!(rows.len(), 1, "the account has its row");
}

/// The sample command of whoever asks to be forgotten: the person of all these samples.
fn forget() -> String {
    let mut request: Value = read("commands");
    let path = "/api/me/forget";
    request["routeKey"] = format!("POST {path}").into();
    request["rawPath"] = path.into();
    request["requestContext"]["http"]["path"] = path.into();
    request["headers"]["idempotency-key"] = "7d1b1f0c-52f5-4b0a-8a37-3d8c8e1f2b11".into();
    request["body"] = "{}".into();
    request.to_string()
}

#[tokio::test]
async fn history_and_operations_answer_theirs_and_the_eraser_forgets_its_person() {
    let client = Engine::start().await.client;
    let commands = Commands::new(client.clone(), booking_log(), Rules::default());
    let created = commands.handle(from_str(&event("commands")).unwrap());
    assert_eq!(created.await.status(), 201);

    let (events, account_events) = (booking_log().events, accounts_log().events);
    let history = History::new(&client, events.clone(), account_events.clone());
    let stream = history.handle(from_str(&event("history")).unwrap()).await;
    assert_eq!(stream.status(), 200, "{:?}", stream.body());
    let stream: Value = serde_json::from_slice(stream.body()).unwrap();
    assert_eq!(stream["stream"], "slug#rust-week");

    eraser::create_table(&client, "plenary-erasures")
        .await
        .unwrap();
    let views = read_model::Tables::default();
    let projector = Projector::new(client.clone(), booking_log(), account_events, views);
    let operations = Operations::new(projector.clone());
    let answer = operations.handle(from_str(&event("operations")).unwrap());
    let answer = answer.await;
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
    let worked = operations.call(read("operations-schedule"), Duration::from_secs(1));
    assert_eq!(worked.await.unwrap(), json!({ "more": false }));

    let eraser = Eraser::new(&client, events, projector, "plenary-erasures".to_owned());
    // Nobody has asked yet: whoever calls it by mistake does no harm.
    let erased = eraser.call(read("eraser")).await.unwrap();
    assert_eq!(erased, json!({ "batchItemFailures": [] }));
    let looked = eraser.call(read("eraser-schedule")).await.unwrap();
    assert_eq!(looked, json!({ "looks": 0 }));

    let asked = commands.handle(from_str(&forget()).unwrap()).await;
    assert!(asked.status().is_success(), "{:?}", asked.body());
    let eraser = eraser.looking_again_after(Duration::ZERO);
    eraser.call(read("eraser")).await.unwrap();
    let looked = eraser.call(read("eraser-schedule")).await.unwrap();
    assert_eq!(looked, json!({ "looks": 1 }));
}

#[tokio::test]
async fn the_processes_answer_theirs() {
    let client = Engine::start().await.client;
    let views = read_model::Tables::default();
    let pools = (views.availability.as_str(), views.generations.as_str());
    let events = booking_log().events;
    let processes = Processes::new(&client, events, pools, Rules::default());
    // The order that the message is about is in nobody's log: it comes again, until it is a dead letter.
    let delivered = processes.call(read("processes-messages")).await.unwrap();
    assert_eq!(delivered["batchItemFailures"].as_array().unwrap().len(), 1);
    let swept = processes.call(read("processes")).await.unwrap();
    assert_eq!(swept, json!({ "pools": 0, "failed": 0 }));
}
