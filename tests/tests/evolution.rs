//! A log that the first version wrote is read by this one, and gone on with: docs/EVENTS.md has what changed since.
//!
//! `first_log/` is an export of it, made by the code of before the first change of an event. It is never made again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use domain::{
    Actor, BoundedContext, Context,
    accounts::Accounts,
    booking::{Booking, Command, Rules, StreamId},
};
use event_store::{Chain, Envelope, EventStore, Fingerprint, StoredCommit};
use local::{accounts_log, booking_log};
use projector::Projector;
use read_model::{OrderDoc, PoolDoc, Views};
use shared::{
    CommandId, ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, SeatTypeId, Timestamp,
    account::DeclineReason,
    requests::{PlaceOrder, RequestedLine},
    text::Quantity,
    views::Happened,
};
use tests::{engine::Engine, log};
use uuid::Uuid;

/// The ids in the log.
fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0f5c_1b6e_6a3e_4a55_9c0e_0000_0000_0000 + number)
}

const BOBS: u128 = 4;
const EVES: u128 = 5;

fn conference() -> ConferenceId {
    ConferenceId(id(1))
}

fn pool() -> SeatTypeId {
    SeatTypeId(id(2))
}

/// The log begins at minute 0, and its last command came at minute 37.
fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000).plus_minutes(minute)
}

fn euros(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

struct System {
    engine: Engine,
    booking: EventStore<Booking>,
}

impl System {
    /// With the first version's log, and its views filled.
    async fn new() -> Self {
        let engine = Engine::start().await;
        let booking = EventStore::new(engine.client.clone(), booking_log());
        let accounts = EventStore::<Accounts>::new(engine.client.clone(), accounts_log());
        restore(&booking, include_str!("first_log/booking.ndjson")).await;
        restore(&accounts, include_str!("first_log/accounts.ndjson")).await;
        let system = Self { engine, booking };
        system.project().await;
        system
    }

    async fn project(&self) {
        let projector = Projector::new(
            self.engine.client.clone(),
            booking_log(),
            accounts_log().events,
            Default::default(),
        );
        let commits = log::commits(&self.engine.client).await;
        let answer = projector.handle(log::batch(&commits)).await;
        assert!(answer.batch_item_failures.is_empty());
    }

    fn views(&self) -> Views {
        Views::new(&self.engine.client, &Default::default())
    }

    async fn order(&self, number: u128) -> OrderDoc {
        let key = OrderDoc::key(OrderId(id(number)));
        self.views().orders.get(&key).await.unwrap().unwrap().doc
    }

    /// The pool's quota, seats held at a minute, and seats sold.
    async fn pool(&self, at: i64) -> (u32, u32, u32) {
        let key = PoolDoc::key(conference(), pool());
        let row = self.views().availability.get(&key).await.unwrap();
        let pool = row.unwrap().doc;
        (pool.quota, pool.held(minute(at)), pool.sold)
    }

    async fn send(&self, person: &str, at: i64, command: Command) -> CommandId {
        let command_id = CommandId(id(1000 + at as u128));
        let envelope = Envelope {
            fingerprint: Fingerprint(*command_id.0.as_bytes()),
            context: Context {
                command_id,
                actor: Actor {
                    person: PersonId(person.into()),
                    is_operator: false,
                    contact: None,
                },
                at: minute(at),
                rules: Rules::default(),
            },
            correlation_id: command_id.0,
            causation_id: None,
        };
        self.booking.execute(&command, &envelope).await.unwrap();
        command_id
    }

    /// The types of the events that were appended to the pool since a version, as they are stored.
    async fn appended(&self, since: u64) -> Vec<String> {
        let stream = StreamId::Seats(conference(), pool()).to_string();
        let page = self.booking.stored(&stream, since + 1).await.unwrap();
        let events = page.commits.iter().flat_map(|one| one.events().unwrap());
        events.map(|(_, _, event)| event.name).collect()
    }
}

async fn restore<C: BoundedContext>(store: &EventStore<C>, exported: &str) {
    let commits = exported.lines().map(serde_json::from_str::<StoredCommit>);
    let commits: Vec<_> = commits.map(Result::unwrap).collect();
    assert!(store.restore_all(&commits).await.unwrap());
}

#[tokio::test]
async fn the_chains_of_the_first_log_hold_and_each_of_its_events_is_read() {
    let system = System::new().await;
    let (mut booking, mut accounts) = (Chain::<Booking>::default(), Chain::<Accounts>::default());
    let mut read = 0;
    for item in log::commits(&system.engine.client).await {
        let stored = StoredCommit::from_item(&item).unwrap();
        read += match stored.stream.starts_with("account#") {
            true => accounts.check(&stored).unwrap().events().count(),
            false => booking.check(&stored).unwrap().events().count(),
        };
    }
    assert_eq!(read, 39);
}

#[tokio::test]
async fn a_quota_that_changed_without_saying_from_what_is_the_quota() {
    assert_eq!(System::new().await.pool(40).await.0, 9);
}

#[tokio::test]
async fn seats_that_were_recovered_by_way_of_a_hold_are_sold_and_not_held() {
    // Three were Ada's again after her hold had run out; two and one are held by Bob and Eve.
    assert_eq!(System::new().await.pool(40).await, (9, 3, 3));
}

#[tokio::test]
async fn a_decline_shows_its_reason_and_a_shortfall_where_there_was_one() {
    let system = System::new().await;
    for (number, reason, shortfall) in [
        (BOBS, DeclineReason::InsufficientFunds, euros(15_000)),
        (EVES, DeclineReason::AccountPending, euros(0)),
    ] {
        let order = system.order(number).await;
        let last = &order.timeline.last().unwrap().what;
        assert_eq!(*last, Happened::PaymentDeclined { reason, shortfall });
    }
}

#[tokio::test]
async fn what_happens_next_is_written_as_events_are_today() {
    let system = System::new().await;
    let before = system.appended(0).await.len() as u64;
    assert!(
        !system
            .appended(0)
            .await
            .contains(&"SeatsRecovered".to_owned())
    );
    // Bob's hold runs out, Flo's order releases it, and Bob's payment comes all the same.
    let order_id = OrderId(id(BOBS));
    let confirm = system.send("bob", 44, Command::Confirm(order_id)).await;
    let place = PlaceOrder {
        order_id: OrderId(id(9)),
        conference_id: conference(),
        lines: vec![RequestedLine {
            seat_type_id: pool(),
            quantity: Quantity::try_from(1).unwrap(),
        }],
        partial: false,
        promo_codes: Vec::new(),
    };
    system.send("flo", 60, Command::PlaceOrder(place)).await;
    let payment_id = PaymentId::derived(confirm.0, "payment");
    let settle = Command::SettlePayment(order_id, payment_id, euros(20_000));
    system.send("plenary:registration", 61, settle).await;

    assert_eq!(
        system.appended(before).await,
        [
            "HoldExpired",
            "HoldExpired",
            "SeatsReserved",
            "SeatsRecovered"
        ]
    );
    system.project().await;
    assert_eq!(system.pool(61).await, (9, 1, 5));
}
