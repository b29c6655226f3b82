//! The booking context's rules, and nothing else: no IO, no async, no clock, no randomness. Time and new ids come in
//! with the command, so a decision cannot fail for outside reasons and the same history always decides the same.
//!
//! The road through this crate is one line: [`Command::streams`] says what must be known, [`decide`] says what happens
//! next, as [`Event`]s or as a [`Rejection`], and [`State::evolve`] folds events into what is known.
//!
//! | stream | aggregate | rules |
//! |---|---|---|
//! | `conference#ID` | [`conference::Conference`] | draft, published, unpublished; seat types and prices |
//! | `slug#SLUG` | [`slug::SlugClaim`] | one conference per address |
//! | `seats#CONFERENCE#POOL` | [`seat_availability::SeatAvailability`] | never more seats given than there are |
//! | `order#ID` | [`order::Order`] | a person's seats, prices fixed, attendees, what became of it |

pub mod booking;
mod command;
pub mod conference;
mod event;
pub mod locator;
pub mod order;
mod personal;
mod rejection;
pub mod seat_availability;
pub mod slug;
mod state;
mod stream;

pub use command::{Actor, Changes, Command, Context, Rules, decide};
pub use event::Event;
pub use personal::{Personal, Sealed};
pub use rejection::Rejection;
pub use state::{State, States};
pub use stream::{StreamId, UnknownStream};
