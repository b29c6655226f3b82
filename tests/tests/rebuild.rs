//! A view is rebuilt while bookings arrive: nobody notices, whoever is killed on the way.
//!
//! With a million events, fifty bookings a second and two kills (minutes, and gigabytes in the temporary folder):
//!
//! ```sh
//! EVENTS=1000000 BOOKINGS=50 cargo test -p tests --release --test rebuild -- --nocapture --exact \
//!     a_rebuild_goes_on_after_kill_9_and_nobody_notices_it
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use event_store::{SCAN_PAGE, StoredCommit};
use local::{accounts_log, booking_log};
use operations::{Operations, Worked};
use plenary_http::start::local_dynamodb;
use projector::Projector;
use read_model::{Generation, Generations, OrderDoc, Tables, ViewName, Views};
use shared::{CommandId, operations::StartRebuild};
use tests::{engine::Engine, history::history, log, views};
use tokio::{
    process::{Child, Command},
    task::JoinSet,
};
use uuid::Uuid;

/// How many commits are written at once.
const BATCH: usize = 25;

fn projector(client: &Client) -> Projector {
    let accounts = accounts_log().events;
    Projector::new(client.clone(), booking_log(), accounts, Tables::default())
}

/// A number of the environment.
fn number(name: &str, otherwise: usize) -> usize {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The commits of an order of the history, as those of other orders: as many as are asked for.
struct Copies {
    id: String,
    commits: Vec<StoredCommit>,
    events: u64,
}

impl Copies {
    async fn of(client: &Client) -> Self {
        let mut streams = BTreeMap::<String, Vec<StoredCommit>>::new();
        for item in log::commits(client).await {
            let commit = StoredCommit::from_item(&item).unwrap();
            let commits = streams.entry(commit.stream.clone()).or_default();
            commits.push(commit);
        }
        let orders = streams.into_iter().filter_map(|(stream, commits)| {
            let id = stream.strip_prefix("order#")?.to_owned();
            Some((id, commits))
        });
        let (id, commits) = orders.max_by_key(|(_, commits)| commits.len()).unwrap();
        let events = commits.last().unwrap().last_version();
        Self {
            id,
            commits,
            events,
        }
    }

    fn copy(&self) -> Vec<StoredCommit> {
        log::as_another_order(&self.commits).1
    }
}

/// Put so many events into the log.
async fn fill_log(client: &Client, copies: &Arc<Copies>, events: usize) {
    let mut writers = JoinSet::new();
    let orders = events as u64 / copies.events;
    for share in 0..2 {
        let (client, copies) = (client.clone(), copies.clone());
        writers.spawn(async move {
            let mut commits = Vec::new();
            for _ in (share..orders).step_by(2) {
                commits.extend(copies.copy());
                while let Some(rest) = commits.len().checked_sub(BATCH) {
                    put_all(&client, &commits.split_off(rest)).await;
                }
            }
            put_all(&client, &commits).await;
        });
    }
    writers.join_all().await;
}

/// Put commits, however often it takes: the same again changes nothing.
async fn put_all(client: &Client, commits: &[StoredCommit]) {
    let put = |commit: &StoredCommit| {
        let put = PutRequest::builder().set_item(Some(commit.to_item()));
        let put = put.build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let puts: Vec<WriteRequest> = commits.iter().map(put).collect();
    while !puts.is_empty() {
        let write = client.batch_write_item();
        let written = write.request_items(booking_log().events, puts.clone());
        let written = written.send().await.ok();
        let rest = written.map(|written| written.unprocessed_items.unwrap_or_default());
        if rest.is_some_and(|rest| rest.is_empty()) {
            return;
        }
    }
}

/// Everything that is in the log, into the generation that is read.
async fn project_all(client: &Client) {
    let (projector, place) = (projector(client), (ViewName::Orders, Generation::FIRST));
    let mut after = None;
    loop {
        let page = projector.booking().page(after.as_ref()).await.unwrap();
        let mut running = JoinSet::new();
        for (stream, hints) in page.streams {
            if running.len() >= 16 {
                let _: () = running.join_next().await.unwrap().unwrap();
            }
            let projector = projector.clone();
            running.spawn(async move { projector.fill(place, &stream, &hints).await.unwrap() });
        }
        running.join_all().await;
        after = page.next;
        if after.is_none() {
            return;
        }
    }
}

/// Go on with the rebuild in a process of its own.
fn worker(endpoint: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "rebuild_until_killed",
            "--nocapture",
        ])
        .env("ENDPOINT", endpoint)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// What runs in the process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test below, in a process of its own"]
async fn rebuild_until_killed() {
    let Ok(endpoint) = std::env::var("ENDPOINT") else {
        return;
    };
    let operations = Operations::new(projector(&local_dynamodb(&endpoint)));
    loop {
        let until = tokio::time::Instant::now() + Duration::from_secs(3_600);
        match operations.rebuild(ViewName::Orders, until, |_| {}).await {
            Ok(Worked::Done) => return,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// How far the rebuild is: its phase, and the events that it folded.
async fn progress(client: &Client) -> (String, u64) {
    let generations = Generations::new(client.clone(), Tables::default().generations);
    let (_, doc) = generations
        .work::<serde_json::Value>("orders")
        .await
        .unwrap();
    let doc = doc.unwrap_or_default();
    (
        doc["phase"].as_str().unwrap_or_default().to_owned(),
        doc["events"].as_u64().unwrap_or(0),
    )
}

async fn until_folded(client: &Client, events: u64) {
    let begun = Instant::now();
    loop {
        let (phase, folded) = progress(client).await;
        if folded > events || !matches!(phase.as_str(), "" | "announced" | "filling") {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(1_200),
            "{phase} {folded}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Bookings that arrive, handed on ten times a second as their stream would. Answers how many there were.
async fn bookings(
    client: Client,
    copies: Arc<Copies>,
    stop: Arc<AtomicBool>,
    a_second: usize,
) -> usize {
    let projector = projector(&client);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let (mut booked, begun) = (0, Instant::now());
    while !stop.load(SeqCst) {
        ticks.tick().await;
        let due = (begun.elapsed().as_secs_f64() * a_second as f64) as usize;
        let placed: Vec<StoredCommit> = (booked..due).map(|_| copies.copy().remove(0)).collect();
        for commits in placed.chunks(BATCH) {
            put_all(&client, commits).await;
        }
        let items: Vec<_> = placed.iter().map(StoredCommit::to_item).collect();
        // As Lambda would: what failed comes again.
        while !projector
            .handle(log::batch(&items))
            .await
            .batch_item_failures
            .is_empty()
        {}
        booked = due;
    }
    booked
}

/// People who look at their orders: one that was there at the beginning never goes away.
async fn queries(client: Client, stop: Arc<AtomicBool>, order: String) -> usize {
    let views = Views::new(&client, &Tables::default());
    let mut asked = 0;
    while !stop.load(SeqCst) {
        let found = views.orders.get(&order).await.expect("a query never fails");
        assert!(found.is_some(), "the order is gone");
        asked += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked
}

/// How many events a second are read, if that is all that is done with them.
async fn read_raw(client: &Client, events: u64) -> f64 {
    let begun = Instant::now();
    let pages = client
        .scan()
        .table_name(booking_log().events)
        .limit(SCAN_PAGE);
    let mut pages = pages.consistent_read(true).into_paginator().send();
    while let Some(page) = pages.next().await {
        page.unwrap();
    }
    events as f64 / begun.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_goes_on_after_kill_9_and_nobody_notices_it() {
    let (events, a_second) = (number("EVENTS", 6_000), number("BOOKINGS", 10));
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::on(&folder.path().join("data")).await;
    let client = &engine.client;
    history(&engine).await;
    let copies = Arc::new(Copies::of(client).await);
    let begun = Instant::now();
    let done = |what: &str| println!("{:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    fill_log(client, &copies, events).await;
    done("the events are in the log");
    project_all(client).await;
    done("the orders are projected");
    let raw = read_raw(client, events as u64).await;
    done("the log is read");

    let order = OrderDoc::key(copies.id.parse().unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let (booking_since, queried) = (Instant::now(), stop.clone());
    let booking = bookings(client.clone(), copies.clone(), stop.clone(), a_second);
    let booking = tokio::spawn(booking);
    let querying = tokio::spawn(queries(client.clone(), queried, order));

    let operations = Operations::new(projector(client));
    let start = StartRebuild { compare: true };
    let request = CommandId(Uuid::new_v4());
    let ask = async || {
        operations
            .ask_for_rebuild(ViewName::Orders, request, start)
            .await
    };
    let (_, first) = ask().await.unwrap();
    assert_eq!(ask().await.unwrap().1, first, "sent twice, it asks once");
    for share in [0, events as u64 / 2] {
        let mut killed = worker(&engine.endpoint);
        until_folded(client, share).await;
        killed.kill().await.unwrap();
        done("whoever rebuilt is killed");
    }
    // And two at once, the first of which is taken to be dead while it works.
    let mut taken_for_dead = worker(&engine.endpoint);
    let (_, before) = progress(client).await;
    until_folded(client, before).await;
    make_free(client).await;
    let mut last = worker(&engine.endpoint);
    last.wait().await.unwrap();
    taken_for_dead.wait().await.unwrap();
    done("the view is rebuilt");
    stop.store(true, SeqCst);
    let booked = booking.await.expect("no booking failed");
    let asked = querying.await.expect("no query failed");
    let booked_a_second = booked as f64 / booking_since.elapsed().as_secs_f64();

    let (current, rebuilt) = operations
        .ask_for_rebuild(ViewName::Orders, request, start)
        .await
        .unwrap();
    let rebuilt = rebuilt.seen();
    assert_eq!((current.serving, current.filling), (Generation(2), None));
    let comparison = rebuilt.comparison.unwrap();
    assert_eq!(
        [
            comparison.different,
            comparison.only_old,
            comparison.only_new
        ],
        [0; 3],
        "{comparison:?}"
    );
    assert!(comparison.equal >= events as u64 / copies.events);
    let orders = Tables::default().orders;
    assert!(
        views::rows_of(client, &orders, Generation(1))
            .await
            .is_empty()
    );

    // What is read now is what the log folds to, the bookings that came meanwhile included.
    assert!(asked > 100 && booked > 0);
    let share = rebuilt.per_second / raw * 100.0;
    println!(
        "{} events, {:.0} a second, {share:.0} % of the {raw:.0} a second that are read raw; {booked} bookings, \
         {booked_a_second:.0} a second; {asked} queries, none failed",
        rebuilt.done, rebuilt.per_second,
    );
    if events <= 20_000 {
        let folded = Engine::start().await;
        log::copy(client, &folded.client).await;
        project_all(&folded.client).await;
        assert_eq!(
            views::rows_of(client, &orders, Generation(2)).await,
            views::rows_of(&folded.client, &orders, Generation(1)).await
        );
    }
}

/// Whoever is at the rebuild is taken to be dead.
async fn make_free(client: &Client) {
    let tables = Tables::default();
    loop {
        let item = client
            .get_item()
            .table_name(&tables.generations)
            .key("view", AttributeValue::S("orders".into()))
            .consistent_read(true)
            .send()
            .await
            .unwrap()
            .item
            .unwrap();
        let mut doc: serde_json::Value = serde_json::from_str(item["doc"].as_s().unwrap()).unwrap();
        doc["taken_until"] = "2000-01-01T00:00:00Z".into();
        let mut freed = item.clone();
        freed.insert("doc".into(), AttributeValue::S(doc.to_string()));
        let revision: u64 = item["revision"].as_n().unwrap().parse().unwrap();
        let next = AttributeValue::N((revision + 1).to_string());
        freed.insert("revision".into(), next);
        let put = client
            .put_item()
            .table_name(&tables.generations)
            .set_item(Some(freed))
            .condition_expression("revision = :over")
            .expression_attribute_values(":over", item["revision"].clone());
        if put.send().await.is_ok() {
            return;
        }
    }
}
