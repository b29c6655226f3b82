//! What operators see of the logs: streams commit by commit, every event by time, and how things stood at any moment.
//!
//! Events are shown as they are stored: personal data stays sealed, and what a person was called is nowhere here.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    CommandId, ConferenceId, Money, OrderId, PersonId, SeatTypeId, Timestamp,
    account::AccountStatus,
    views::{OrderLine, OrderStatus, PoolAvailability},
};

/// `GET /api/streams/{stream}` `?from=&limit=`: a stream, commit by commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamPage {
    /// The stream's name, such as `order#0b8c…`.
    pub stream: String,
    /// In order, from the version asked for on.
    pub commits: Vec<StoredCommitView>,
    /// The version from which the next page goes on; none on the last.
    pub next: Option<u64>,
}

/// One append.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredCommitView {
    /// The version of its first event.
    pub version: u64,
    /// The chain's hash up to and including it, in hexadecimal.
    pub hash: String,
    /// Whether that is the hash of its content and the commit before it.
    pub fits: bool,
    /// What each command put in.
    pub entries: Vec<StoredEntryView>,
}

/// What one command put into a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEntryView {
    pub command_id: CommandId,
    /// The command that began it all.
    pub correlation_id: Uuid,
    /// The event or command that it follows from; none where a person began it.
    pub causation_id: Option<Uuid>,
    pub actor: PersonId,
    pub at: Timestamp,
    pub events: Vec<StoredEventView>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEventView {
    pub id: Uuid,
    pub version: u64,
    /// Its type, such as `SeatsReserved`.
    pub name: String,
    /// The version of its data's shape, as it is stored.
    pub schema: u32,
    /// As it is stored.
    pub data: Value,
    /// What happened, as a sentence without names of people.
    pub words: String,
}

/// `GET /api/log` `?type=&actor=&conference_id=&correlation_id=&stream=&before=&limit=`: events, the latest first. Of the
/// filters, those that are given must all hold. `limit` is 50 where it is left out, and 200 at most. A page may have fewer,
/// and even none, and a next page all the same: few of the events looked at were among those asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogPage {
    pub events: Vec<LoggedEvent>,
    /// Send it as `before` for the next page; none on the last.
    pub next: Option<String>,
}

/// `GET /api/correlations/{correlation_id}`: what one click led to, the earliest first; of very much the first 2,000. An
/// event's cause is the event whose id its `causation_id` is; those without a cause here were begun by the command itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    pub correlation_id: Uuid,
    pub events: Vec<LoggedEvent>,
}

/// An event in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedEvent {
    pub id: Uuid,
    pub stream: String,
    pub version: u64,
    pub name: String,
    pub at: Timestamp,
    pub actor: PersonId,
    pub command_id: CommandId,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    /// The conference it is about, where it is about one.
    pub conference_id: Option<ConferenceId>,
    /// What happened, as a sentence without names of people.
    pub words: String,
}

/// `GET /api/history/conferences/{conference_id}/availability` `?at=`: how its seats stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailabilityThen {
    pub conference_id: ConferenceId,
    pub at: Timestamp,
    pub pools: Vec<PoolThen>,
    pub reads: Reads,
}

/// A pool then, and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolThen {
    /// The seat type's name then.
    pub name: String,
    /// The stream's version then; zero before it began.
    pub version: u64,
    pub then: PoolAvailability,
    pub now: PoolAvailability,
}

/// `GET /api/history/conferences/{conference_id}/moments` `?until=`: what happened to its seats up to a time, or up to now;
/// of very much the latest part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatMoments {
    /// The earliest first.
    pub moments: Vec<SeatMoment>,
    /// Send it as `until` for what was before; none where that is nothing. What happened just then comes again.
    pub earlier: Option<Timestamp>,
    pub reads: Reads,
}

/// Something that happened to a conference's seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatMoment {
    pub at: Timestamp,
    /// What happened, as a sentence without names of people.
    pub words: String,
}

/// `GET /api/history/orders/{order_id}` `?at=` or `?version=`: an order as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderThen {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub locator: String,
    /// The stream's version then.
    pub version: u64,
    /// When the last event up to that version happened.
    pub at: Timestamp,
    pub status: OrderStatus,
    pub lines: Vec<OrderLine>,
    /// The stream's latest version.
    pub latest_version: u64,
    pub reads: Reads,
}

/// `GET /api/history/accounts/{person}/{currency}` `?at=` or `?version=`: an account as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountThen {
    pub person: PersonId,
    pub status: AccountStatus,
    pub balance: Money,
    pub credit_limit: Money,
    /// What could be spent: the balance and the credit limit together.
    pub available: Money,
    /// How many top-ups the provider had not answered, and could still be paid.
    pub open_top_ups: u32,
    /// The stream's version then.
    pub version: u64,
    /// When the last event up to that version happened.
    pub at: Timestamp,
    /// The stream's latest version.
    pub latest_version: u64,
    pub reads: Reads,
}

/// What it took to look at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Calls of the database.
    pub calls: u32,
    /// Events that were folded.
    pub events: u64,
    /// Events that had been folded already, in the states found in the log.
    pub skipped: u64,
}

/// `GET /api/history/conferences/{conference_id}/what-if` `?seat_type_id=&quota=&hold_minutes=`: a seat type's history
/// replayed under other rules. Nothing is written, and nobody is told. Whoever was refused left nothing in the log, so they
/// are not among those who come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    pub conference_id: ConferenceId,
    pub seat_type_id: SeatTypeId,
    /// What was so.
    pub was: WhatIfRules,
    /// What is asked.
    pub asked: WhatIfRules,
    /// What came of it.
    pub happened: WhatIfOutcome,
    /// What would have come of it.
    pub would: WhatIfOutcome,
}

/// The rules that a replay can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIfRules {
    pub quota: u32,
    /// How long seats are held.
    pub hold_minutes: u32,
}

/// What came of a history, or would have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIfOutcome {
    /// Orders that got all seats they asked for.
    pub granted: u32,
    /// Orders that got some of them.
    pub partly: u32,
    /// Orders that got none, or whose hold was gone when they came to buy: people who were turned away.
    pub turned_away: u32,
    /// Holds that ran out.
    pub expired: u32,
    /// Seats sold, at the end.
    pub sold: u32,
    /// The most seats that were held or sold at once.
    pub peak: u32,
}
