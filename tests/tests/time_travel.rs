//! Any moment of a stream is what its events fold to, and looking at it takes no longer however much came before.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, StreamSpecification};
use domain::{
    BoundedContext,
    booking::{Booking, Command, State},
};
use event_store::{Commit, EventStore, Moment};
use local::booking_log;
use shared::{Timestamp, history::Reads};
use tests::{busy::Busy, engine::Engine, history::Dice, log};

/// Every state that a stream ever had, by version, folded from its events alone; and when each of them began.
fn every_state(busy: &Busy, commits: &[Commit<Booking>]) -> Vec<(Timestamp, State)> {
    let mut state = Booking::initial(&busy.stream());
    let mut states = Vec::new();
    for recorded in commits.iter().flat_map(Commit::events) {
        Booking::evolve(&mut state, recorded.event);
        states.push((recorded.at, state.clone()));
    }
    states
}

async fn commits(busy: &Busy) -> Vec<Commit<Booking>> {
    let commits = busy.store.commits(&busy.stream(), 1).await.unwrap();
    commits.into_iter().map(Result::unwrap).collect()
}

/// A store that has kept nothing yet.
fn cold(engine: &Engine) -> EventStore<Booking> {
    EventStore::new(engine.client.clone(), booking_log())
}

/// The commits of the pool that carry a state.
async fn with_state(engine: &Engine, busy: &Busy) -> Vec<log::Item> {
    let mut items = log::commits(&engine.client).await;
    let stream = busy.stream().to_string();
    items.retain(|item| log::place(item).0 == stream && item.contains_key("state"));
    items
}

/// Look at any versions and moments, and hold them against the fold.
async fn look_around(engine: &Engine, busy: &Busy, states: &[(Timestamp, State)], times: usize) {
    let store = cold(engine);
    let stream = busy.stream();
    let mut dice = Dice(3);
    for _ in 0..times {
        let version = 1 + dice.throw(states.len());
        let (at, state) = &states[version - 1];
        let moment = Moment::Version(version as u64);
        let then = store.then(&stream, moment, &mut Reads::default()).await;
        let then = then.unwrap();
        assert_eq!((then.version, then.at), (version as u64, Some(*at)));
        assert_eq!(*then.state, *state, "version {version}");

        let at = Timestamp::from_millis(at.millis() + 500);
        let reads = &mut Reads::default();
        let then = store.then(&stream, Moment::At(at), reads).await.unwrap();
        let by_then = states.iter().take_while(|(event, _)| *event <= at).count();
        assert_eq!(then.version, by_then as u64);
        assert_eq!(*then.state, states[by_then - 1].1);
    }
}

#[tokio::test]
async fn any_version_and_any_time_is_what_the_events_up_to_it_fold_to() {
    let engine = Engine::start().await;
    let mut busy = Busy::conference(&engine).await;
    busy.up_to(900).await;
    let states = every_state(&busy, &commits(&busy).await);
    assert!(with_state(&engine, &busy).await.len() > 5);
    look_around(&engine, &busy, &states, 40).await;

    let (store, stream, reads) = (cold(&engine), busy.stream(), &mut Reads::default());
    let before = Moment::At(Timestamp::default());
    let nothing = store.then(&stream, before, reads).await.unwrap();
    assert_eq!((nothing.version, nothing.at), (0, None));
    let now = store.now(&stream, reads).await.unwrap();
    assert_eq!(*now.state, states.last().unwrap().1);
    let at_last = store.then(&stream, Moment::At(busy.now()), reads).await;
    assert_eq!(at_last.unwrap(), now);
    let beyond = store.then(&stream, Moment::Version(u64::MAX), reads).await;
    assert_eq!(beyond.unwrap(), now);
}

#[tokio::test]
async fn a_state_that_was_changed_or_is_of_another_schema_is_passed_over() {
    let engine = Engine::start().await;
    let mut busy = Busy::conference(&engine).await;
    busy.up_to(400).await;
    let states = every_state(&busy, &commits(&busy).await);
    let mut dice = Dice(5);
    let carrying = with_state(&engine, &busy).await;
    for (number, mut item) in carrying.into_iter().enumerate() {
        let state = item["state"].as_s().unwrap();
        // The schema stands first in the JSON, and that behind the digest of 43 characters.
        let other = match number % 3 {
            0 => state.replacen("\"schema\":1", "\"schema\":2", 1),
            1 => String::new(),
            _ => {
                let at = dice.throw(state.len());
                let byte = if state.as_bytes()[at] == b'7' {
                    "8"
                } else {
                    "7"
                };
                format!("{}{byte}{}", &state[..at], &state[at + 1..])
            }
        };
        item.insert("state".into(), AttributeValue::S(other));
        let put = engine.client.put_item().table_name(booking_log().events);
        put.set_item(Some(item)).send().await.unwrap();
    }
    look_around(&engine, &busy, &states, 20).await;

    // Whoever finds none that is any good, writes one when it is due, and goes on from that.
    busy.store = cold(&engine);
    busy.up_to(500).await;
    let mut reads = Reads::default();
    cold(&engine).now(&busy.stream(), &mut reads).await.unwrap();
    assert!(reads.skipped > 300, "{reads:?}");
}

