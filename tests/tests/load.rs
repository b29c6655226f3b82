//! Three hundred people at once for one pool, over HTTP; and the same with the process killed in the middle.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use clap::Parser;
use local::{Options, accounts_log, booking_log};
use projector::Projector;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    engine::Engine,
    log,
    system::{Answer, Person, System, new_id, order},
    views,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
};

const PEOPLE: usize = 300;

/// Everybody asks for two seats at the same moment, each in a way of their own. A 503 is an answer: it asks to come
/// again, with the same key.
async fn rush(
    people: &[Person],
    conference: &str,
    pool: &str,
    partial: bool,
) -> Vec<(String, Answer)> {
    let mut asking = JoinSet::new();
    for person in people {
        let (person, id) = (person.clone(), new_id());
        let body = order(&id, conference, pool, 2, partial);
        asking.spawn(async move { (id, person.command("/api/orders", body).await) });
    }
    asking.join_all().await
}

async fn crowd(system: &System) -> Vec<Person> {
    let mut people = Vec::with_capacity(PEOPLE);
    for number in 0..PEOPLE {
        people.push(
            system
                .person(&format!("person-{number}@example.org"), &[])
                .await,
        );
    }
    people
}

fn granted(answer: &Answer) -> u64 {
    answer.body["lines"][0]["granted"].as_u64().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_people_at_once_get_exactly_the_seats_there_are() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let people = crowd(&system).await;
    for partial in [true, false] {
        let (conference, pools) = system
            .on_sale(&otto, &[if partial { 251 } else { 250 }])
            .await;
        let answers = rush(&people, &conference, &pools[0], partial).await;
        assert_eq!(answers.len(), PEOPLE);
        let mut statuses = BTreeMap::new();
        for (_, answer) in &answers {
            *statuses.entry(answer.status.as_u16()).or_insert(0) += 1;
            if !answer.status.is_success() {
                assert_eq!(answer.problem(), "seats-unavailable", "{}", answer.text);
            }
        }
        let seats: u64 = answers.iter().map(|(_, answer)| granted(answer)).sum();
        let expected = if partial { (251, 126) } else { (250, 125) };
        assert_eq!(
            (seats, statuses.get(&201).copied()),
            (expected.0, Some(expected.1)),
            "{statuses:?}"
        );

        let wrote: Vec<_> = answers
            .iter()
            .map(|(_, answer)| answer.wrote())
            .filter(|wrote| !wrote.is_empty())
            .collect();
        // The pool's versions are gap-free: opened, then one for each order.
        let mut versions: Vec<u64> = answers
            .iter()
            .flat_map(|(_, answer)| answer.body["wrote"].as_array().cloned().unwrap_or_default())
            .filter(|wrote| {
                wrote["stream"]
                    .as_str()
                    .is_some_and(|stream| stream.starts_with("seats#"))
            })
            .filter_map(|wrote| wrote["version"].as_u64())
            .collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..2 + expected.1).collect::<Vec<u64>>());

        let last = wrote
            .iter()
            .max_by_key(|wrote| version_of_pool(wrote))
            .unwrap();
        let seen = otto
            .get(&format!(
                "/api/conferences/{conference}/availability?min_version={last}"
            ))
            .await;
        let pool = &seen.accepted()["seat_types"][0];
        assert_eq!(
            (&pool["remaining"], &pool["held"]),
            (&json!(0), &json!(expected.0))
        );
    }
}

fn version_of_pool(wrote: &str) -> u64 {
    let pool = wrote.split(',').find(|pair| pair.starts_with("seats"));
    pool.and_then(|pair| pair.rsplit_once('@')?.1.parse().ok())
        .unwrap_or(0)
}

/// The system in a process of its own, on a data folder, so that it can be killed.
struct Process {
    child: Child,
    system: System,
}

