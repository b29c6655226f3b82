//! The rules, and nothing else: no IO, no async, no clock, no randomness. Time and new ids come in with the command, so
//! a decision cannot fail for outside reasons and the same history always decides the same.
//!
//! There are two bounded contexts, [`booking`] and [`accounts`]. Neither knows the other; they meet in integration
//! events only. What an event store needs to know of either is [`BoundedContext`], and the road through it is one line:
//! [`BoundedContext::streams`] says what must be known, [`BoundedContext::decide`] says what happens next, as events or
//! as a rejection, and [`BoundedContext::evolve`] folds events into what is known.

pub mod accounts;
pub mod booking;
mod bounded_context;
mod decline;
mod personal;
mod set_as_object;
mod words;

pub use bounded_context::{Actor, BoundedContext, Changes, Context, States, UnknownStream};
pub use decline::Decline;
pub use personal::{Personal, Sealed};
