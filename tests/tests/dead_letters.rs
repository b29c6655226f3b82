//! Operators and what stops a stream: looked at, tried again, passed over; and the proof of the logs, asked for by them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::time::Duration;

use aws_lambda_events::event::apigw::ApiGatewayV2httpRequestContext;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, RequestExt, http, request::RequestContext};
use local::{accounts_log, booking_log};
use operations::Operations;
use plenary_http::now;
use projector::Projector;
use read_model::Tables;
use serde_json::{Value, json};
use shared::{Timestamp, operations::Lag};
use tests::{
    engine::Engine,
    history::history,
    log::{self, Item},
    views,
};
use uuid::Uuid;

struct World {
    engine: Engine,
    projector: Projector,
    operations: Operations,
}

impl World {
    async fn new() -> Self {
        let engine = Engine::start().await;
        history(&engine).await;
        let projector = Projector::new(
            engine.client.clone(),
            booking_log(),
            accounts_log().events,
            Tables::default(),
        );
        Self {
            operations: Operations::new(projector.clone()),
            projector,
            engine,
        }
    }

    /// Ask as an operator.
    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut context = ApiGatewayV2httpRequestContext::default();
        let claims = json!({ "sub": "otto", "cognito:groups": "[operator]" });
        context.authorizer =
            serde_json::from_value(json!({ "jwt": { "claims": claims } })).unwrap();
        let body = if body.is_null() {
            Body::Empty
        } else {
            Body::Text(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://plenary.example{path}"))
            .header("content-type", "application/json")
            .header("idempotency-key", Uuid::new_v4().to_string())
            .body(body)
            .unwrap()
            .with_request_context(RequestContext::ApiGatewayV2(context));
        let answer = self.operations.handle(request).await;
        let body = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), body)
    }

    async fn project(&self, commits: &[Item]) {
        for batch in commits.chunks(50) {
            let answer = self.projector.handle(log::batch(batch)).await;
            assert!(answer.batch_item_failures.is_empty());
        }
    }

    async fn put(&self, commit: &Item) {
        let put = self.engine.client.put_item();
        let put = put.table_name(booking_log().events);
        put.set_item(Some(commit.clone())).send().await.unwrap();
    }

    /// Work as the schedule does, until nothing is left to do.
    async fn work(&self) {
        let event = json!({ "schedule": "operations" });
        loop {
            let turn = Duration::from_millis(200);
            let worked = self.operations.call(event.clone(), turn).await.unwrap();
            if worked["more"] == false {
                return;
            }
        }
    }

    async fn letters(&self) -> Vec<Value> {
        let (status, answer) = self.ask("GET", "/api/dead-letters", Value::Null).await;
        assert_eq!(status, 200);
        answer["letters"].as_array().unwrap().clone()
    }

    /// An order of which the second commit cannot be read by this version, after everything was projected; that commit as
    /// it was, and the order's address among the dead letters.
    async fn spoilt(&self) -> (Item, String) {
        let mut commits = log::commits(&self.engine.client).await;
        let spoilt = commits
            .iter_mut()
            .find(|commit| {
                let (stream, version) = log::place(commit);
                stream.starts_with("order#") && version > 1
            })
            .unwrap();
        let (sound, (stream, _)) = (spoilt.clone(), log::place(spoilt));
        let entries = spoilt["entries"].as_s().unwrap();
        let entries = entries.replacen("\"type\":\"", "\"type\":\"Never", 1);
        spoilt.insert("entries".into(), AttributeValue::S(entries));
        self.put(spoilt).await;
        self.project(&commits).await;
        let stream = stream.replace('#', "%23");
        (sound, format!("/api/dead-letters/orders/{stream}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_far_behind_the_log_the_views_were_last_is_told() {
    let world = World::new().await;
    let (_, untouched) = world.ask("GET", "/api/projections", Value::Null).await;
    assert_eq!(untouched["lag"], Value::Null);
    let mut commits = log::commits(&world.engine.client).await;
    let long_ago = Timestamp::from_millis(now().millis() - 90_000);
    for commit in &mut commits {
        let entries: Vec<Value> = serde_json::from_str(commit["entries"].as_s().unwrap()).unwrap();
        let at = entries[0]["at"].to_string();
        let entries = commit["entries"].as_s().unwrap();
        let entries = entries.replace(&at, &json!(long_ago).to_string());
        commit.insert("entries".into(), AttributeValue::S(entries));
    }
    for batch in commits[..20].chunks(7) {
        world.project(batch).await;
    }
    let (_, projected) = world.ask("GET", "/api/projections", Value::Null).await;
    let lag: Lag = serde_json::from_value(projected["lag"].clone()).unwrap();
    assert_eq!(lag.commits, 20 % 7, "those of the last batch");
    assert_eq!(lag.millis, lag.at.millis() - long_ago.millis());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_shows_what_stops_a_stream_and_is_replayed_once_its_cause_is_gone() {
    let world = World::new().await;
    let (sound, address) = world.spoilt().await;
    let letters = world.letters().await;
    let of_orders = letters.iter().find(|letter| letter["view"] == "orders");
    let letter = of_orders.unwrap();
    let (stream, version) = log::place(&sound);
    assert_eq!(
        (&letter["stream"], &letter["version"]),
        (&json!(stream), &json!(version))
    );
    assert!(letter["cause"].as_str().unwrap().contains("Never"));
    let event = letter["payload"][0]["events"][0]["type"].as_str().unwrap();
    assert!(event.starts_with("Never"), "{event}");
    assert!(letter["waiting"].as_u64().unwrap() > 0);
    assert!(!letter.to_string().contains("Grace"), "names stay sealed");

    let replay = format!("{address}/replay");
    let (status, still) = world.ask("POST", &replay, Value::Null).await;
    assert_eq!((status, &still["resolved"]), (200, &json!(false)));
    assert_eq!(still["stopped_at"], version);
    let (_, projections) = world.ask("GET", "/api/projections", Value::Null).await;
    let mut all = projections["projections"].as_array().unwrap().iter();
    let orders = all.find(|view| view["view"] == "orders").unwrap();
    assert_eq!(orders["parked"], 1);

    world.put(&sound).await;
    for _ in 0..2 {
        let (status, answer) = world.ask("POST", &replay, Value::Null).await;
        assert_eq!((status, &answer["resolved"]), (200, &json!(true)));
    }
    let letters = world.letters().await;
    assert!(!letters.iter().any(|letter| letter["view"] == "orders"));
    // Nothing stands still that nobody ever heard of.
    let (_, nowhere) = world
        .ask(
            "POST",
            "/api/dead-letters/orders/order%23x/replay",
            Value::Null,
        )
        .await;
    assert_eq!(nowhere["resolved"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_passed_over_by_the_view_and_by_its_rebuild_and_the_decision_is_kept() {
    let world = World::new().await;
    let (sound, address) = world.spoilt().await;
    let (stream, version) = log::place(&sound);
    let skip = format!("{address}/skip");
    let asked = |version| json!({ "version": version, "reason": "written by a test system" });
    let (status, problem) = world.ask("POST", &skip, asked(version + 1)).await;
    assert_eq!(status, 409, "{problem}");
    for _ in 0..2 {
        let (status, answer) = world.ask("POST", &skip, asked(version)).await;
        assert_eq!(
            (status, &answer["resolved"]),
            (200, &json!(true)),
            "{answer}"
        );
    }
    let skips = world.projector.dead_letters().all_skips().await.unwrap();
    let [kept] = skips.as_slice() else {
        panic!("one decision: {skips:?}");
    };
    assert_eq!(
        (kept.stream.as_str(), kept.version, kept.by.0.as_str()),
        (stream.as_str(), version, "otto")
    );
    assert_eq!(kept.reason, "written by a test system");
    let before = views::rows(&world.engine.client).await;

    // After the fix as well: what was decided stays.
    world.put(&sound).await;
    let compare = json!({ "compare": true });
    let (status, _) = world
        .ask("POST", "/api/projections/orders/rebuild", compare)
        .await;
    assert_eq!(status, 202);
    world.work().await;
    let (_, projections) = world.ask("GET", "/api/projections", Value::Null).await;
    let mut all = projections["projections"].as_array().unwrap().iter();
    let orders = all.find(|view| view["view"] == "orders").unwrap();
    assert_eq!(orders["generation"], 2);
    assert_eq!(orders["rebuild"]["phase"], "done");
    assert_eq!(orders["rebuild"]["comparison"]["different"], 0, "{orders}");
    let of_orders = |rows: std::collections::BTreeMap<String, String>| {
        let rows = rows.into_iter();
        let rows = rows.filter(|(key, _)| key.starts_with("plenary-orders"));
        rows.collect::<Vec<_>>()
    };
    let after = views::rows(&world.engine.client).await;
    assert_eq!(of_orders(after), of_orders(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_rebuilds_to_equal_rows_at_once() {
    let world = World::new().await;
    world
        .project(&log::commits(&world.engine.client).await)
        .await;
    let before = views::rows(&world.engine.client).await;
    for view in read_model::ViewName::ALL {
        let path = format!("/api/projections/{view}/rebuild");
        let (status, answer) = world.ask("POST", &path, json!({})).await;
        assert_eq!(status, 202, "{answer}");
    }
    world.work().await;
    assert_eq!(views::rows(&world.engine.client).await, before);
    let (_, projections) = world.ask("GET", "/api/projections", Value::Null).await;
    for view in projections["projections"].as_array().unwrap() {
        assert_eq!(view["generation"], 2, "{view}");
        assert_eq!(view["rebuild"]["done"], view["rebuild"]["total"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proof_of_the_logs_goes_turn_by_turn_and_names_what_does_not_fit() {
    let world = World::new().await;
    let none = world.ask("GET", "/api/verification", Value::Null).await;
    assert_eq!(none, (200, Value::Null), "none was asked for yet");
    let (status, asked) = world.ask("POST", "/api/verification", Value::Null).await;
    assert_eq!(status, 202, "{asked}");
    world.work().await;
    let (_, proof) = world.ask("GET", "/api/verification", Value::Null).await;
    let commits = log::commits(&world.engine.client).await;
    assert_eq!(proof["misfits"], json!([]));
    assert_eq!(
        (&proof["done"], &proof["total"]),
        (&json!(commits.len()), &json!(commits.len()))
    );
    let mut streams: Vec<_> = commits.iter().map(|commit| log::place(commit).0).collect();
    streams.dedup();
    assert_eq!(proof["streams"], streams.len());

    let (sound, _) = world.spoilt().await;
    world.ask("POST", "/api/verification", Value::Null).await;
    world.work().await;
    let (_, proof) = world.ask("GET", "/api/verification", Value::Null).await;
    let (stream, version) = log::place(&sound);
    let misfits = proof["misfits"].as_array().unwrap();
    assert_eq!(misfits.len(), 1, "{proof}");
    let place = format!("{stream}@{version}");
    assert!(misfits[0].as_str().unwrap().starts_with(&place), "{proof}");
}
