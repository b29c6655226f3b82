//! What the event store promises, on any DynamoDB: the embedded engine, or the one that `PLENARY_TEST_DYNAMODB` names.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::HashSet;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::Actor;
use domain::booking::{Booking, Command, Context, Event, Rejection, Rules, State, StreamId, order};
use event_store::{Commit, Envelope, EventStore, ExecuteError, Fault, Outcome, Tables};
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
    faults::{self, Faults},
};
use uuid::Uuid;

/// One conference on sale, and as many processes over its tables as a test wants.
struct Stage {
    engine: Engine,
    conference: ConferenceId,
    pool: SeatTypeId,
    slug: String,
}

fn new_command() -> CommandId {
    CommandId(Uuid::new_v4())
}

fn new_order() -> OrderId {
    OrderId(Uuid::new_v4())
}

async fn envelope(
    store: &EventStore<Booking>,
    person: &str,
    id: CommandId,
    command: &Command,
) -> Envelope<Rules> {
    let person = PersonId(person.into());
    let contact = Attendee {
        name: "Ada Canary".parse().unwrap(),
        email: "canary@example.org".parse().ok(),
    };
    let said = format!("{command:?}");
    Envelope {
        fingerprint: store
            .keys()
            .fingerprint(&person, said.as_bytes())
            .await
            .unwrap(),
        context: Context {
            command_id: id,
            actor: Actor {
                person,
                is_operator: false,
                contact: Some(contact),
            },
            at: Timestamp::from_millis(1_800_000_000_000),
            rules: domain::booking::Rules::default(),
        },
        correlation_id: id.0,
        causation_id: None,
    }
}

async fn send(
    store: &EventStore<Booking>,
    id: CommandId,
    command: &Command,
) -> Result<Outcome<Booking>, ExecuteError<Rejection>> {
    store
        .execute(command, &envelope(store, "ada", id, command).await)
        .await
}

impl Stage {
    async fn set(quota: u32) -> Self {
        let engine = Engine::start().await;
        let (conference, pool) = (ConferenceId(Uuid::new_v4()), SeatTypeId(Uuid::new_v4()));
        let stage = Self {
            engine,
            conference,
            pool,
            slug: format!("c-{}", conference.0.simple()),
        };
        let store = stage.process();
        let seat_type = AddSeatType {
            name: "Standard".parse().unwrap(),
            description: "".parse().unwrap(),
            price: Price::try_from(10_000).unwrap(),
            quota: Quota::try_from(i64::from(quota)).unwrap(),
            max_per_order: MaxPerOrder::try_from(10).unwrap(),
        };
        for command in [
            stage.create(conference),
            Command::AddSeatType(conference, pool, seat_type),
            Command::Publish(conference),
        ] {
            send(&store, new_command(), &command).await.unwrap();
        }
        stage
    }

    fn create(&self, id: ConferenceId) -> Command {
        let request = CreateConference {
            name: "Rust Week".parse().unwrap(),
            slug: self.slug.parse().unwrap(),
            description: "".parse().unwrap(),
            venue: "Jaarbeurs".parse().unwrap(),
            city: "Utrecht".parse().unwrap(),
            time_zone: "Europe/Amsterdam".parse().unwrap(),
            starts_at: "2027-05-18T07:00:00Z".parse().unwrap(),
            ends_at: "2027-05-22T15:00:00Z".parse().unwrap(),
            currency: Currency::EUR,
        };
        Command::CreateConference(id, request)
    }

    /// A process of its own: it keeps its own states.
    fn process(&self) -> EventStore<Booking> {
        Self::over(self.engine.client.clone())
    }

    fn over(client: Client) -> EventStore<Booking> {
        EventStore::new(client, Tables::default())
    }

    fn place(&self, order_id: OrderId, quantity: i64) -> Command {
        let line = RequestedLine {
            seat_type_id: self.pool,
            quantity: Quantity::try_from(quantity).unwrap(),
        };
        Command::PlaceOrder(PlaceOrder {
            order_id,
            conference_id: self.conference,
            lines: vec![line],
            partial: false,
            promo_codes: Vec::new(),
        })
    }

    fn seats(&self) -> StreamId {
        StreamId::Seats(self.conference, self.pool)
    }

    async fn log(&self, stream: &StreamId) -> Vec<Commit<Booking>> {
        let commits = self.process().commits(stream, 1).await.unwrap();
        commits.into_iter().collect::<Result<_, _>>().unwrap()
    }

