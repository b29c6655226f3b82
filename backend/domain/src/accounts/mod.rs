//! The accounts context: a person's ledger.
//!
//! | stream | aggregate | rules |
//! |---|---|---|
//! | `account#CUR#PERSON` | [`Account`] | pending, active, denied, blocked, closed; never charged below its credit limit; each entry once |
//!
//! An entry is one event that moves money between the person's account and a clearing account: see [`Posting`].

mod account;
mod command;
mod event;
mod payment;
mod posting;
mod rejection;
mod reversal;
mod standing;
mod stream;
mod top_up;
mod words;

use serde::{Deserialize, Deserializer};

use crate::{BoundedContext, Personal};

pub use account::{Account, Charge, ChargeState, Refund, TopUp, TopUpState};
pub use command::{Action, Command, Rules, decide};
pub use event::Event;
pub use posting::{ClearingAccount, Ledger, Posting, UnknownClearingAccount};
pub use rejection::Rejection;
pub use stream::StreamId;
pub use words::words;

/// The accounts context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounts;

/// What comes in with a command of this context.
pub type Context = crate::Context<Rules>;
/// What a command of this context decided.
pub type Changes = crate::Changes<Accounts>;
/// The states that a command of this context is decided on.
pub type States = crate::States<Accounts>;

impl BoundedContext for Accounts {
    type Stream = StreamId;
    type Event = Event;
    type State = Account;
    type Command = Command;
    type Rejection = Rejection;
    type Rules = Rules;

    const STATE_SCHEMA: u32 = 1;

    fn initial(stream: &StreamId) -> Account {
        Account::unopened(stream)
    }

    fn evolve(state: &mut Account, event: &Event) {
        state.evolve(event);
    }

    /// People stand in these events by their opaque ids only.
    fn personal_mut(_event: &mut Event) -> Vec<(&'static str, &mut Personal)> {
        Vec::new()
    }

    fn words(event: &Event) -> String {
        words(event)
    }

    fn read<'de, D: Deserializer<'de>>(_stream: &StreamId, event: D) -> Result<Event, D::Error> {
        Event::deserialize(event)
    }

    /// An account is one person's.
    fn is_contended(_stream: &StreamId) -> bool {
        false
    }

    fn home(command: &Command) -> StreamId {
        command.account.clone()
    }

    fn streams(command: &Command, _known: &States) -> Vec<StreamId> {
        vec![command.account.clone()]
    }

    fn decide(command: &Command, states: &States, context: &Context) -> Result<Changes, Rejection> {
        decide(command, states, context)
    }
}
