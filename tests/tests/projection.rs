//! However the stream hands the commits on, the views come out the same.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use domain::Actor;
use domain::booking::{Booking, Command, Context, StreamId};
use event_store::{Envelope, EventStore, Tables};
use local::{accounts_log, booking_log};
use projector::Projector;
use shared::{
    CommandId, ConferenceId, Currency, OrderId, PersonId, SeatTypeId, Timestamp,
    requests::{
        AddSeatType, AssignAttendees, AssignedSeat, CreateConference, PlaceOrder, RequestedLine,
        ReviseConference,
    },
    text::{MaxPerOrder, Ordinal, Price, Quantity, Quota},
    views::Attendee,
};
use tests::{
    engine::Engine,
    log::{self, Item},
    views,
};
use uuid::Uuid;

/// A small random number generator of known sequence (SplitMix64): a failing run can be run again.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.throw(last + 1));
        }
    }
}

fn n(number: i64) -> Ordinal {
    Ordinal::try_from(number).unwrap()
}

/// Two conferences with two pools each, and forty orders that are placed, named, extended, confirmed and cancelled.
async fn history(engine: &Engine) {
    let store = EventStore::<Booking>::new(engine.client.clone(), Tables::default());
    let mut minute = 0;
    let mut commands = 0;
    let mut send = async |command: Command| {
        minute += 1;
        commands += 1;
        let id = CommandId(Uuid::from_u128(commands));
        let contact = Attendee {
            name: "Ada Lovelace".parse().unwrap(),
            email: None,
        };
        let actor = Actor {
            person: PersonId("ada".into()),
            is_operator: false,
            contact: Some(contact),
        };
        let at = Timestamp::from_millis(1_800_000_000_000).plus_minutes(minute);
        let envelope = Envelope {
            fingerprint: store
                .keys()
                .fingerprint(&actor.person, b"said")
                .await
                .unwrap(),
            context: Context {
                command_id: id,
                actor,
                at,
                rules: domain::booking::Rules::default(),
            },
            correlation_id: id.0,
            causation_id: None,
        };
        let _ = store.execute(&command, &envelope).await;
    };
    let conference = |number: u128| ConferenceId(Uuid::from_u128(number));
    let pool = |number: u128| SeatTypeId(Uuid::from_u128(number));
    for number in 0..2 {
        let request = CreateConference {
            name: "Rust Week".parse().unwrap(),
            slug: format!("rust-week-{number}").parse().unwrap(),
            description: "".parse().unwrap(),
            venue: "Jaarbeurs".parse().unwrap(),
            city: "Utrecht".parse().unwrap(),
            time_zone: "Europe/Amsterdam".parse().unwrap(),
            starts_at: "2027-05-18T07:00:00Z".parse().unwrap(),
            ends_at: "2027-05-22T15:00:00Z".parse().unwrap(),
            currency: Currency::EUR,
        };
        send(Command::CreateConference(conference(number), request)).await;
        for seats in 0..2 {
            let request = AddSeatType {
                name: "Standard".parse().unwrap(),
                description: "".parse().unwrap(),
                price: Price::try_from(10_000).unwrap(),
                quota: Quota::try_from(60).unwrap(),
                max_per_order: MaxPerOrder::try_from(10).unwrap(),
            };
            send(Command::AddSeatType(
                conference(number),
                pool(seats),
                request,
            ))
            .await;
        }
        send(Command::Publish(conference(number))).await;
        let request = ReviseConference {
            city: "Delft".parse().ok(),
            ..ReviseConference::default()
        };
        send(Command::ReviseConference(conference(number), request)).await;
    }
    for number in 0..40u128 {
        let order_id = OrderId(Uuid::from_u128(number));
        let line = |pool| RequestedLine {
            seat_type_id: pool,
            quantity: Quantity::try_from(3).unwrap(),
        };
        let place = PlaceOrder {
            order_id,
            conference_id: conference(number % 2),
            lines: vec![line(pool(0)), line(pool(1))],
            partial: true,
            promo_codes: Vec::new(),
        };
        send(Command::PlaceOrder(place)).await;
        let name = |line, seat| AssignedSeat {
            line,
            seat,
            name: "Grace Hopper".parse().unwrap(),
            email: None,
        };
        let attendees = AssignAttendees {
            attendees: vec![name(n(1), n(1)), name(n(2), n(1))],
        };
        send(Command::AssignAttendees(order_id, attendees)).await;
        if number % 3 == 0 {
            send(Command::ExtendHold(order_id)).await;
        }
        if number % 4 != 1 {
            send(Command::Confirm(order_id)).await;
        }
        if number % 5 == 0 {
            send(Command::CancelSeats(order_id, n(1), vec![n(2)])).await;
        }
        if number % 7 == 0 {
            send(Command::CancelOrder(order_id)).await;
        }
    }
}

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
    assert_eq!(
        expected.len(),
        2 + 4 + 40,
        "a row for each conference, pool and order"
    );

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
    let events = Tables::default().events;
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
    let id = StreamId::Order(broken.trim_start_matches("order#").parse().unwrap());
    assert!(
        !rows
            .keys()
            .any(|row| row.ends_with(&broken["order#".len()..]) && row.contains("orders")),
        "{id}"
    );
    assert_eq!(rows.len(), 2 + 4 + 39);
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