impl Process {
    async fn start(data: &Path, site: &Path, port: u16) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "serve_until_killed", "--nocapture"])
            .env("DATA", data)
            .env("SITE", site)
            .env("PORT", port.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("the address");
            if let Some(at) = line.find("http://") {
                let system = System::at(line[at..].trim().to_owned());
                return Self { child, system };
            }
        }
    }

    /// `kill -9`.
    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// What runs in the process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test below, in a process of its own"]
async fn serve_until_killed() {
    let variable = |name| std::env::var_os(name).expect("set by the test below");
    // Such as `bridge --port 3001`, for functions that run elsewhere and must know the address.
    let line = std::env::var("PLENARY_TEST_OPTIONS").unwrap_or_else(|_| "--port 0".to_owned());
    let mut options = Options::parse_from(std::iter::once("plenary").chain(line.split(' ')));
    options.data = variable("DATA").into();
    options.site = Some(variable("SITE").into());
    (options.no_demo, options.quiet) = (true, true);
    match variable("PORT").to_str().unwrap().parse().unwrap() {
        0 => {}
        port => options.port = port,
    }
    let running = local::start(&options).await.unwrap();
    println!("{}", running.url());
    std::future::pending().await
}

/// Wait until a condition holds; it must within half a minute.
async fn until<F: AsyncFnMut() -> bool>(mut holds: F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it never came to hold"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_kill_9_is_in_the_log_and_the_views_equal_its_fold() {
    let folder = tempfile::tempdir().unwrap();
    let (data, site) = (folder.path().join("data"), folder.path().join("site"));
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("index.html"), "<!doctype html>").unwrap();

    let mut acknowledged: BTreeMap<String, (Person, String, Value)> = BTreeMap::new();
    let mut process = Process::start(&data, &site, 0).await;
    // The same address after each restart: tokens name their issuer.
    let port: u16 = process
        .system
        .url
        .rsplit_once(':')
        .unwrap()
        .1
        .parse()
        .unwrap();
    let otto = process
        .system
        .person("otto@example.org", &["organizer"])
        .await;
    let (conference, pools) = process.system.on_sale(&otto, &[600]).await;
    for _ in 0..3 {
        let mut asking = JoinSet::new();
        for person in crowd(&process.system).await {
            let (id, key) = (new_id(), new_id());
            let body = order(&id, &conference, &pools[0], 1, false);
            asking.spawn(async move {
                let headers = [("idempotency-key", key.as_str())];
                let sent = person
                    .try_send(
                        Method::POST,
                        "/api/orders",
                        &headers,
                        Some(body.to_string()),
                    )
                    .await;
                let answer = sent.ok().filter(|answer| answer.status.is_success());
                answer.map(|answer| (id, person, key.clone(), answer.body))
            });
        }
        // Kill it once a third of them are answered.
        let mut answered = 0;
        while let Some(ended) = asking.join_next().await {
            if let Some((id, person, key, body)) = ended.unwrap() {
                acknowledged.insert(id, (person, key, body));
                answered += 1;
            }
            if answered == PEOPLE / 3 {
                break;
            }
        }
        process.kill().await;
        while let Some(ended) = asking.join_next().await {
            if let Some((id, person, key, body)) = ended.unwrap() {
                acknowledged.insert(id, (person, key, body));
            }
        }
        process = Process::start(&data, &site, port).await;
    }
    assert!(
        acknowledged.len() >= PEOPLE,
        "{} were acknowledged",
        acknowledged.len()
    );

    // Every acknowledged order is there, for its owner, through the views; asking again gives the first answer.
    for (number, (id, (person, key, body))) in acknowledged.iter().enumerate() {
        let person = process.system.with_token(person.token.clone());
        until(async || {
            person
                .get(&format!("/api/orders/{id}"))
                .await
                .status
                .is_success()
        })
        .await;
        if number % 10 == 0 {
            let again = order(id, &conference, &pools[0], 1, false);
            let again = person
                .command_again(Method::POST, "/api/orders", key, &again)
                .await;
            assert_eq!(again.accepted(), body);
        }
    }
    process.kill().await;

    // The log is gap-free, holds every acknowledged order, and the views are what it folds to.
    let engine = engine_on(&data).await;
    let database = &engine.client;
    let commits = log::commits(database).await;
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for commit in &commits {
        let (stream, version) = log::place(commit);
        let expected = next.entry(stream.clone()).or_insert(1);
        assert_eq!(version, *expected, "{stream}");
        let entries: Value = serde_json::from_str(commit["entries"].as_s().unwrap()).unwrap();
        let events = |entry: &Value| entry["events"].as_array().map_or(0, Vec::len) as u64;
        *expected += entries.as_array().unwrap().iter().map(events).sum::<u64>();
    }
    for id in acknowledged.keys() {
        assert!(next.contains_key(&format!("order#{id}")), "{id} is lost");
    }
    let replayed = Engine::start().await;
    log::copy(database, &replayed.client).await;
    let projector = Projector::new(
        replayed.client.clone(),
        booking_log(),
        accounts_log().events,
        Default::default(),
    );
    for batch in commits.chunks(100) {
        assert!(
            projector
                .handle(log::batch(batch))
                .await
                .batch_item_failures
                .is_empty()
        );
    }
    assert_eq!(
        views::rows(database).await,
        views::rows(&replayed.client).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_paid_at_kill_9_is_paid_after_it() {
    const BUYERS: usize = 24;
    let folder = tempfile::tempdir().unwrap();
    let (data, site) = (folder.path().join("data"), folder.path().join("site"));
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("index.html"), "<!doctype html>").unwrap();
    let mut process = Process::start(&data, &site, 0).await;
    let url = process.system.url.clone();
    let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let otto = process
        .system
        .person("otto@example.org", &["organizer"])
        .await;
    let (conference, pools) = process.system.on_sale(&otto, &[2 * BUYERS as u32]).await;

    // Killed three times: while money is on its way from the provider, while orders ask for it, and while it settles.
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        let name = format!("buyer-{number}@example.org");
        let buyer = process.system.person(&name, &[]).await;
        let id = new_id();
        let body = order(&id, &conference, &pools[0], 2, false);
        buyer.command("/api/orders", body).await.accepted();
        // Every other one pays in for the order, which then pays itself; the rest confirm by hand.
        let for_order = (number % 2 == 0).then_some(id.as_str());
        buyer.pay_in(20_000, for_order, "twice").await;
        buyers.push((buyer, format!("/api/orders/{id}"), number % 2 == 0));
    }
    process.kill().await;
    process = Process::start(&data, &site, port).await;
    for (buyer, path, by_itself) in &buyers {
        let has_money = |accounts: &Value| accounts["accounts"][0]["balance"]["minor"] == 20_000;
        if !by_itself {
            buyer.until("/api/account", has_money).await;
            let confirm = format!("{path}/confirm");
            buyer.command(&confirm, json!({})).await.accepted();
        }
    }
    for _ in 0..2 {
        process.kill().await;
        process = Process::start(&data, &site, port).await;
    }
    for (buyer, path, _) in &buyers {
        let order = buyer
            .until(path, |order| order["status"] == "confirmed")
            .await;
        assert_eq!(order.body["paid"]["minor"], 20_000);
        let spent = |accounts: &Value| accounts["accounts"][0]["balance"]["minor"] == 0;
        buyer.until("/api/account", spent).await;
    }
    let proceeds = format!("/api/conferences/{conference}/proceeds");
    let all = 20_000 * BUYERS as u64;
    otto.until(&proceeds, |proceeds| proceeds["net"]["minor"] == all)
        .await;
    process.kill().await;
}

/// The data file of a system that no longer runs.
async fn engine_on(data: &Path) -> Engine {
    let file = std::fs::read_dir(data)
        .unwrap()
        .map(|file| file.unwrap().path());
    let file = file
        .into_iter()
        .find(|file| file.extension().is_some_and(|kind| kind == "sqlite"))
        .unwrap();
    Engine::on(&file).await
}