    /// The log of a stream, after checking that it is gap-free and its hashes follow on one another.
    async fn sound_log(&self, stream: &StreamId) -> Vec<Commit<Booking>> {
        let log = self.log(stream).await;
        let (mut next, mut hash) = (1, [0; 32]);
        for commit in &log {
            assert_eq!(commit.version, next, "{stream}");
            assert!(commit.follows(&hash), "{stream}@{next}");
            (next, hash) = (commit.last_version() + 1, commit.hash);
        }
        log
    }
}

fn free(error: ExecuteError<Rejection>) -> u32 {
    let ExecuteError::Rejected(Rejection::SeatsUnavailable(shortfalls)) = error else {
        panic!("{error:?}")
    };
    shortfalls[0].remaining
}

#[tokio::test]
async fn one_command_is_one_commit_on_each_stream_it_writes() {
    let stage = Stage::set(10).await;
    let order = new_order();
    let outcome = send(&stage.process(), new_command(), &stage.place(order, 2))
        .await
        .unwrap();
    assert!(!outcome.again);
    let placed = stage.sound_log(&StreamId::Order(order)).await;
    let pool = stage.sound_log(&stage.seats()).await;
    assert_eq!(
        (placed.len(), placed[0].last_version(), pool.len()),
        (1, 2, 2)
    );
    let wrote: Vec<_> = outcome
        .wrote
        .iter()
        .map(|wrote| (wrote.stream.as_str(), wrote.version))
        .collect();
    let (order, seats) = (
        StreamId::Order(order).to_string(),
        stage.seats().to_string(),
    );
    assert_eq!(wrote, [(seats.as_str(), 2), (order.as_str(), 2)]);
}

#[tokio::test]
async fn the_same_command_again_gets_the_first_answer_and_writes_nothing() {
    let stage = Stage::set(10).await;
    let (store, id, order) = (stage.process(), new_command(), new_order());
    let place = stage.place(order, 2);
    let first = send(&store, id, &place).await.unwrap();
    // What happens in between does not change the first answer.
    send(&store, new_command(), &Command::Confirm(order))
        .await
        .unwrap();
    let before = stage.log(&StreamId::Order(order)).await.len();
    for process in [store, stage.process()] {
        let again = send(&process, id, &place).await.unwrap();
        assert!(again.again);
        assert_eq!((&again.home, &again.wrote), (&first.home, &first.wrote));
    }
    assert_eq!(stage.log(&StreamId::Order(order)).await.len(), before);
}

#[tokio::test]
async fn the_same_id_with_another_command_is_refused_and_writes_nothing() {
    let stage = Stage::set(10).await;
    let (store, id, order) = (stage.process(), new_command(), new_order());
    send(&store, id, &stage.place(order, 2)).await.unwrap();
    for process in [store, stage.process()] {
        for other in [
            stage.place(order, 3),
            stage.place(new_order(), 2),
            Command::Confirm(order),
        ] {
            assert!(
                matches!(
                    send(&process, id, &other).await,
                    Err(ExecuteError::KeyReused)
                ),
                "{other:?}"
            );
        }
    }
    assert_eq!(stage.sound_log(&stage.seats()).await.len(), 2);
}

