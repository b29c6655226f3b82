//! The log by time, filtered and page by page, and what one click led to.

use read_model::{LogSource, Row, Written};
use shared::{
    CommandId, PersonId, ProblemType, Timestamp,
    history::{Correlation, LogPage, LoggedEvent},
};
use uuid::Uuid;

use crate::world::{ADA, NOBODY, OLGA, OPERATOR, World, conference_id};

const STREAM: &str = "seats#a#b";

/// The event of this version of a stream, a second after the one before it.
fn event(stream: &str, version: u64) -> LoggedEvent {
    let id = Uuid::new_v5(&Uuid::nil(), format!("{stream}/{version}").as_bytes());
    LoggedEvent {
        id,
        stream: stream.to_owned(),
        version,
        name: if version.is_multiple_of(2) {
            "HoldExpired"
        } else {
            "SeatsReserved"
        }
        .to_owned(),
        at: Timestamp::from_millis(1_800_000_000_000 + 1_000 * version as i64),
        actor: PersonId(
            if version.is_multiple_of(3) {
                "bob"
            } else {
                "ada"
            }
            .to_owned(),
        ),
        command_id: CommandId(id),
        correlation_id: Uuid::from_u128(u128::from(version / 5)),
        causation_id: None,
        conference_id: version.is_multiple_of(4).then(|| conference_id(1)),
        words: "2 seats were held.".to_owned(),
    }
}

impl World {
    /// So much has happened on a stream.
    async fn happened(&self, stream: &str, count: u64) {
        let events: Vec<_> = (1..=count).map(|version| event(stream, version)).collect();
        let source = Row {
            key: stream.to_owned(),
            source: stream.to_owned(),
            version: count,
            doc: LogSource::default(),
        };
        let written = self.views.log.put(&source, None, &events).await.unwrap();
        assert_eq!(written, Written::Done);
    }

    /// The versions of the events on every page, the latest first.
    async fn pages(&self, filters: &str) -> Vec<Vec<u64>> {
        let mut pages = Vec::new();
        let mut before = String::new();
        loop {
            let path = format!("/api/log?{filters}{before}");
            let page: LogPage = self.ask(&path, OPERATOR).await;
            pages.push(page.events.iter().map(|event| event.version).collect());
            let Some(next) = page.next else {
                return pages;
            };
            before = format!("&before={}", next.replace('#', "%23"));
        }
    }
}

#[tokio::test]
async fn the_log_is_read_page_by_page_the_latest_first() {
    let world = World::new().await;
    world.happened(STREAM, 120).await;
    let pages = world.pages("limit=50").await;
    let expected: Vec<u64> = (1..=120).rev().collect();
    let expected: Vec<_> = expected.chunks(50).map(<[u64]>::to_vec).collect();
    assert_eq!(pages, expected);
}

#[tokio::test]
async fn a_page_that_the_log_just_fills_is_the_last() {
    let world = World::new().await;
    world.happened(STREAM, 10).await;
    assert_eq!(world.pages("limit=10").await.len(), 1);
    assert_eq!(world.pages("limit=5").await.len(), 2);
}

#[tokio::test]
async fn every_filter_that_is_given_must_hold() {
    let world = World::new().await;
    world.happened(STREAM, 60).await;
    world.happened("order#x", 30).await;
    let of = |keep: fn(u64) -> bool| -> Vec<u64> {
        let both = (1..=60).rev().flat_map(|version| {
            let on_the_order = (version <= 30).then_some(version);
            [Some(version), on_the_order].into_iter().flatten()
        });
        both.filter(|version| keep(*version)).collect()
    };
    let conference = format!("conference_id={}", conference_id(1));
    for (filters, expected) in [
        (
            "type=HoldExpired".to_owned(),
            of(|version| version % 2 == 0),
        ),
        ("actor=bob".to_owned(), of(|version| version % 3 == 0)),
        (conference.clone(), of(|version| version % 4 == 0)),
        (
            format!("{conference}&actor=bob&type=HoldExpired"),
            of(|version| version % 12 == 0),
        ),
        (
            format!("correlation_id={}&actor=ada", Uuid::from_u128(2)),
            of(|version| version / 5 == 2 && version % 3 != 0),
        ),
        ("type=Nothing".to_owned(), Vec::new()),
    ] {
        assert_eq!(world.pages(&filters).await.concat(), expected, "{filters}");
        let small = format!("{filters}&limit=3");
        assert_eq!(world.pages(&small).await.concat(), expected, "{small}");
    }
    let order: Vec<u64> = (1..=30).rev().collect();
    assert_eq!(
        world.pages("stream=order%23x&limit=7").await.concat(),
        order
    );
    let bobs: Vec<u64> = (1..=30).rev().filter(|version| version % 3 == 0).collect();
    assert_eq!(
        world
            .pages("stream=order%23x&actor=bob&limit=4")
            .await
            .concat(),
        bobs
    );
}

#[tokio::test]
async fn what_one_click_led_to_is_told_from_its_beginning() {
    let world = World::new().await;
    world.happened(STREAM, 20).await;
    let path = format!("/api/correlations/{}", Uuid::from_u128(2));
    let correlation: Correlation = world.ask(&path, OPERATOR).await;
    let expected: Vec<_> = (10..15).map(|version| event(STREAM, version)).collect();
    assert_eq!(correlation.events, expected);
    let nothing: Correlation = world
        .ask(
            &format!("/api/correlations/{}", Uuid::from_u128(99)),
            OPERATOR,
        )
        .await;
    assert!(nothing.events.is_empty());
    assert!(
        world
            .is_not_found("/api/correlations/click", OPERATOR)
            .await
    );
}

#[tokio::test]
async fn the_log_is_for_operators() {
    let world = World::new().await;
    for path in [
        "/api/log".to_owned(),
        format!("/api/correlations/{}", Uuid::nil()),
    ] {
        for (caller, expected) in [
            (NOBODY, ProblemType::Unauthenticated),
            (ADA, ProblemType::Forbidden),
            (OLGA, ProblemType::Forbidden),
        ] {
            let refused = world.refusal(&path, caller).await;
            assert_eq!(refused.kind(), Some(expected), "{path}");
        }
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_refused_by_name() {
    let world = World::new().await;
    let long = format!("stream={}", "x".repeat(600));
    for (filter, name) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("before=yesterday", "before"),
        ("correlation_id=click", "correlation_id"),
        ("conference_id=rust-week", "conference_id"),
        ("type=", "type"),
        (&long, "stream"),
        ("kind=SeatsReserved", "kind"),
    ] {
        let refused = world.refusal(&format!("/api/log?{filter}"), OPERATOR).await;
        assert_eq!(
            refused.kind(),
            Some(ProblemType::InvalidRequest),
            "{filter}"
        );
        let said = serde_json::to_string(&refused).unwrap();
        assert!(said.contains(name), "{filter}: {said}");
    }
}
