//! An organizer's own conferences, and what each took in.

use std::time::Duration;

use read_model::{AccountDoc, ConferenceDoc, Day, Movements, Row, Takings, Written};
use shared::{
    Currency, PersonId, ProblemType,
    account::AccountStatus,
    views::{ConferenceStatus, MyConferences, Proceeds, ProceedsOfDay},
};

use crate::world::{
    ADA, NOBODY, OLGA, OPERATOR, PAUL, World, conference, conference_id, euros, with,
};

impl World {
    /// Somebody pays, or is paid back.
    async fn takes_in(&self, number: u128, day: &str, takings: Takings) {
        let ledger = &self.views.ledger;
        let person = PersonId("ada".into());
        let key = AccountDoc::key(Currency::EUR, &person);
        let before = ledger.accounts.get(&key).await.unwrap();
        let over = before.map(|row| row.version);
        let mut moved = Movements::default();
        let at = format!("{day}T12:00:00Z").parse().unwrap();
        moved.take_in(conference_id(number), Day::of(at), takings);
        let doc = AccountDoc {
            person,
            currency: Currency::EUR,
            status: AccountStatus::Active,
            reason: None,
            balance: 0,
            credit_limit: 0,
            open_top_ups: Vec::new(),
            failed_top_ups: Vec::new(),
        };
        let row = Row {
            source: format!("account#{key}"),
            version: over.unwrap_or(0) + 1,
            key,
            doc,
        };
        let written = ledger.put(&row, over, &moved).await.unwrap();
        assert_eq!(written, Written::Done);
    }
}

fn charged(charged: i64) -> Takings {
    Takings {
        charged,
        charges: 1,
        ..Takings::default()
    }
}

fn refunded(refunded: i64) -> Takings {
    Takings {
        refunded,
        refunds: 1,
        ..Takings::default()
    }
}

#[tokio::test]
async fn an_organizer_finds_their_own_conferences_by_start_whatever_their_state() {
    let world = World::new().await;
    let draft = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Draft;
    let cancelled = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Cancelled;
    let pauls = |doc: &mut ConferenceDoc| doc.organizer = PersonId("paul".into());
    world.has(conference(1, 20)).await;
    world.has(with(conference(2, 10), draft)).await;
    world.has(with(conference(3, -5), cancelled)).await;
    world.has(with(conference(4, 5), pauls)).await;

    let mine: MyConferences = world.ask("/api/me/conferences", OLGA).await;
    let listed = mine.conferences.iter();
    let listed: Vec<_> = listed
        .map(|own| (own.summary.slug.as_str(), own.status))
        .collect();
    assert_eq!(
        listed,
        [
            ("conference-3", ConferenceStatus::Cancelled),
            ("conference-2", ConferenceStatus::Draft),
            ("conference-1", ConferenceStatus::Published),
        ]
    );
    assert_eq!(mine.conferences[0].summary.remaining, 10);
    assert_eq!(mine.as_of.0.len(), 3);
    let none: MyConferences = world.ask("/api/me/conferences", OPERATOR).await;
    assert!(none.conferences.is_empty());
}

#[tokio::test]
async fn an_organizer_waits_for_the_conference_that_they_have_just_created() {
    let world = World::new().await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.has(conference(1, 20)).await;
    };
    let path = format!(
        "/api/me/conferences?min_version=conference%23{}@1",
        conference_id(1)
    );
    let (mine, ()) = tokio::join!(world.ask::<MyConferences>(&path, OLGA), late);
    assert_eq!(mine.conferences.len(), 1);
    // Naming another organizer's conference shows nothing of it.
    let theirs: MyConferences = world.ask(&path, PAUL).await;
    assert!(theirs.conferences.is_empty());
}

#[tokio::test]
async fn proceeds_are_what_was_charged_less_what_was_refunded_in_all_and_by_day() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    world.has(conference(2, 20)).await;
    world.takes_in(1, "2027-05-19", refunded(2_000)).await;
    world.takes_in(1, "2027-05-18", charged(5_000)).await;
    world.takes_in(1, "2027-05-18", charged(3_000)).await;
    world.takes_in(2, "2027-05-18", charged(9_000)).await;

    let path = format!("/api/conferences/{}/proceeds", conference_id(1));
    for caller in [OLGA, OPERATOR] {
        let proceeds: Proceeds = world.ask(&path, caller).await;
        assert_eq!(proceeds.charged, euros(8_000));
        assert_eq!(
            (proceeds.refunded, proceeds.net),
            (euros(2_000), euros(6_000))
        );
        assert_eq!((proceeds.charges, proceeds.refunds), (2, 1));
        let day = |day: &str, charged, refunded| ProceedsOfDay {
            day: day.into(),
            charged,
            refunded,
        };
        let days = [day("2027-05-18", 8_000, 0), day("2027-05-19", 0, 2_000)];
        assert_eq!(proceeds.days, days);
    }
    let answer = world.get(&path, OLGA).await;
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
}

#[tokio::test]
async fn a_conference_that_sold_nothing_took_in_nothing() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    let path = format!("/api/conferences/{}/proceeds", conference_id(1));
    let proceeds: Proceeds = world.ask(&path, OLGA).await;
    assert_eq!((proceeds.net, proceeds.charges), (euros(0), 0));
    assert!(proceeds.days.is_empty());
}

#[tokio::test]
async fn what_another_organizers_conference_took_in_is_not_there() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    let path = format!("/api/conferences/{}/proceeds", conference_id(1));
    assert!(world.is_not_found(&path, PAUL).await);
    let unknown = format!("/api/conferences/{}/proceeds", conference_id(9));
    assert!(world.is_not_found(&unknown, OLGA).await);
    assert!(
        world
            .is_not_found("/api/conferences/conference-1/proceeds", OLGA)
            .await
    );
    for path in [path.as_str(), "/api/me/conferences"] {
        let refusal = world.refusal(path, ADA).await;
        assert_eq!(refusal.kind(), Some(ProblemType::Forbidden), "{path}");
        let refusal = world.refusal(path, NOBODY).await;
        assert_eq!(refusal.kind(), Some(ProblemType::Unauthenticated), "{path}");
    }
}