#[tokio::test]
async fn a_rejection_reached_on_a_kept_state_is_checked_against_what_is_newer() {
    let stage = Stage::set(2).await;
    let (here, elsewhere, order) = (stage.process(), stage.process(), new_order());
    send(&here, new_command(), &stage.place(order, 2))
        .await
        .unwrap();
    assert_eq!(
        free(
            send(&here, new_command(), &stage.place(new_order(), 1))
                .await
                .unwrap_err()
        ),
        0
    );
    send(&elsewhere, new_command(), &Command::CancelOrder(order))
        .await
        .unwrap();
    send(&here, new_command(), &stage.place(new_order(), 1))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_acceptance_reached_on_a_kept_state_is_checked_by_the_write() {
    let stage = Stage::set(2).await;
    let (here, elsewhere) = (stage.process(), stage.process());
    let mine = new_order();
    send(&here, new_command(), &stage.place(mine, 1))
        .await
        .unwrap();
    send(&elsewhere, new_command(), &stage.place(new_order(), 1))
        .await
        .unwrap();
    assert_eq!(
        free(
            send(&here, new_command(), &stage.place(new_order(), 1))
                .await
                .unwrap_err()
        ),
        0
    );
    stage.sound_log(&stage.seats()).await;
}

#[tokio::test]
async fn a_stream_that_is_only_read_is_checked_by_the_write_too() {
    let stage = Stage::set(10).await;
    let (here, elsewhere) = (stage.process(), stage.process());
    send(&here, new_command(), &stage.place(new_order(), 1))
        .await
        .unwrap();
    send(
        &elsewhere,
        new_command(),
        &Command::Unpublish(stage.conference),
    )
    .await
    .unwrap();
    let refused = send(&here, new_command(), &stage.place(new_order(), 1)).await;
    assert!(
        matches!(refused, Err(ExecuteError::Rejected(Rejection::NotOnSale))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn several_streams_are_written_together_or_not_at_all() {
    let stage = Stage::set(10).await;
    let other = ConferenceId(Uuid::new_v4());
    let refused = send(&stage.process(), new_command(), &stage.create(other)).await;
    assert!(matches!(
        refused,
        Err(ExecuteError::Rejected(Rejection::SlugTaken(_)))
    ));
    assert_eq!(stage.log(&StreamId::Conference(other)).await, []);
    assert_eq!(
        stage
            .log(&StreamId::Slug(stage.slug.parse().unwrap()))
            .await
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_race_for_one_pool_never_oversell_it_and_leave_no_gap() {
    let stage = Stage::set(25).await;
    let processes = [stage.process(), stage.process(), stage.process()];
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..60 {
        let (store, command) = (processes[number % 3].clone(), stage.place(new_order(), 1));
        racing.spawn(async move {
            // Who lost every race is asked to wait, and comes again with the same id, as a client would.
            let id = new_command();
            loop {
                match send(&store, id, &command).await {
                    Err(ExecuteError::Busy) => {}
                    answer => return answer,
                }
            }
        });
    }
    let (mut granted, mut refused) = (0, 0);
    while let Some(answer) = racing.join_next().await {
        match answer.unwrap() {
            Ok(_) => granted += 1,
            Err(error) => {
                assert_eq!(free(error), 0);
                refused += 1;
            }
        }
    }
    assert_eq!((granted, refused), (25, 35));
    let log = stage.sound_log(&stage.seats()).await;
    let ids: HashSet<_> = log
        .iter()
        .flat_map(|commit| commit.entries.iter().map(|entry| entry.command_id))
        .collect();
    assert_eq!((log.len(), ids.len()), (26, 26));
}

#[tokio::test]
async fn an_append_whose_answer_was_lost_is_found_under_its_id() {
    let stage = Stage::set(10).await;
    for operation in ["TransactWriteItems", "PutItem"] {
        let order = new_order();
        let command = if operation == "PutItem" {
            send(&stage.process(), new_command(), &stage.place(order, 2))
                .await
                .unwrap();
            let seat = AssignedSeat {
                line: Ordinal::try_from(1).unwrap(),
                seat: Ordinal::try_from(1).unwrap(),
                name: "Grace Canary".parse().unwrap(),
                email: None,
            };
            Command::AssignAttendees(
                order,
                AssignAttendees {
                    attendees: vec![seat],
                },
            )
        } else {
            stage.place(order, 2)
        };
        let id = new_command();
        // Make the person's key first: that is a PutItem too.
        envelope(&stage.process(), "ada", id, &command).await;
        let faults = Faults::next(1, operation, faults::Fault::AnswerLost);
        let store = Stage::over(faults.before(&stage.engine.client));
        assert!(matches!(
            send(&store, id, &command).await,
            Err(ExecuteError::Fault(_))
        ));
        let written = stage.log(&StreamId::Order(order)).await.len();
        for process in [store, stage.process()] {
            assert!(
                send(&process, id, &command).await.unwrap().again,
                "{operation}"
            );
        }
        assert_eq!(
            (
                stage.log(&StreamId::Order(order)).await.len(),
                faults.hits()
            ),
            (written, 1)
        );
    }
}

#[tokio::test]
async fn a_retry_that_collides_with_its_own_write_is_a_success() {
    let stage = Stage::set(10).await;
    let (order, id) = (new_order(), new_command());
    let command = stage.place(order, 2);
    let faults = Faults::next(1, "TransactWriteItems", faults::Fault::ServerError);
    let store = Stage::over(faults.before(&stage.engine.client));
    send(&store, id, &command).await.unwrap();

    let seat = AssignedSeat {
        line: Ordinal::try_from(1).unwrap(),
        seat: Ordinal::try_from(1).unwrap(),
        name: "Grace Canary".parse().unwrap(),
        email: None,
    };
    let assign = Command::AssignAttendees(
        order,
        AssignAttendees {
            attendees: vec![seat],
        },
    );
    let put_faults = Faults::next(1, "PutItem", faults::Fault::ServerError);
    let store = Stage::over(put_faults.before(&stage.engine.client));
    send(&store, new_command(), &assign).await.unwrap();

    assert_eq!((faults.hits(), put_faults.hits()), (1, 1));
    assert_eq!(stage.sound_log(&StreamId::Order(order)).await.len(), 2);
    assert_eq!(stage.sound_log(&stage.seats()).await.len(), 2);
}

#[tokio::test]
async fn a_transaction_that_met_another_is_tried_again() {
    let stage = Stage::set(10).await;
    let faults = Faults::next(3, "TransactWriteItems", faults::Fault::TransactionConflict);
    let store = Stage::over(faults.before(&stage.engine.client));
    assert!(
        !send(&store, new_command(), &stage.place(new_order(), 1))
            .await
            .unwrap()
            .again
    );
    assert_eq!(faults.hits(), 3);
}

#[tokio::test]
async fn a_throttled_append_is_a_fault_that_says_so_and_writes_nothing() {
    let stage = Stage::set(10).await;
    let faults = Faults::next(100, "TransactWriteItems", faults::Fault::Throttled);
    let store = Stage::over(faults.before(&stage.engine.client));
    let order = new_order();
    let refused = send(&store, new_command(), &stage.place(order, 1)).await;
    let Err(ExecuteError::Fault(Fault::Database { throttled, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert!(throttled);
    assert_eq!(stage.log(&StreamId::Order(order)).await, []);
}

#[tokio::test]
async fn a_stream_longer_than_one_page_is_read_whole() {
    let stage = Stage::set(10).await;
    let store = stage.process();
    for number in 0..320 {
        let description = format!("{number} {}", "x".repeat(3900)).parse().ok();
        let request = ReviseConference {
            description,
            ..ReviseConference::default()
        };
        send(
            &store,
            new_command(),
            &Command::ReviseConference(stage.conference, request),
        )
        .await
        .unwrap();
    }
    let log = stage
        .sound_log(&StreamId::Conference(stage.conference))
        .await;
    assert_eq!(log.len(), 323);
}

async fn everything_stored(client: &Client, table: &str) -> String {
    let mut stored = String::new();
    let mut pages = client
        .scan()
        .table_name(table)
        .into_paginator()
        .items()
        .send();
    while let Some(item) = pages.next().await {
        stored += &format!("{:?}", item.unwrap());
    }
    stored
}

#[tokio::test]
async fn personal_data_never_stands_in_the_log_in_clear() {
    let stage = Stage::set(10).await;
    let (store, order) = (stage.process(), new_order());
    send(&store, new_command(), &stage.place(order, 1))
        .await
        .unwrap();
    let stored = everything_stored(&stage.engine.client, &Tables::default().events).await;
    assert!(stored.contains("OrderPlaced") && !stored.to_lowercase().contains("canary"));
}

#[tokio::test]
async fn personal_data_opens_at_its_place_and_nowhere_else_and_never_after_its_key_is_gone() {
    let stage = Stage::set(10).await;
    let (store, order) = (stage.process(), new_order());
    let place = stage.place(order, 1);
    let person = format!("person-{order}");
    store
        .execute(
            &place,
            &envelope(&store, &person, new_command(), &place).await,
        )
        .await
        .unwrap();
    let stream = StreamId::Order(order);
    let log = stage.log(&stream).await;
    let Event::Order(order::Event::OrderPlaced {
        contact: Some(contact),
        ..
    }) = &log[0].entries[0].events[0]
    else {
        panic!()
    };

    let open = |process: EventStore<Booking>, stream: StreamId, version, field| async move {
        process.keys().open(contact, &stream, version, field).await
    };
    let opened = open(stage.process(), stream.clone(), 1, "contact")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(opened.name.as_str(), "Ada Canary");
    assert!(
        open(stage.process(), stream.clone(), 2, "contact")
            .await
            .is_err()
    );
    assert!(
        open(stage.process(), stream.clone(), 1, "attendee")
            .await
            .is_err()
    );
    assert!(
        open(stage.process(), StreamId::Order(new_order()), 1, "contact")
            .await
            .is_err()
    );

    let forget = stage
        .engine
        .client
        .delete_item()
        .table_name(Tables::default().keys);
    forget
        .key("person", AttributeValue::S(person.clone()))
        .send()
        .await
        .unwrap();
    assert_eq!(
        open(stage.process(), stream.clone(), 1, "contact")
            .await
            .unwrap(),
        None
    );
    // Whoever comes back gets a new key; it opens nothing old.
    stage
        .process()
        .keys()
        .fingerprint(&PersonId(person), b"back")
        .await
        .unwrap();
    assert_eq!(
        open(stage.process(), stream, 1, "contact").await.unwrap(),
        None
    );
    assert!(matches!(
        send(&store, new_command(), &Command::Publish(stage.conference))
            .await
            .unwrap()
            .home,
        State::Conference(_)
    ));
}
