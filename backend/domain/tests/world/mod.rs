//! A world in memory: commands are decided on folded states and their events folded, as the event store does it.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{collections::BTreeMap, sync::Arc};

use domain::Actor;
use domain::booking::{
    Command, Context, Event, Rejection, Rules, State, States, StreamId, decide, order,
    seat_availability::SeatAvailability,
};
use shared::{
    CommandId, ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, RefundId, SeatTypeId,
    Timestamp,
    requests::{AddSeatType, CreateConference, PlaceOrder, RequestedLine},
    text::{MaxPerOrder, Price, Quantity, Quota},
    views::{Attendee, RefundReason},
};
use uuid::Uuid;

pub const ORGANIZER: &str = "otto";
pub const ADA: &str = "ada";
pub const BOB: &str = "bob";

#[derive(Clone, Default)]
pub struct World {
    pub streams: BTreeMap<StreamId, State>,
    /// Minutes since the beginning.
    pub minute: i64,
    commands: u128,
}

pub fn conference() -> ConferenceId {
    ConferenceId(Uuid::from_u128(1))
}

pub fn pool(number: u128) -> SeatTypeId {
    SeatTypeId(Uuid::from_u128(100 + number))
}

pub fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(1000 + number))
}

impl World {
    /// A published conference with a pool of each quota; ten seats at most in an order, at 100.00 each.
    pub fn on_sale(quotas: &[u32]) -> Self {
        let mut world = Self::draft();
        for (number, quota) in (0..).zip(quotas) {
            world.accept(ORGANIZER, add_seat_type(pool(number), *quota));
        }
        world.accept(ORGANIZER, Command::Publish(conference()));
        world
    }

    pub fn draft() -> Self {
        let mut world = Self::default();
        world.accept(
            ORGANIZER,
            Command::CreateConference(conference(), create("rust-week")),
        );
        world
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_minutes(self.minute)
    }

    pub fn later(&mut self, minutes: i64) -> &mut Self {
        self.minute += minutes;
        self
    }

    /// Confirm an order, and have its account charged where it costs something. Answers the events of the last step.
    #[track_caller]
    pub fn pay(&mut self, person: &str, number: u128) -> BTreeMap<StreamId, Vec<Event>> {
        let asked = self.accept(person, Command::Confirm(order(number)));
        match requested(&asked) {
            Some((payment_id, amount)) => {
                self.process(Command::SettlePayment(order(number), payment_id, amount))
            }
            None => asked,
        }
    }

    /// What the registration process sends.
    #[track_caller]
    pub fn process(&mut self, command: Command) -> BTreeMap<StreamId, Vec<Event>> {
        self.accept("plenary:registration", command)
    }

    fn context(&mut self, person: &str) -> Context {
        self.commands += 1;
        let contact = Attendee {
            name: person.parse().unwrap(),
            email: None,
        };
        Context {
            command_id: CommandId(Uuid::from_u128(self.commands)),
            actor: Actor {
                person: PersonId(person.into()),
                is_operator: person == "olga",
                contact: Some(contact),
            },
            at: self.now(),
            rules: Rules::default(),
        }
    }

    /// Decide and, where accepted, fold. Answers the events by stream.
    pub fn send(
        &mut self,
        person: &str,
        command: Command,
    ) -> Result<BTreeMap<StreamId, Vec<Event>>, Rejection> {
        let context = self.context(person);
        let mut states = States::default();
        loop {
            let needed = command.streams(&states);
            let missing: Vec<_> = needed
                .into_iter()
                .filter(|stream| !states.contains(stream))
                .collect();
            if missing.is_empty() {
                break;
            }
            for stream in missing {
                let state = self
                    .streams
                    .get(&stream)
                    .cloned()
                    .unwrap_or_else(|| State::initial(&stream));
                states.insert(stream, Arc::new(state));
            }
        }
        let changes = decide(&command, &states, &context)?;
        for (stream, events) in &changes.0 {
            assert!(
                states.contains(stream),
                "{stream} is written but was not read"
            );
            let state = self
                .streams
                .entry(stream.clone())
                .or_insert_with(|| State::initial(stream));
            for event in events {
                state.evolve(event);
            }
        }
        Ok(changes.0)
    }

