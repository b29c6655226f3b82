//! Who was forgotten is found nowhere any more: not in a table, the data file, a log line, a dead letter, an export or the
//! bus's archive; and everything else is as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use domain::{
    Actor, Context,
    booking::{Booking, Command, Rules},
};
use eraser::Eraser;
use event_store::{Envelope, EventStore, Fingerprint, Outcome};
use local::{Options, Verify, accounts_log, booking_log};
use projector::Projector;
use read_model::{Current, Generation, Generations, ViewName, Written};
use serde_json::json;
use shared::{
    CommandId, OrderId, PersonId, Timestamp,
    requests::{AssignAttendees, AssignedSeat},
};
use tests::{
    engine::Engine,
    history::history,
    log::{self, Item},
    system::{Person, System, log_command, new_id, order},
    views,
};
use tokio::{sync::Semaphore, task::JoinSet};
use uuid::Uuid;

const PEOPLE: usize = 1000;
/// Stands in every name and every address that anybody types here, and nowhere else.
const CANARY: &str = "Zitronengirlitz";

/// Whether these bytes hold a name or an address: as it was typed, in other letters, or within something in base64.
fn sings(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let in_base64 = (0..3).any(|before| {
        let part = [&vec![b' '; before][..], CANARY.as_bytes()].concat();
        let encoded = BASE64_STANDARD_NO_PAD.encode(part);
        // Its first and last letters depend on what stands around it.
        text.contains(&encoded[4..encoded.len() - 4])
    });
    in_base64
        || [CANARY, &CANARY.to_uppercase(), &CANARY.to_lowercase()]
            .iter()
            .any(|name| text.contains(name))
}

#[test]
fn a_name_is_heard_however_it_is_written() {
    for text in [
        json!({ "name": format!("{CANARY} 1") }).to_string(),
        format!("{}@example.org", CANARY.to_lowercase()),
        BASE64_STANDARD_NO_PAD.encode(format!("{{\"name\":\"{CANARY}\"}}")),
        BASE64_STANDARD_NO_PAD.encode(format!("name={CANARY}&")),
    ] {
        assert!(sings(text.as_bytes()), "{text}");
    }
    assert!(!sings(b"Zitrone"));
}

/// Every file of a folder in which a name stands.
fn singing_files(folder: &Path) -> Vec<String> {
    let mut singing = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            singing.extend(singing_files(&path));
        } else if sings(&fs::read(&path).unwrap_or_default()) {
            singing.push(path.display().to_string());
        }
    }
    singing
}

/// Every item, of any table, in which a name stands.
async fn singing_items(client: &Client) -> Vec<String> {
    let mut singing = Vec::new();
    let tables = client.list_tables().send().await.unwrap();
    for table in tables.table_names() {
        for item in log::items(client, table).await {
            let text = format!("{item:?}");
            let bytes = item.values().filter_map(|value| value.as_b().ok());
            if sings(text.as_bytes()) || bytes.into_iter().any(|bytes| sings(bytes.as_ref())) {
                singing.push(format!("{table}: {text}"));
            }
        }
    }
    singing
}

/// What is logged, at every level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn listen() -> Lines {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(move || writer.clone())
        .init();
    lines
}

/// Somebody who books for themselves and a guest, as people do; answers their order's path.
async fn books(system: &System, number: usize, conference: &str, pool: &str) -> (Person, String) {
    let address = |who: &str| format!("{who}-{CANARY}-{number}@example.org");
    let name = format!("{CANARY} {number}");
    let mine = address("me");
    let person = system.person_named(&name, &mine, &["attendee"]).await;
    let id = new_id();
    let path = format!("/api/orders/{id}");
    let placed = person.command("/api/orders", order(&id, conference, pool, 2, false));
    placed.await.accepted();
    let seats = json!([
        { "line": 1, "seat": 1, "name": name, "email": mine },
        { "line": 1, "seat": 2, "name": format!("Gast {CANARY} {number}"), "email": address("guest") },
    ]);
    let attendees = format!("{path}/attendees");
    let named = person.command(&attendees, json!({ "attendees": seats }));
    named.await.accepted();
    person
        .until(&path, |order| {
            let seat = &order["lines"][0]["seats"][0];
            seat["attendee"]["name"] == name.as_str()
        })
        .await;
    match number % 10 {
        0 => {
            person.buy(&id, 20_000).await;
        }
        1 => {
            let cancel = format!("{path}/cancel");
            person.command(&cancel, json!({})).await.accepted();
        }
        2 => {
            let refused =
                json!({ "attendees": [{ "line": 9, "seat": 9, "name": name, "email": "x" }] });
            person.command(&attendees, refused).await.problem();
        }
        _ => {}
    }
    (person, path)
}

