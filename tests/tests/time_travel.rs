//! Any moment of a stream is what its events fold to, and looking at it takes no longer however much came before.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
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

#[tokio::test]
async fn any_version_and_any_time_is_what_the_events_up_to_it_fold_to() {
    let engine = Engine::start().await;
    let mut busy = Busy::conference(&engine).await;
    let began = Instant::now();
    busy.up_to(2_500).await;
    eprintln!("{:?}", began.elapsed());
    let states = every_state(&busy, &commits(&busy).await);
    assert!(with_state(&engine, &busy).await.len() > 5);

    let store = cold(&engine);
    let mut dice = Dice(3);
    for _ in 0..200 {
        let version = 1 + dice.throw(states.len());
        let mut reads = Reads::default();
        let then = store
            .then(&busy.stream(), Moment::Version(version as u64), &mut reads)
            .await
            .unwrap();
        let (at, state) = &states[version - 1];
        assert_eq!((then.version, then.at), (version as u64, Some(*at)));
        assert_eq!(*then.state, *state, "version {version}");
        assert!(reads.calls <= 3 && reads.events < 300, "{reads:?}");

        // Half a second past some command.
        let at = Timestamp::from_millis(at.millis() + 500);
        let then = store
            .then(&busy.stream(), Moment::At(at), &mut Reads::default())
            .await
            .unwrap();
        let happened = states.iter().take_while(|(event, _)| *event <= at).count();
        assert_eq!(then.version, happened as u64);
        assert_eq!(*then.state, states[happened - 1].1);
    }
    let before = Moment::At(Timestamp::default());
    let reads = &mut Reads::default();
    let nothing = store.then(&busy.stream(), before, reads).await.unwrap();
    assert_eq!((nothing.version, nothing.at), (0, None));
    let after = Moment::At(busy.now());
    let now = store.then(&busy.stream(), after, reads).await.unwrap();
    assert_eq!(*now.state, states.last().unwrap().1);
    assert_eq!(now, store.now(&busy.stream(), reads).await.unwrap());
}