    #[track_caller]
    pub fn accept(&mut self, person: &str, command: Command) -> BTreeMap<StreamId, Vec<Event>> {
        let shown = format!("{command:?}");
        self.send(person, command)
            .unwrap_or_else(|rejection| panic!("{shown} was refused: {rejection}"))
    }

    #[track_caller]
    pub fn refuse(&mut self, person: &str, command: Command) -> Rejection {
        let before = self.streams.clone();
        let shown = format!("{command:?}");
        let Err(rejection) = self.send(person, command) else {
            panic!("{shown} was accepted")
        };
        assert_eq!(before, self.streams);
        rejection
    }

    pub fn seats(&self, number: u128) -> SeatAvailability {
        match self
            .streams
            .get(&StreamId::Seats(conference(), pool(number)))
        {
            Some(State::Seats(seats)) => seats.clone(),
            _ => SeatAvailability::default(),
        }
    }

    pub fn order(&self, number: u128) -> domain::booking::order::Order {
        match self.streams.get(&StreamId::Order(order(number))) {
            Some(State::Order(order)) => order.clone(),
            _ => domain::booking::order::Order::default(),
        }
    }
}

/// The payment that these events ask for.
pub fn requested(events: &BTreeMap<StreamId, Vec<Event>>) -> Option<(PaymentId, Money)> {
    events.values().flatten().find_map(|event| {
        let Event::Order(order::Event::OrderPaymentRequested {
            payment_id, amount, ..
        }) = event
        else {
            return None;
        };
        Some((*payment_id, *amount))
    })
}

/// The refund that these events owe.
pub fn refund_due(
    events: &BTreeMap<StreamId, Vec<Event>>,
) -> Option<(RefundId, PaymentId, i64, RefundReason)> {
    events.values().flatten().find_map(|event| {
        let Event::Order(order::Event::OrderRefundDue {
            refund_id,
            payment_id,
            amount,
            reason,
            ..
        }) = event
        else {
            return None;
        };
        Some((*refund_id, *payment_id, amount.minor, *reason))
    })
}

pub fn create(slug: &str) -> CreateConference {
    CreateConference {
        name: "Rust Week".parse().unwrap(),
        slug: slug.parse().unwrap(),
        description: "".parse().unwrap(),
        venue: "Jaarbeurs".parse().unwrap(),
        city: "Utrecht".parse().unwrap(),
        time_zone: "Europe/Amsterdam".parse().unwrap(),
        starts_at: "2027-05-18T07:00:00Z".parse().unwrap(),
        ends_at: "2027-05-22T15:00:00Z".parse().unwrap(),
        currency: Currency::EUR,
    }
}

pub fn seat_type(quota: u32) -> AddSeatType {
    AddSeatType {
        name: "Standard".parse().unwrap(),
        description: "".parse().unwrap(),
        price: Price::try_from(10_000).unwrap(),
        quota: Quota::try_from(i64::from(quota)).unwrap(),
        max_per_order: MaxPerOrder::try_from(10).unwrap(),
    }
}

pub fn add_seat_type(pool: SeatTypeId, quota: u32) -> Command {
    Command::AddSeatType(conference(), pool, seat_type(quota))
}

/// Ask for so many seats of each pool.
pub fn ask(number: u128, lines: &[(u128, u32)], partial: bool) -> Command {
    let line = |(number, quantity): &(u128, u32)| RequestedLine {
        seat_type_id: pool(*number),
        quantity: Quantity::try_from(i64::from(*quantity)).unwrap(),
    };
    Command::PlaceOrder(PlaceOrder {
        order_id: order(number),
        conference_id: conference(),
        lines: lines.iter().map(line).collect(),
        partial,
        promo_codes: Vec::new(),
    })
}

/// All or nothing of the first pool.
pub fn place(number: u128, quantity: u32) -> Command {
    ask(number, &[(0, quantity)], false)
}
