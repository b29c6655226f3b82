//! A conference at which a lot happens: one pool, and orders that are placed, bought, given up, or left to run out.

use domain::{
    Actor, Context,
    booking::{Booking, Command, Rules, StreamId},
};
use event_store::{Envelope, EventStore, Fingerprint};
use local::booking_log;
use shared::{
    CommandId, ConferenceId, Currency, OrderId, PersonId, SeatTypeId, Timestamp, VersionToken,
    requests::{AddSeatType, CreateConference, PlaceOrder, RequestedLine},
    text::{MaxPerOrder, Price, Quantity, Quota},
};
use uuid::Uuid;

use crate::{engine::Engine, history::Dice};

/// The conference, and whoever books there.
pub struct Busy {
    pub store: EventStore<Booking>,
    pub conference_id: ConferenceId,
    pub pool: SeatTypeId,
    dice: Dice,
    sent: u32,
}

impl Busy {
    /// A conference of which nothing was booked yet. What it costs is nothing, so an order is bought by confirming it.
    pub async fn conference(engine: &Engine) -> Self {
        let mut busy = Self {
            store: EventStore::new(engine.client.clone(), booking_log()),
            conference_id: ConferenceId(Uuid::new_v4()),
            pool: SeatTypeId(Uuid::new_v4()),
            dice: Dice(7),
            sent: 0,
        };
        busy.begin().await;
        busy
    }

    /// The pool's stream.
    pub fn stream(&self) -> StreamId {
        StreamId::Seats(self.conference_id, self.pool)
    }

    /// When the command sent as this one, counted from zero, was received: each a second after the one before.
    pub fn second(number: u32) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + i64::from(number) * 1000)
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        Self::second(self.sent)
    }

    #[expect(clippy::unwrap_used, reason = "these are fixed values")]
    async fn begin(&mut self) {
        let request = CreateConference {
            name: "Rust Week".parse().unwrap(),
            slug: format!("rust-week-{}", self.conference_id).parse().unwrap(),
            description: "".parse().unwrap(),
            venue: "Jaarbeurs".parse().unwrap(),
            city: "Utrecht".parse().unwrap(),
            time_zone: "Europe/Amsterdam".parse().unwrap(),
            starts_at: "2028-05-18T07:00:00Z".parse().unwrap(),
            ends_at: "2028-05-22T15:00:00Z".parse().unwrap(),
            currency: Currency::EUR,
        };
        self.send(Command::CreateConference(self.conference_id, request))
            .await;
        let request = AddSeatType {
            name: "Standard".parse().unwrap(),
            description: "".parse().unwrap(),
            price: Price::try_from(0).unwrap(),
            quota: Quota::try_from(100_000).unwrap(),
            max_per_order: MaxPerOrder::try_from(10).unwrap(),
        };
        self.send(Command::AddSeatType(self.conference_id, self.pool, request))
            .await;
        self.send(Command::Publish(self.conference_id)).await;
    }

    /// Book until the pool's stream has come to this version.
    ///
    /// # Panics
    /// If an order is refused.
    #[expect(clippy::unwrap_used, reason = "these are fixed values")]
    pub async fn up_to(&mut self, version: u64) {
        loop {
            let order_id = OrderId(Uuid::new_v4());
            let line = RequestedLine {
                seat_type_id: self.pool,
                quantity: Quantity::try_from(1 + self.dice.throw(3) as i64).unwrap(),
            };
            let place = PlaceOrder {
                order_id,
                conference_id: self.conference_id,
                lines: vec![line],
                partial: false,
                promo_codes: Vec::new(),
            };
            let wrote = self.send(Command::PlaceOrder(place)).await;
            if wrote.0.get(&self.stream().to_string()) >= Some(&version) {
                return;
            }
            match self.dice.throw(20) {
                0..14 => {
                    self.send(Command::Confirm(order_id)).await;
                    if self.dice.throw(20) == 0 {
                        self.send(Command::CancelOrder(order_id)).await;
                    }
                }
                14..17 => {
                    self.send(Command::CancelOrder(order_id)).await;
                }
                // It runs out, and is released by whoever comes then.
                _ => {}
            }
        }
    }

    /// Send a command a second after the one before. Answers what it wrote.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn send(&mut self, command: Command) -> VersionToken {
        self.sent += 1;
        self.send_at(command, self.now()).await
    }

    /// Send a command whose sender's clock says this.
    ///
    /// # Panics
    /// If it is refused.
    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    pub async fn send_at(&self, command: Command, at: Timestamp) -> VersionToken {
        let envelope = self.envelope(at);
        let done = self.store.execute(&command, &envelope).await;
        let mut wrote = VersionToken::default();
        wrote.advance_all(&done.expect("the command is accepted").wrote);
        wrote
    }

    /// The surroundings of a command that was never sent before.
    pub fn envelope(&self, at: Timestamp) -> Envelope<Rules> {
        let id = CommandId(Uuid::new_v4());
        Envelope {
            fingerprint: Fingerprint(*id.0.as_bytes()),
            context: Context {
                command_id: id,
                actor: Actor {
                    person: PersonId("otto".into()),
                    is_operator: false,
                    contact: None,
                },
                at,
                rules: Rules::default(),
            },
            correlation_id: id.0,
            causation_id: None,
        }
    }
}
