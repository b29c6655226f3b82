//! Both contexts and the bus between them, in memory and on one clock: the functions' own rules (what is decided, what is
//! told, what follows from it) without anything around them, so that a test can go through every order in which messages
//! can come.
//!
//! What stands in for the event store keeps its one promise: a command's id is carried out once.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::Arc,
};

use domain::{
    Actor, BoundedContext, Context, States,
    accounts::{self, Accounts},
    booking::{self, Booking},
};
use integration::{Data, IntegrationEvent, Subscriber};
use processes::NextStep;
use shared::{CommandId, OrderId, PersonId, Timestamp};
use uuid::Uuid;

/// Both contexts, and the messages that are under way between them.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    pub booking: Log<Booking>,
    pub accounts: Log<Accounts>,
    /// What each subscriber has still to be told, and how often.
    pub messages: BTreeMap<(Uuid, Subscriber), Message>,
    /// Minutes since the beginning.
    pub minute: i64,
    /// Every event that was published.
    pub told: Vec<Arc<IntegrationEvent>>,
    commands: u128,
}

/// A message under way.
#[derive(Clone, Debug)]
pub struct Message {
    pub event: Arc<IntegrationEvent>,
    /// How often it will come.
    pub times: u32,
}

/// A context's streams.
#[derive(Clone, Debug)]
pub struct Log<C: BoundedContext> {
    streams: BTreeMap<C::Stream, Arc<C::State>>,
    versions: BTreeMap<C::Stream, u64>,
    /// Each stream's state as a number, worked out when it changes.
    digests: BTreeMap<C::Stream, u64>,
    done: BTreeSet<CommandId>,
    /// Every event with its stream, in the order in which they happened.
    pub events: Vec<Arc<(C::Stream, C::Event)>>,
}

impl<C: BoundedContext> Default for Log<C> {
    fn default() -> Self {
        Self {
            streams: BTreeMap::new(),
            versions: BTreeMap::new(),
            digests: BTreeMap::new(),
            done: BTreeSet::new(),
            events: Vec::new(),
        }
    }
}

/// An event with its stream and its version there.
type Appended<C> = (
    <C as BoundedContext>::Stream,
    u64,
    <C as BoundedContext>::Event,
);

impl<C: BoundedContext> Log<C> {
    /// Carry a command out, once.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn execute(
        &mut self,
        command: &C::Command,
        context: &Context<C::Rules>,
    ) -> Result<Vec<Appended<C>>, C::Rejection> {
        if self.done.contains(&context.command_id) {
            return Ok(Vec::new());
        }
        let mut states = States::default();
        loop {
            let missing: Vec<_> = C::streams(command, &states)
                .into_iter()
                .filter(|stream| !states.contains(stream))
                .collect();
            if missing.is_empty() {
                break;
            }
            for stream in missing {
                let state = self.state(&stream);
                states.insert(stream, state);
            }
        }
        let changes = C::decide(command, &states, context)?;
        let mut appended = Vec::new();
        for (stream, events) in changes.0 {
            let mut state = self.state(&stream);
            let version = self.versions.entry(stream.clone()).or_default();
            for event in events {
                C::evolve(Arc::make_mut(&mut state), &event);
                *version += 1;
                self.events.push(Arc::new((stream.clone(), event.clone())));
                appended.push((stream.clone(), *version, event));
            }
            self.digests
                .insert(stream.clone(), number(&format!("{state:?}")));
            self.streams.insert(stream, state);
        }
        if !appended.is_empty() {
            self.done.insert(context.command_id);
        }
        Ok(appended)
    }

    /// What is known of a stream.
    pub fn state(&self, stream: &C::Stream) -> Arc<C::State> {
        let known = self.streams.get(stream).cloned();
        known.unwrap_or_else(|| Arc::new(C::initial(stream)))
    }

    /// Every stream with its state.
    pub fn streams(&self) -> impl Iterator<Item = (&C::Stream, &C::State)> {
        self.streams
            .iter()
            .map(|(stream, state)| (stream, state.as_ref()))
    }
}

