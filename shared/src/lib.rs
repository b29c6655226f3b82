//! The wire contract between the browser and the functions.
//!
//! Everything that crosses HTTP stands here once: [`id`]s, [`money`], [`time`], the values that a request may hold
//! ([`text`]), the [`requests`] and their [`answers`], the [`views`] that queries return, the same of a person's
//! [`account`], an organizer's [`analytics`], the logs' [`history`] and an operator's [`operations`], [`problem`]s, and
//! the [`endpoint`]s they travel to. Values are parsed at the border into types that
//! cannot be wrong, by the same code in the browser's forms and in the functions. The one rule that both sides work by,
//! what promo codes take off a price, is [`pricing`].
//!
//! What is *not* here: events as types. They are the backend's own record; an operator sees them as they are stored.

pub mod account;
pub mod analytics;
pub mod answers;
pub mod endpoint;
pub mod history;
pub mod id;
pub mod money;
pub mod operations;
pub mod pricing;
pub mod problem;
pub mod requests;
pub mod text;
pub mod time;
pub mod version;
pub mod views;

pub use id::{
    CommandId, ConferenceId, OrderId, PaymentId, PersonId, RefundId, SeatTypeId, TopUpId,
};
pub use money::{Currency, Money};
pub use problem::{Problem, ProblemType};
pub use time::Timestamp;
pub use version::{StreamVersion, VersionToken};
