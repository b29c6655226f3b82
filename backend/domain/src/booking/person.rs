//! What a person wants of the system as a whole: so far, to be forgotten.

use serde::{Deserialize, Serialize};
use shared::PersonId;

use super::{Changes, StreamId};

/// What happens to a person. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The person asked to be forgotten: the key to what was said under it is destroyed.
    PersonForgotten {},
}

/// A person. Nothing is known of them that a decision would need: who they are, only their token says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {}

impl Person {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::PersonForgotten {} => {}
        }
    }
}

/// Forget a person. Nothing stands against it: bookings, payments and entries are kept without names.
///
/// Whoever was forgotten before may have come back and have said something since, so each command is an event.
pub(crate) fn forget(person: &PersonId) -> Changes {
    let stream = StreamId::Person(person.clone());
    Changes::default().with(stream, [Event::PersonForgotten {}])
}
