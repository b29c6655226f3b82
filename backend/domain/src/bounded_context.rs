//! A bounded context: a part of the domain with its own words, its own streams and its own event table.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Display},
    hash::Hash,
    str::FromStr,
    sync::Arc,
};

use serde::{Deserializer, Serialize, de::DeserializeOwned};
use shared::{CommandId, PersonId, Timestamp, views::Attendee};

use crate::Personal;

/// What an event store needs to know of a context: how its commands are decided and its events folded.
pub trait BoundedContext: Copy + Debug + PartialEq + Eq + Send + Sync + 'static {
    /// The stream of one aggregate. Its text form is the event table's partition key, and so a storage format.
    type Stream: Clone
        + Debug
        + Display
        + FromStr<Err = UnknownStream>
        + Ord
        + Hash
        + Send
        + Sync
        + 'static;
    /// Everything that can happen. A storage format: serializes as `{"type": name, "data": fields}`.
    type Event: Clone + Debug + PartialEq + Eq + Serialize + Send + Sync;
    /// What is known of a stream after folding its events. A storage format, but of a cache: what stands in the log is a copy
    /// that anybody may pass over, so its form may change at any time, together with [`Self::STATE_SCHEMA`].
    ///
    /// Whatever grows with the stream must be an object in JSON and not an array, and no object's value null: a copy is stored
    /// as its difference from an earlier one, as a JSON merge patch.
    type State: Clone + Debug + PartialEq + Eq + Serialize + DeserializeOwned + Send + Sync;
    /// Something that somebody wants.
    type Command: Debug + Send + Sync;
    /// Why a command was refused.
    type Rejection: std::error::Error + Send + Sync + 'static;
    /// What whoever runs the system sets.
    type Rules: Clone + Debug + PartialEq + Eq + Send + Sync;

    /// The version of the states' forms and of what folding means. It goes up when a state of old is not what would be folded
    /// now; whatever copies stand in the log are then passed over, and new ones are made.
    const STATE_SCHEMA: u32;

    /// A stream of which nothing has happened yet.
    fn initial(stream: &Self::Stream) -> Self::State;

    /// Fold one more event. Events are facts: nothing is checked, and nothing can fail.
    fn evolve(state: &mut Self::State, event: &Self::Event);

    /// The personal data inside an event, each with the name of its field.
    fn personal_mut(event: &mut Self::Event) -> Vec<(&'static str, &mut Personal)>;

    /// What happened, as a sentence that names no person.
    fn words(event: &Self::Event) -> String;

    /// Read an event of this stream in its current form.
    ///
    /// # Errors
    /// What it is instead.
    fn read<'de, D: Deserializer<'de>>(
        stream: &Self::Stream,
        event: D,
    ) -> Result<Self::Event, D::Error>;

    /// Whether many people's commands meet at this stream.
    fn is_contended(stream: &Self::Stream) -> bool;

    /// The stream that a command is about. It remembers the command's id, and the answer is worked out from it.
    fn home(command: &Self::Command) -> Self::Stream;

    /// The streams that must be known to decide, given what is known already: asked again until it names nothing new.
    fn streams(command: &Self::Command, known: &States<Self>) -> Vec<Self::Stream>;

    /// Decide a command on what is known.
    ///
    /// # Errors
    /// Why it is refused, with what the person needs to go on.
    fn decide(
        command: &Self::Command,
        states: &States<Self>,
        context: &Context<Self::Rules>,
    ) -> Result<Changes<Self>, Self::Rejection>;
}

/// What comes in with a command besides what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context<R> {
    /// The command's id: the `Idempotency-Key`.
    pub command_id: CommandId,
    /// Who wants it.
    pub actor: Actor,
    /// When it was received.
    pub at: Timestamp,
    /// The rules that hold then.
    pub rules: R,
}

/// Who wants something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub person: PersonId,
    /// Operators may change what belongs to others.
    pub is_operator: bool,
    /// How to reach them, where their token says.
    pub contact: Option<Attendee>,
}

impl Actor {
    /// A process of the system itself, such as `registration`. Its name stands in the log where a person's would.
    pub fn process(name: &str) -> Self {
        Self {
            person: PersonId(format!("plenary:{name}")),
            is_operator: false,
            contact: None,
        }
    }
}

/// What a command decided: the events to append, stream by stream, all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes<C: BoundedContext>(pub BTreeMap<C::Stream, Vec<C::Event>>);

impl<C: BoundedContext> Default for Changes<C> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<C: BoundedContext> Changes<C> {
    /// Add events to a stream's.
    pub(crate) fn with<E: Into<C::Event>>(
        mut self,
        stream: C::Stream,
        events: impl IntoIterator<Item = E>,
    ) -> Self {
        let mut events = events.into_iter().map(Into::into).peekable();
        if events.peek().is_some() {
            self.0.entry(stream).or_default().extend(events);
        }
        self
    }

    /// Whether nothing is to be appended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The states that a decision is made on.
#[derive(Clone, Debug)]
pub struct States<C: BoundedContext>(BTreeMap<C::Stream, Arc<C::State>>);

impl<C: BoundedContext> Default for States<C> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<C: BoundedContext> States<C> {
    /// Whether this stream's state is known.
    pub fn contains(&self, stream: &C::Stream) -> bool {
        self.0.contains_key(stream)
    }

    /// A stream's state, if it is known.
    pub fn get(&self, stream: &C::Stream) -> Option<&C::State> {
        self.0.get(stream).map(Arc::as_ref)
    }

    /// Put a stream's state in.
    pub fn insert(&mut self, stream: C::Stream, state: Arc<C::State>) {
        self.0.insert(stream, state);
    }
}

/// A text that names no stream of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no known stream")]
pub struct UnknownStream(pub String);
