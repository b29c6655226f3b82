//! The booking context: conferences, their pools of seats, and orders.
//!
//! | stream | aggregate | rules |
//! |---|---|---|
//! | `conference#ID` | [`conference::Conference`] | draft, published, unpublished, cancelled; seat types and prices |
//! | `slug#SLUG` | [`slug::SlugClaim`] | one conference per address |
//! | `seats#CONFERENCE#POOL` | [`seat_availability::SeatAvailability`] | never more seats given than there are |
//! | `order#ID` | [`order::Order`] | a person's seats, prices fixed, attendees, payment and refunds |
//! | `person#PERSON` | [`person::Person`] | asks to be forgotten, and is |
//! | `promo#CONFERENCE#CODE` | [`promo_code::PromoCode`] | what is taken off a price, for how many orders |

mod cancelling;
mod command;
pub mod conference;
mod event;
mod holding;
pub mod locator;
pub mod order;
mod payment;
pub mod person;
mod placed_order;
mod placing;
pub mod promo_code;
mod rejection;
pub mod seat_availability;
pub mod slug;
mod state;
mod stream;
pub mod what_if;
mod words;

use serde::{Deserialize, Deserializer};

use crate::{BoundedContext, Personal};

pub use command::{Command, Rules, decide};
pub use event::Event;
pub use rejection::Rejection;
pub use state::State;
pub use stream::StreamId;
pub use words::words;

/// The booking context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking;

/// What comes in with a command of this context.
pub type Context = crate::Context<Rules>;
/// What a command of this context decided.
pub type Changes = crate::Changes<Booking>;
/// The states that a command of this context is decided on.
pub type States = crate::States<Booking>;

impl BoundedContext for Booking {
    type Stream = StreamId;
    type Event = Event;
    type State = State;
    type Command = Command;
    type Rejection = Rejection;
    type Rules = Rules;

    const STATE_SCHEMA: u32 = 1;

    fn initial(stream: &StreamId) -> State {
        State::initial(stream)
    }

    fn evolve(state: &mut State, event: &Event) {
        state.evolve(event);
    }

    fn personal_mut(event: &mut Event) -> Vec<(&'static str, &mut Personal)> {
        event.personal_mut()
    }

    fn words(event: &Event) -> String {
        words(event)
    }

    fn read<'de, D: Deserializer<'de>>(stream: &StreamId, event: D) -> Result<Event, D::Error> {
        match stream {
            StreamId::Conference(_) => conference::Event::deserialize(event).map(Event::Conference),
            StreamId::Seats(..) => seat_availability::Event::deserialize(event).map(Event::Seats),
            StreamId::Order(_) => order::Event::deserialize(event).map(Event::Order),
            StreamId::Slug(_) => slug::Event::deserialize(event).map(Event::Slug),
            StreamId::Person(_) => person::Event::deserialize(event).map(Event::Person),
            StreamId::Promo(..) => promo_code::Event::deserialize(event).map(Event::Promo),
        }
    }

    /// Everybody who books meets at a pool, and everybody who was sent a promo code at that.
    fn is_contended(stream: &StreamId) -> bool {
        matches!(stream, StreamId::Seats(..) | StreamId::Promo(..))
    }

    fn home(command: &Command) -> StreamId {
        command.home()
    }

    fn streams(command: &Command, known: &States) -> Vec<StreamId> {
        command.streams(known)
    }

    fn decide(command: &Command, states: &States, context: &Context) -> Result<Changes, Rejection> {
        decide(command, states, context)
    }
}
