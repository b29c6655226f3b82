//! The log by time and what is counted from it, held against the log itself.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use local::{accounts_log, booking_log};
use projector::Projector;
use read_model::{
    EventsOf, OrderDoc, OrderPhase, Tables, Views,
    analytics::{CANCELLED, CONFIRMED, FUNNEL, GIVEN_UP, HELD, HOLDS, SOLD, UNSETTLED},
    popularity::HOURS,
};
use serde_json::Value;
use shared::{ConferenceId, OrderId, history::LoggedEvent, views::SeatStatus};
use tests::{
    engine::Engine,
    history::{Dice, history},
    log::{self, Item},
};
use uuid::Uuid;

/// A history, handed on in disorder and some of it twice.
struct World {
    views: Views,
    commits: Vec<Item>,
}

impl World {
    async fn new() -> Self {
        let engine = Engine::start().await;
        history(&engine).await;
        let commits = log::commits(&engine.client).await;
        let mut handed_on = commits.clone();
        handed_on.extend(commits.iter().step_by(3).cloned());
        Dice(5).shuffle(&mut handed_on);
        let projector = Projector::new(
            engine.client.clone(),
            booking_log(),
            accounts_log().events,
            Default::default(),
        );
        for batch in handed_on.chunks(100) {
            let answer = projector.handle(log::batch(batch)).await;
            assert!(answer.batch_item_failures.is_empty());
        }
        Self {
            views: Views::new(&engine.client, &Tables::default()),
            commits,
        }
    }

    /// Every event of this type as it is stored, with its stream.
    fn stored(&self, name: &str) -> Vec<(String, Value)> {
        let mut stored = Vec::new();
        for commit in &self.commits {
            let (stream, _) = log::place(commit);
            let entries: Vec<Value> =
                serde_json::from_str(commit["entries"].as_s().unwrap()).unwrap();
            let events = entries
                .iter()
                .flat_map(|entry| entry["events"].as_array().unwrap());
            let wanted = events.filter(|event| name == "*" || event["type"] == name);
            stored.extend(wanted.map(|event| (stream.clone(), event.clone())));
        }
        stored
    }

    async fn log(&self, of: EventsOf<'_>) -> Vec<LoggedEvent> {
        self.views.log.before(of, None, 10_000).await.unwrap()
    }
}

fn conference(number: u128) -> ConferenceId {
    ConferenceId(Uuid::from_u128(number))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_every_event_once_and_nobodys_name() {
    let world = World::new().await;
    let logged = world.log(EventsOf::All).await;
    let mut by_stream = BTreeMap::<&str, Vec<u64>>::new();
    for event in logged.iter().rev() {
        let versions = by_stream.entry(&event.stream).or_default();
        versions.push(event.version);
        assert!(event.words.ends_with('.'), "{event:?}");
        let said = serde_json::to_string(event).unwrap();
        assert!(
            !said.contains("Grace") && !said.contains("Lovelace"),
            "{said}"
        );
    }
    for (stream, versions) in &by_stream {
        let all: Vec<u64> = (1..=versions.len() as u64).collect();
        assert_eq!(*versions, all, "{stream}");
    }
    let stored = world.stored("*");
    assert_eq!(logged.len(), stored.len());
    let ids: BTreeMap<_, _> = logged
        .iter()
        .map(|event| (event.id.to_string(), event.name.as_str()))
        .collect();
    for (_, event) in &stored {
        let name = event["type"].as_str().unwrap();
        assert_eq!(ids[event["id"].as_str().unwrap()], name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_found_by_what_it_has_in_common_with_others() {
    let world = World::new().await;
    let all = world.log(EventsOf::All).await;
    let with = |keep: &dyn Fn(&LoggedEvent) -> bool| -> Vec<LoggedEvent> {
        all.iter().filter(|event| keep(event)).cloned().collect()
    };
    let reserved = world.log(EventsOf::Type("SeatsReserved")).await;
    assert_eq!(reserved, with(&|event| event.name == "SeatsReserved"));
    assert_eq!(reserved.len(), world.stored("SeatsReserved").len());
    assert_eq!(world.log(EventsOf::Actor("ada")).await, all);
    let order = reserved[0].stream.clone();
    let of_stream = world.log(EventsOf::Stream(&order)).await;
    assert_eq!(of_stream, with(&|event| event.stream == order));

    // Whatever happens to an order is about its conference, though only its first event says which that is.
    let first = world.log(EventsOf::Conference(conference(0))).await;
    assert_eq!(
        first,
        with(&|event| event.conference_id == Some(conference(0)))
    );
    for number in 0..40u128 {
        let stream = format!("order#{}", OrderId(Uuid::from_u128(number)));
        for event in world.log(EventsOf::Stream(&stream)).await {
            assert_eq!(
                event.conference_id,
                Some(conference(number % 2)),
                "{event:?}"
            );
        }
    }
    let correlation_id = all[0].correlation_id;
    let mut together = with(&|event| event.correlation_id == correlation_id);
    together.reverse();
    let found = world.views.log.correlation(correlation_id, 100).await;
    assert_eq!(found.unwrap(), together);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_is_what_the_orders_and_the_log_say() {
    let world = World::new().await;
    let mut reserved = [0, 0];
    for (stream, event) in world.stored("SeatsReserved") {
        let second = stream.starts_with(&format!("seats#{}", conference(1)));
        reserved[usize::from(second)] += event["data"]["quantity"].as_u64().unwrap();
    }
    let orders = (0..40).map(|number| OrderDoc::key(OrderId(Uuid::from_u128(number))));
    let orders = world.views.orders.get_all(orders.collect()).await.unwrap();
    for number in [0, 1] {
        let id = conference(number as u128);
        let hours = world.views.popularity.of(id, HOURS).await.unwrap();
        let seats: u32 = (0..24).map(|hour| hours.count(&hour.to_string())).sum();
        assert_eq!(u64::from(seats), reserved[number]);

        let counted = &world.views.analytics;
        let funnel = counted.of(id, FUNNEL).await.unwrap();
        let own = || orders.iter().filter(|row| row.doc.conference_id == id);
        let held = own().count() as u32;
        let are = |phase| own().filter(|row| row.doc.phase == phase).count() as u32;
        let (confirmed, cancelled) = (are(OrderPhase::Confirmed), are(OrderPhase::Cancelled));
        assert_eq!(
            (funnel.count(HELD), funnel.count(CANCELLED)),
            (held, cancelled)
        );
        assert!(funnel.count(CONFIRMED) >= confirmed && confirmed > 0);

        let days = counted.all_of(id, "day#"..=FUNNEL).await.unwrap();
        let sum = |name| days.values().map(|day| day.get(name)).sum::<i64>();
        let seats = own().flat_map(|row| row.doc.lines.iter().flat_map(|line| line.seats.iter()));
        let live = seats.filter(|seat| seat.status == SeatStatus::Confirmed);
        assert_eq!(sum(SOLD) - sum(GIVEN_UP), live.count() as i64);

        let holds = counted.all_of(id, "hold#"..="hold#~").await.unwrap();
        let holds: i64 = holds.values().map(|minute| minute.get(HOLDS)).sum();
        assert_eq!(holds, funnel.get(UNSETTLED));
    }
}
