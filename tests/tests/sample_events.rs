//! The sample events that `cargo lambda invoke` sends are answered as the notes say, by the functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{fs, path::Path};

use commands::Commands;
use domain::booking::Rules;
use lambda_http::request::from_str;
use projector::Projector;
use queries::Queries;
use serde_json::Value;
use tests::engine::Engine;

fn event(name: &str) -> String {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/aws/events");
    fs::read_to_string(events.join(format!("{name}.json"))).unwrap()
}

#[tokio::test]
async fn each_function_answers_its_sample_event() {
    let client = Engine::start().await.client;
    let tables = event_store::Tables::default();
    let views = read_model::Tables::default();
    let commands = Commands::new(client.clone(), tables.clone(), Rules::default());
    let projector = Projector::new(client.clone(), tables, views.clone());
    let queries = Queries::new(&client, &views);

    let request = from_str(&event("commands")).unwrap();
    let created = commands.handle(request).await;
    assert_eq!(created.status(), 201, "{:?}", created.body());

    // The record only says how far the stream has come; the projector reads the commit from the event table.
    let batch = serde_json::from_str(&event("projector")).unwrap();
    let projected = projector.handle(batch).await;
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
