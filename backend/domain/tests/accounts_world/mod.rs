//! One person's account in memory: commands are decided on the folded state and their events folded, as the event store
//! does it.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use domain::{
    Actor, BoundedContext,
    accounts::{
        Account, Accounts, Action, Command, Context, Event, Rejection, Rules, States, StreamId,
    },
};
use shared::{
    CommandId, ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, RefundId, Timestamp,
    TopUpId,
    account::{AccountStatus, CreditLimit, TopUpAmount, TopUpFailure},
    text::Reason,
};
use uuid::Uuid;

pub const ADA: &str = "ada";
pub const BOB: &str = "bob";
/// The operator.
pub const OLGA: &str = "olga";
/// A process of the system.
pub const SYSTEM: &str = "plenary:accounts";

#[derive(Clone)]
pub struct World {
    pub account: Account,
    /// Everything that happened, in order.
    pub log: Vec<Event>,
    pub rules: Rules,
    pub minute: i64,
    commands: u128,
}

impl World {
    /// Nobody's account yet.
    pub fn new() -> Self {
        Self {
            account: Accounts::initial(&ada()),
            log: Vec::new(),
            rules: Rules::default(),
            minute: 0,
            commands: 0,
        }
    }

    /// Ada's account is active with so many minor units on it, paid in by top-up 0.
    pub fn with(minor: i64) -> Self {
        let mut world = Self::new();
        world.accept(ADA, start(0, minor));
        world.accept(SYSTEM, credit(0, minor));
        world
    }

    /// An account that was opened and waits for an operator.
    pub fn pending() -> Self {
        let mut world = Self::new();
        world.rules.approve_prepaid = false;
        world.accept(ADA, start(0, 1000));
        world
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_minutes(self.minute)
    }

    pub fn later(&mut self, minutes: i64) -> &mut Self {
        self.minute += minutes;
        self
    }

    /// Decide and, where accepted, fold. Answers the events.
    pub fn send(&mut self, person: &str, action: Action) -> Result<Vec<Event>, Rejection> {
        self.commands += 1;
        let context = Context {
            command_id: CommandId(Uuid::from_u128(self.commands)),
            actor: Actor {
                person: PersonId(person.into()),
                is_operator: person == OLGA,
                contact: None,
            },
            at: self.now(),
            rules: self.rules,
        };
        let command = Command {
            account: ada(),
            action,
        };
        let mut states = States::default();
        assert_eq!(Accounts::streams(&command, &states), [ada()]);
        states.insert(ada(), Arc::new(self.account.clone()));
        let changes = Accounts::decide(&command, &states, &context)?;
        let events: Vec<Event> = changes.0.into_values().flatten().collect();
        for event in &events {
            Accounts::evolve(&mut self.account, event);
        }
        self.log.extend(events.clone());
        Ok(events)
    }

    #[track_caller]
    pub fn accept(&mut self, person: &str, action: Action) -> Vec<Event> {
        let shown = format!("{action:?}");
        self.send(person, action)
            .unwrap_or_else(|rejection| panic!("{shown} was refused: {rejection}"))
    }

    #[track_caller]
    pub fn refuse(&mut self, person: &str, action: Action) -> Rejection {
        let before = self.account.clone();
        let shown = format!("{action:?}");
        let Err(rejection) = self.send(person, action) else {
            panic!("{shown} was accepted")
        };
        assert_eq!(before, self.account);
        rejection
    }

    pub fn balance(&self) -> i64 {
        self.account.balance().minor
    }

    pub fn status(&self) -> Option<AccountStatus> {
        self.account.status()
    }
}

/// The stream of Ada's account in euros.
pub fn ada() -> StreamId {
    StreamId::Account {
        currency: Currency::EUR,
        person: PersonId(ADA.into()),
    }
}

pub fn eur(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

pub fn top_up(number: u128) -> TopUpId {
    TopUpId(Uuid::from_u128(1000 + number))
}

pub fn payment(number: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(2000 + number))
}

pub fn refund_id(number: u128) -> RefundId {
    RefundId(Uuid::from_u128(3000 + number))
}

pub fn conference() -> ConferenceId {
    ConferenceId(Uuid::from_u128(1))
}

pub fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(4000 + number))
}

pub fn start(number: u128, minor: i64) -> Action {
    Action::StartTopUp {
        top_up_id: top_up(number),
        amount: TopUpAmount::try_from(eur(minor)).unwrap(),
        provider: "test".into(),
        order_id: None,
    }
}

pub fn credit(number: u128, minor: i64) -> Action {
    Action::CreditTopUp {
        top_up_id: top_up(number),
        amount: eur(minor),
        reference: format!("pi_{number}"),
    }
}

pub fn fail(number: u128) -> Action {
    Action::FailTopUp {
        top_up_id: top_up(number),
        reason: TopUpFailure::Declined,
    }
}

/// The order of the same number asks to be paid.
pub fn charge(number: u128, minor: i64) -> Action {
    Action::Charge {
        payment_id: payment(number),
        amount: eur(minor),
        conference_id: conference(),
        order_id: order(number),
    }
}

pub fn refund(number: u128, of: u128, minor: i64) -> Action {
    Action::Refund {
        refund_id: refund_id(number),
        payment_id: payment(of),
        amount: eur(minor),
    }
}

pub fn reason() -> Reason {
    "called back by the bank".parse().unwrap()
}

pub fn reverse(reverses: Uuid) -> Action {
    Action::ReverseEntry {
        entry_id: Uuid::new_v5(&reverses, b"reversal"),
        reverses,
        reason: reason(),
    }
}

pub fn limit(minor: i64) -> Action {
    Action::SetCreditLimit(CreditLimit::try_from(minor).unwrap())
}