#[tokio::test]
async fn a_streams_times_never_go_back_whatever_the_clocks_say() {
    let engine = Engine::start().await;
    let mut busy = Busy::conference(&engine).await;
    busy.up_to(20).await;
    let hour_ago = Timestamp::from_millis(busy.now().millis() - 3_600_000);
    busy.send_at(Command::Unpublish(busy.conference_id), hour_ago)
        .await;
    busy.send_at(Command::Publish(busy.conference_id), busy.now())
        .await;
    let conference = domain::booking::StreamId::Conference(busy.conference_id);
    let commits = busy.store.commits(&conference, 1).await.unwrap();
    let events: Vec<_> = commits.into_iter().map(Result::unwrap).collect();
    let times = events.iter().flat_map(Commit::events).map(|event| event.at);
    assert!(times.is_sorted() && events.len() == 5);
}

#[tokio::test]
async fn a_command_that_comes_again_after_a_state_is_answered_as_it_was_the_first_time() {
    let engine = Engine::start().await;
    let busy = Busy::conference(&engine).await;
    // Home stream of every one of these is the conference.
    let mut sent = Vec::new();
    for number in 0..120 {
        let command = match number % 2 {
            0 => Command::Unpublish(busy.conference_id),
            _ => Command::Publish(busy.conference_id),
        };
        let envelope = busy.envelope(busy.now());
        let first = busy.store.execute(&command, &envelope).await.unwrap();
        sent.push((command, envelope, first));
    }
    let conference = domain::booking::StreamId::Conference(busy.conference_id);
    let mut reads = Reads::default();
    cold(&engine).now(&conference, &mut reads).await.unwrap();
    assert!(reads.skipped > 50, "{reads:?}");
    for (command, envelope, first) in sent.iter().step_by(10) {
        let again = cold(&engine).execute(command, envelope).await.unwrap();
        assert!(again.again);
        assert_eq!((&again.home, &again.wrote), (&first.home, &first.wrote));
    }
}

/// What it takes to look at a pool of this many events.
async fn look_at_moments_of(version: u64) {
    let engine = Engine::start().await;
    // In memory the engine looks through its whole stream at each write, and nobody follows it here.
    let no_stream = StreamSpecification::builder().stream_enabled(false);
    let update = engine.client.update_table();
    let update = update
        .table_name(booking_log().events)
        .stream_specification(no_stream.build().unwrap());
    update.send().await.unwrap();
    let mut busy = Busy::conference(&engine).await;
    let began = Instant::now();
    busy.up_to(version).await;
    eprintln!("{version} events in {:.1?}", began.elapsed());

    let stream = busy.stream();
    let store = cold(&engine);
    let began = Instant::now();
    let whole = fold_everything(&store, &busy).await;
    let full = began.elapsed();
    assert_eq!(whole, *busy.store.current(&stream).await.unwrap());

    let mut dice = Dice(11);
    let (mut longest, mut all) = (Duration::ZERO, Duration::ZERO);
    let mut most = Reads::default();
    const MOMENTS: u32 = 50;
    for _ in 0..MOMENTS {
        let after = dice.throw((busy.now().millis() - Busy::second(0).millis()) as usize);
        let at = Moment::At(Timestamp::from_millis(
            Busy::second(0).millis() + after as i64,
        ));
        let mut reads = Reads::default();
        let began = Instant::now();
        let then = store.then(&stream, at, &mut reads).await.unwrap();
        let took = began.elapsed();
        (longest, all) = (longest.max(took), all + took);
        most.calls = most.calls.max(reads.calls);
        most.events = most.events.max(reads.events);
        assert_eq!(reads.events + reads.skipped, then.version);
    }
    let states = with_state(&engine, &busy).await;
    let weight = |item: &log::Item| item["state"].as_s().unwrap().len();
    eprintln!(
        "full fold {full:.1?}; a moment {:.1?} on average, {longest:.1?} at most, with {} calls and {} events folded at most; \
         {} states, {} KB of {} KB",
        all / MOMENTS,
        most.calls,
        most.events,
        states.len(),
        states.iter().map(weight).sum::<usize>() / 1024,
        commits_weight(&engine, &busy).await / 1024,
    );
    assert!(longest * 10 < full, "{longest:?} of {full:?}");
    // Halving takes as many as there are bits in the version, and a state is made of as many as are 192 KB long.
    assert!(most.calls < 50, "{most:?}");
    assert!(most.events < 1000, "{most:?}");
}

async fn fold_everything(store: &EventStore<Booking>, busy: &Busy) -> State {
    let mut state = Booking::initial(&busy.stream());
    for commit in store.commits(&busy.stream(), 1).await.unwrap() {
        for recorded in commit.unwrap().events() {
            Booking::evolve(&mut state, recorded.event);
        }
    }
    state
}

async fn commits_weight(engine: &Engine, busy: &Busy) -> usize {
    let stream = busy.stream().to_string();
    let of_pool = |item: &log::Item| log::place(item).0 == stream;
    let weight = |item: &log::Item| item["entries"].as_s().unwrap().len();
    let items = log::commits(&engine.client).await;
    items.iter().filter(|item| of_pool(item)).map(weight).sum()
}

/// Takes some twenty minutes, nearly all of it to book that much.
#[tokio::test]
#[ignore = "long: cargo test -p tests --test time_travel -- --ignored --nocapture"]
async fn of_a_hundred_thousand_events_any_moment_is_shown_in_a_tenth_of_the_time_of_a_full_fold() {
    look_at_moments_of(100_000).await;
}
