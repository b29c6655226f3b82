//! However the stream hands the commits on, the views come out the same.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use local::{accounts_log, booking_log};
use projector::Projector;
use tests::{
    engine::Engine,
    history::{Dice, history},
    log::{self, Item},
    views,
};

async fn project(engine: &Engine, batches: impl Iterator<Item = &[Item]>) {
    let projector = Projector::new(
        engine.client.clone(),
        booking_log(),
        accounts_log().events,
        Default::default(),
    );
    for batch in batches {
        let answer = projector.handle(log::batch(batch)).await;
        assert!(answer.batch_item_failures.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shuffled_duplicated_and_dropped_batches_lead_to_the_same_views() {
    let engine = Engine::start().await;
    history(&engine).await;
    let commits = log::commits(&engine.client).await;
    assert!(commits.len() > 200);
    project(&engine, commits.chunks(10)).await;
    let expected = views::rows(&engine.client).await;
    let count = |table: &str| {
        let rows = expected.keys().filter(|row| row.starts_with(table));
        rows.count()
    };
    assert_eq!(
        [
            count("plenary-catalogue"),
            count("plenary-availability"),
            count("plenary-orders"),
            count("plenary-accounts"),
            count("plenary-proceeds"),
        ],
        [2, 4, 40, 1, 2],
        "a row for each conference, pool, order, account and conference's day"
    );
    assert!(count("plenary-entries") > 20);

    let last: BTreeMap<String, u64> = commits.iter().map(log::place).collect();
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let other = Engine::start().await;
        log::copy(&engine.client, &other.client).await;
        let mut handed_on = Vec::new();
        for commit in &commits {
            let (stream, version) = log::place(commit);
            // Two of five are dropped (but a stream's last: nothing would say that it has come so far), one of five
            // comes twice.
            let copies = match dice.throw(5) {
                0 | 1 if last[&stream] != version => 0,
                2 => 2,
                _ => 1,
            };
            handed_on.extend(std::iter::repeat_n(commit.clone(), copies));
        }
        dice.shuffle(&mut handed_on);
        project(&other, handed_on.chunks(1 + dice.throw(20))).await;
        // And all of it once more, as after a checkpoint that was lost.
        project(&other, commits.rchunks(25)).await;
        let rows = views::rows(&other.client).await;
        assert_eq!(rows, expected, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projectors_that_work_on_the_same_streams_at_once_lead_to_the_same_views() {
    let engine = Engine::start().await;
    history(&engine).await;
    let commits = log::commits(&engine.client).await;
    project(&engine, commits.chunks(10)).await;
    let expected = views::rows(&engine.client).await;

    let other = Engine::start().await;
    log::copy(&engine.client, &other.client).await;
    let mut workers = tokio::task::JoinSet::new();
    for seed in 0..4 {
        let (mut mine, client) = (commits.clone(), other.client.clone());
        Dice(seed).shuffle(&mut mine);
        workers.spawn(async move {
            let projector = Projector::new(
                client,
                booking_log(),
                accounts_log().events,
                Default::default(),
            );
            for batch in mine.chunks(7) {
                // As Lambda would: what failed comes again.
                while !projector
                    .handle(log::batch(batch))
                    .await
                    .batch_item_failures
                    .is_empty()
                {}
            }
        });
    }
    workers.join_all().await;
    assert_eq!(views::rows(&other.client).await, expected);
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_parks_its_stream_and_no_other() {
    let engine = Engine::start().await;
    history(&engine).await;
    let commits = log::commits(&engine.client).await;
    let (broken, _) = log::place(
        commits
            .iter()
            .find(|item| log::place(item).0.starts_with("order#"))
            .unwrap(),
    );

    let other = Engine::start().await;
    log::copy(&engine.client, &other.client).await;
    let mut handed_on = commits.clone();
    let events = booking_log().events;
    let spoilt = handed_on
        .iter_mut()
        .find(|item| log::place(item).0 == broken)
        .unwrap();
    let sound = spoilt.clone();
    let text = spoilt["entries"]
        .as_s()
        .unwrap()
        .replace("OrderPlaced", "OrderTeleported");
    spoilt.insert(
        "entries".into(),
        aws_sdk_dynamodb::types::AttributeValue::S(text),
    );
    let put = |item: &Item| {
        other
            .client
            .put_item()
            .table_name(&events)
            .set_item(Some(item.clone()))
    };
    put(spoilt).send().await.unwrap();

    project(&other, handed_on.chunks(10)).await;
    let rows = views::rows(&other.client).await;
    let orders: Vec<_> = rows
        .keys()
        .filter(|row| row.starts_with("plenary-orders"))
        .collect();
    assert_eq!(orders.len(), 39, "every other order");
    let id = &broken["order#".len()..];
    assert!(!orders.iter().any(|row| row.contains(id)), "{id}");
    let letters = read_model::DeadLetters::new(
        other.client.clone(),
        read_model::Tables::default().dead_letters,
    );
    let letters = letters.all().await.unwrap();
    assert!(
        letters
            .iter()
            .all(|letter| letter.stream == broken && letter.cause.contains("OrderTeleported"))
    );
    assert!(!letters.is_empty());

    // After the fix, the next hint brings the row as far as its stream is.
    put(&sound).send().await.unwrap();
    project(&other, commits.chunks(10)).await;
    project(&engine, commits.chunks(10)).await;
    assert_eq!(
        views::rows(&other.client).await,
        views::rows(&engine.client).await
    );
}