impl Contexts {
    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_minutes(self.minute)
    }

    /// A person's command to the booking context.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn book(
        &mut self,
        person: &str,
        command: &booking::Command,
    ) -> Result<(), booking::Rejection> {
        let id = self.fresh();
        self.book_as(actor(person), id, (id.0, None), command)
    }

    /// Somebody's command to the accounts context.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn account(
        &mut self,
        person: &str,
        command: &accounts::Command,
    ) -> Result<(), accounts::Rejection> {
        let id = self.fresh();
        self.account_as(actor(person), id, (id.0, None), command)
    }

    /// Deliver a message to its subscriber, and forget it after the last of its times.
    ///
    /// # Panics
    /// If the subscriber refuses it: nothing that happens may contradict what it knows.
    pub fn deliver(&mut self, key: (Uuid, Subscriber)) {
        let Some(message) = self.messages.get_mut(&key) else {
            return;
        };
        let event = message.event.clone();
        message.times -= 1;
        if message.times == 0 {
            self.messages.remove(&key);
        }
        let because = (event.correlation_id, Some(event.id));
        match key.1 {
            Subscriber::Accounts => {
                if let Some((id, command)) = ::accounts::reaction(&event) {
                    let done = self.account_as(Actor::process("accounts"), id, because, &command);
                    assert!(done.is_ok(), "{:?} was refused: {done:?}", event.data);
                }
            }
            Subscriber::Processes => match processes::next_step(&event.data) {
                NextStep::Nothing => {}
                NextStep::Send(step, command) => self.follow_up(&event, step, &command),
                NextStep::CancelOrders(conference) => {
                    for order in self.orders_of(conference) {
                        let cancel = booking::Command::CancelWithConference(order);
                        self.follow_up(&event, &format!("cancel {order}"), &cancel);
                    }
                }
            },
        }
    }

    fn follow_up(&mut self, event: &IntegrationEvent, step: &str, command: &booking::Command) {
        let because = (event.correlation_id, Some(event.id));
        let actor = Actor::process("registration");
        let done = self.book_as(actor, event.follow_up(step), because, command);
        assert!(done.is_ok(), "{:?} was refused: {done:?}", event.data);
    }

    fn orders_of(&self, conference: shared::ConferenceId) -> Vec<OrderId> {
        let pools = self.booking.streams().filter_map(|state| match state {
            (booking::StreamId::Seats(of, _), booking::State::Seats(seats))
                if *of == conference =>
            {
                Some(seats)
            }
            _ => None,
        });
        let orders: BTreeSet<_> = pools.flat_map(|seats| seats.orders()).collect();
        orders.into_iter().collect()
    }

    fn book_as(
        &mut self,
        actor: Actor,
        command_id: CommandId,
        because: (Uuid, Option<Uuid>),
        command: &booking::Command,
    ) -> Result<(), booking::Rejection> {
        let context = self.context(actor, command_id, booking::Rules::default());
        let appended = self.booking.execute(command, &context)?;
        for (index, (stream, version, event)) in appended.into_iter().enumerate() {
            let now = self.booking.state(&stream);
            if let Some(data) = publisher::booking::tell(&event, &stream, &now) {
                let place = format!("{stream}/{index}");
                self.publish(
                    command_id,
                    &place,
                    stream.to_string(),
                    version,
                    because,
                    data,
                );
            }
        }
        Ok(())
    }

    fn account_as(
        &mut self,
        actor: Actor,
        command_id: CommandId,
        because: (Uuid, Option<Uuid>),
        command: &accounts::Command,
    ) -> Result<(), accounts::Rejection> {
        let context = self.context(actor, command_id, accounts::Rules::default());
        let appended = self.accounts.execute(command, &context)?;
        for (index, (stream, version, event)) in appended.into_iter().enumerate() {
            if let Some(data) = publisher::accounts::tell(&event, &stream) {
                let place = format!("{stream}/{index}");
                self.publish(
                    command_id,
                    &place,
                    stream.to_string(),
                    version,
                    because,
                    data,
                );
            }
        }
        Ok(())
    }

    fn publish(
        &mut self,
        command: CommandId,
        place: &str,
        subject: String,
        sequence: u64,
        (correlation_id, causation_id): (Uuid, Option<Uuid>),
        data: Data,
    ) {
        let event = Arc::new(IntegrationEvent {
            id: Uuid::new_v5(&command.0, place.as_bytes()),
            subject,
            time: self.now(),
            sequence,
            correlation_id,
            causation_id,
            data,
        });
        for subscriber in event.event_type().subscribers() {
            let message = Message {
                event: event.clone(),
                times: 2,
            };
            self.messages.insert((event.id, *subscriber), message);
        }
        self.told.push(event);
    }

    fn context<R>(&self, actor: Actor, command_id: CommandId, rules: R) -> Context<R> {
        Context {
            command_id,
            actor,
            at: self.now(),
            rules,
        }
    }

    fn fresh(&mut self) -> CommandId {
        self.commands += 1;
        CommandId(Uuid::from_u128(self.commands))
    }

    /// What is known, without how it came about: two histories with the same are at the same point.
    pub fn state(&self) -> String {
        format!("{:?}{:?}", self.booking.streams, self.accounts.streams)
    }

    /// The same with what is still under way, as a number.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.booking.digests.hash(&mut hasher);
        self.accounts.digests.hash(&mut hasher);
        self.minute.hash(&mut hasher);
        for ((id, subscriber), message) in &self.messages {
            (id, subscriber.name(), message.times).hash(&mut hasher);
        }
        hasher.finish()
    }
}

fn number(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn actor(person: &str) -> Actor {
    Actor {
        person: PersonId(person.to_owned()),
        is_operator: person == "olga",
        contact: None,
    }
}