async fn eventually(what: &str, mut found: impl FnMut() -> Vec<String>) {
    let begun = Instant::now();
    loop {
        let left = found();
        if left.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{what}: {left:?}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_people_who_were_forgotten_no_name_is_left_anywhere() {
    let lines = listen();
    let system = Arc::new(System::start().await);
    let organizer = system.person("otto@example.org", &["organizer"]).await;
    let (conference, pools) = system.on_sale(&organizer, &[3 * PEOPLE as u32]).await;
    let data = system.data().unwrap();

    let (mut booking, slots) = (JoinSet::new(), Arc::new(Semaphore::new(8)));
    for number in 0..PEOPLE {
        let (system, slots) = (system.clone(), slots.clone());
        let (conference, pool) = (conference.clone(), pools[0].clone());
        booking.spawn(async move {
            let _slot = slots.acquire().await;
            books(&system, number, &conference, &pool).await
        });
    }
    let people = booking.join_all().await;
    assert_ne!(
        singing_files(&data),
        Vec::<String>::new(),
        "the names are shown, so they are kept"
    );

    for (person, path) in &people {
        let (key, nothing) = (new_id(), json!({}));
        let ask = async || {
            let post = reqwest::Method::POST;
            person
                .command_again(post, "/api/me/forget", &key, &nothing)
                .await
        };
        let (first, again) = (ask().await, ask().await);
        assert_eq!(first.accepted()["wrote"][0]["version"], 1, "{path}");
        assert_eq!(first.body, again.body);
    }
    // The booking is kept, and whoever has the token still sees it: without names.
    for (person, path) in &people {
        let seen = person.until(path, |order| {
            let seats = order["lines"][0]["seats"].as_array().unwrap();
            seats.iter().all(|seat| seat["attendee"].is_null())
        });
        assert_eq!(
            seen.await.body["lines"][0]["seats"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
    eventually("while it runs", || singing_files(&data)).await;

    let system = Arc::into_inner(system).unwrap();
    let folder = system.stop().await;
    assert_eq!(singing_files(folder.path()), Vec::<String>::new());
    for arguments in [&["export"][..], &["export", "--with-keys"]] {
        let file = folder.path().join("log.ndjson");
        log_command(&data, &[arguments, &[file.to_str().unwrap()]].concat()).await;
        assert!(!sings(&fs::read(&file).unwrap()), "{arguments:?}");
        fs::remove_file(file).unwrap();
    }
    let options = Options {
        data: data.clone(),
        quiet: true,
        ..Options::default()
    };
    let report = Verify::default().run(&options).await.unwrap();
    assert!(report.is_sound(), "{report}");

    let engine = Engine::on(&data.join("dynamodb.sqlite")).await;
    assert_eq!(singing_items(&engine.client).await, Vec::<String>::new());
    let rebuilt = Engine::start().await;
    log::copy(&engine.client, &rebuilt.client).await;
    let projector = Projector::new(
        rebuilt.client.clone(),
        booking_log(),
        accounts_log().events,
        Default::default(),
    );
    for batch in log::commits(&rebuilt.client).await.chunks(100) {
        let answer = projector.handle(log::batch(batch)).await;
        assert!(answer.batch_item_failures.is_empty());
    }
    assert_eq!(
        views::rows(&rebuilt.client).await,
        views::rows(&engine.client).await
    );
    assert!(
        !sings(&lines.0.lock().unwrap()),
        "a log line names somebody"
    );
}

const UNFINISHED: &str = "plenary-erasures";
/// An order of Ada's history that nothing has ended.
const ORDER: OrderId = OrderId(Uuid::from_u128(1));

/// The history of one person, Ada, who is going to be forgotten.
struct Stage {
    engine: Engine,
}

impl Stage {
    async fn set() -> Self {
        let engine = Engine::start().await;
        history(&engine).await;
        let made = eraser::create_table(&engine.client, UNFINISHED).await;
        made.unwrap();
        Self { engine }
    }

    /// A process that has commands carried out.
    fn process(&self) -> EventStore<Booking> {
        EventStore::new(self.engine.client.clone(), booking_log())
    }

    /// A process that projects.
    fn projector(&self) -> Projector {
        let client = self.engine.client.clone();
        let views = read_model::Tables::default();
        Projector::new(client, booking_log(), accounts_log().events, views)
    }

    /// A process that erases, and need not wait before it looks again.
    fn eraser(&self) -> Eraser {
        let (client, projector) = (&self.engine.client, self.projector());
        let (log, unfinished) = (booking_log().events, UNFINISHED.to_owned());
        Eraser::new(client, log, projector, unfinished).looking_again_after(Duration::ZERO)
    }

    /// Every commit, as a projector is told of them.
    async fn project(&self, projector: &Projector) {
        for batch in log::commits(&self.engine.client).await.chunks(100) {
            let answer = projector.handle(log::batch(batch)).await;
            assert!(answer.batch_item_failures.is_empty());
        }
    }

    async fn erase(&self, eraser: &Eraser) {
        let answer = eraser.handle(log::batch(&self.of_ada().await)).await;
        assert!(answer.batch_item_failures.is_empty());
    }

    /// The commits of her own stream.
    async fn of_ada(&self) -> Vec<Item> {
        let mut commits = log::commits(&self.engine.client).await;
        commits.retain(|commit| log::place(commit).0 == "person#ada");
        commits
    }

    /// How many orders' rows show a name.
    async fn shown(&self) -> usize {
        let orders = log::items(&self.engine.client, "plenary-orders").await;
        let shows = |row: &&Item| row["doc"].as_s().unwrap().contains("\"attendee\":{");
        orders.iter().filter(shows).count()
    }

    /// Whether the rows are what the log folds to in an empty system.
    async fn assert_rows_equal_the_fold(&self) {
        let other = Stage::set_like(&self.engine).await;
        other.project(&other.projector()).await;
        let (here, there) = (&self.engine.client, &other.engine.client);
        assert_eq!(views::rows(here).await, views::rows(there).await);
    }

    async fn set_like(engine: &Engine) -> Self {
        let other = Engine::start().await;
        log::copy(&engine.client, &other.client).await;
        Self { engine: other }
    }
}

async fn send(process: &EventStore<Booking>, id: u128, command: Command) -> Outcome<Booking> {
    let id = CommandId(Uuid::from_u128(id));
    let envelope = Envelope {
        context: Context {
            command_id: id,
            actor: Actor {
                person: PersonId("ada".into()),
                is_operator: false,
                contact: None,
            },
            at: Timestamp::from_millis(1_900_000_000_000),
            rules: Rules::default(),
        },
        fingerprint: Fingerprint(*id.0.as_bytes()),
        correlation_id: id.0,
        causation_id: None,
    };
    process.execute(&command, &envelope).await.unwrap()
}

fn forget() -> Command {
    Command::Forget(PersonId("ada".into()))
}

fn name_somebody() -> Command {
    let seat = AssignedSeat {
        line: 1.try_into().unwrap(),
        seat: 1.try_into().unwrap(),
        name: CANARY.parse().unwrap(),
        email: None,
    };
    let attendees = vec![seat];
    Command::AssignAttendees(ORDER, AssignAttendees { attendees })
}

#[tokio::test]
async fn a_name_that_was_written_with_a_kept_key_is_taken_away_by_a_later_look() {
    let stage = Stage::set().await;
    let (process, projector, eraser) = (stage.process(), stage.projector(), stage.eraser());
    send(&process, 1_000, name_somebody()).await;
    stage.project(&projector).await;
    assert!(stage.shown().await > 30);

    send(&process, 1_001, forget()).await;
    stage.erase(&eraser).await;
    assert_eq!(stage.shown().await, 0);

    // Both of these have the key still, and go by it.
    send(&process, 1_002, name_somebody()).await;
    stage.project(&projector).await;
    assert_eq!(stage.shown().await, 1);
    assert_eq!(eraser.look_again().await.unwrap(), 1);
    assert_eq!(stage.shown().await, 0);

    // That look changed something: it was not the last, and the one that finds nothing is.
    assert_eq!(eraser.look_again().await.unwrap(), 1);
    assert_eq!(eraser.look_again().await.unwrap(), 0);
    stage.assert_rows_equal_the_fold().await;
    assert!(singing_items(&stage.engine.client).await.is_empty());
}

#[tokio::test]
async fn whoever_comes_back_has_a_key_that_no_earlier_erasure_destroys() {
    let stage = Stage::set().await;
    stage.project(&stage.projector()).await;
    send(&stage.process(), 1_000, forget()).await;
    stage.erase(&stage.eraser()).await;

    send(&stage.process(), 1_001, name_somebody()).await;
    stage.project(&stage.projector()).await;
    assert_eq!(stage.shown().await, 1, "nothing that was said before");
    let heard_of_again = stage.eraser();
    stage.erase(&heard_of_again).await;
    assert_eq!(heard_of_again.look_again().await.unwrap(), 1);
    assert_eq!(stage.shown().await, 1);
    stage.assert_rows_equal_the_fold().await;

    send(&stage.process(), 1_002, forget()).await;
    stage.erase(&stage.eraser()).await;
    assert_eq!(stage.shown().await, 0);
}

#[tokio::test]
async fn names_go_in_the_generation_that_is_being_filled_and_in_one_that_is_not_dropped_yet() {
    let stage = Stage::set().await;
    let client = stage.engine.client.clone();
    let generations = Generations::new(client, read_model::Tables::default().generations);
    let set = async |serving: Generation, filling| {
        let name = ViewName::Orders.text();
        let (mut work, doc) = generations.work::<()>(name).await.unwrap();
        work.current = Current { serving, filling };
        let saved = generations.save(name, &mut work, &doc).await;
        assert_eq!(saved.unwrap(), Written::Done);
    };
    let (first, second) = (Generation::FIRST, Generation::FIRST.next());
    for (number, (serving, filling)) in [(first, Some(second)), (second, None)].iter().enumerate() {
        set(first, Some(second)).await;
        send(
            &stage.process(),
            1_000 + 2 * number as u128,
            name_somebody(),
        )
        .await;
        stage.project(&stage.projector()).await;
        assert!(stage.shown().await >= 2, "a row in each generation");
        set(*serving, *filling).await;
        send(&stage.process(), 1_001 + 2 * number as u128, forget()).await;
        stage.erase(&stage.eraser()).await;
        assert_eq!(stage.shown().await, 0);
    }
}

#[tokio::test]
async fn asking_twice_is_asking_once_and_makes_no_key() {
    let stage = Stage::set().await;
    let (first, process) = (
        send(&stage.process(), 1_000, forget()).await,
        stage.process(),
    );
    stage.erase(&stage.eraser()).await;
    let again = send(&process, 1_000, forget()).await;
    assert!(!first.again && again.again);
    assert_eq!((first.home, first.wrote), (again.home, again.wrote));
    assert_eq!(stage.of_ada().await.len(), 1);
    let keys = log::items(&stage.engine.client, &booking_log().keys).await;
    let attributes: Vec<_> = keys[0].keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 1);
    assert!(!attributes.contains(&"key"), "{attributes:?}");
}

#[tokio::test]
async fn a_dead_letter_of_somebody_who_was_forgotten_names_nobody() {
    let stage = Stage::set().await;
    send(&stage.process(), 1_000, name_somebody()).await;
    let order = format!("order#{ORDER}");
    let mut commits = log::commits(&stage.engine.client).await;
    commits.retain(|commit| log::place(commit).0 == order);
    let mut spoilt = commits.pop().unwrap();
    let entries = spoilt["entries"].as_s().unwrap();
    let entries = entries.replace("AttendeeAssigned", "AttendeeTeleported");
    spoilt.insert("entries".into(), AttributeValue::S(entries));
    let put = stage.engine.client.put_item();
    let put = put.table_name(booking_log().events).set_item(Some(spoilt));
    put.send().await.unwrap();

    stage.project(&stage.projector()).await;
    send(&stage.process(), 1_001, forget()).await;
    // The stream that stands still had come to a name before.
    let stands_still = stage.eraser();
    stage.erase(&stands_still).await;
    stands_still.look_again().await.unwrap();
    assert_eq!(stage.shown().await, 0);
    let letters = log::items(&stage.engine.client, "plenary-dead-letters").await;
    assert!(!letters.is_empty());
    assert!(singing_items(&stage.engine.client).await.is_empty());
}
