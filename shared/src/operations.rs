//! What operators do to keep the system: projections and their rebuilding, dead letters, and the proof of the log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Timestamp, text::Reason};

/// `GET /api/projections`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projections {
    pub projections: Vec<Projection>,
    /// How far behind the log they were last; none before anything was projected.
    pub lag: Option<Lag>,
    pub as_of: Timestamp,
}

/// How far behind the log the views were when the projector was done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// How many commits there were in it.
    pub commits: u32,
    /// From the first of them to then, in milliseconds.
    pub millis: i64,
    /// When that was.
    pub at: Timestamp,
}

/// A view and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Such as `orders`.
    pub view: String,
    /// What it shows, in a few words.
    pub about: String,
    /// The generation that queries read.
    pub generation: u32,
    /// Streams that stand still for it.
    pub parked: u32,
    /// The rebuild that is under way, or the last one.
    pub rebuild: Option<Rebuild>,
}

/// `POST /api/projections/{view}/rebuild`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StartRebuild {
    /// Whether both generations are compared, row by row, before queries read the new one.
    pub compare: bool,
}

/// A view being filled again beside the one that is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rebuild {
    /// The generation that it fills.
    pub generation: u32,
    pub phase: RebuildPhase,
    /// Events folded so far.
    pub done: u64,
    /// About how many there are.
    pub total: u64,
    pub per_second: f64,
    /// About how long it takes still; none while that is not known, or when it is over.
    pub seconds_left: Option<u64>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Where a comparison was asked for, what it found.
    pub comparison: Option<Comparison>,
}

/// Where a rebuild stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildPhase {
    /// The new generation is being filled from the log.
    Filling,
    Comparing,
    /// Queries read the new generation; the old one is being dropped.
    Dropping,
    Done,
}

/// Two generations of a view, held against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub equal: u64,
    /// Rows that one generation has further than the other: bookings went on meanwhile.
    pub ahead: u64,
    /// Rows that say something else at the same version.
    pub different: u64,
    pub only_old: u64,
    pub only_new: u64,
}

/// `GET /api/dead-letters`: streams that stand still for a view, the longest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetters {
    pub letters: Vec<DeadLetter>,
}

/// A commit that a view could not take. It and what follows on its stream wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub stream: String,
    pub view: String,
    /// The version of the first event of the commit.
    pub version: u64,
    pub cause: String,
    /// When that was last tried.
    pub at: Timestamp,
    /// The commit's entries as they are stored; null where there is no such commit.
    pub payload: Value,
    /// How many commits of the stream wait behind it.
    pub waiting: u64,
}

/// `POST /api/dead-letters/{view}/{stream}/skip`: the view goes on without this commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipDeadLetter {
    /// The commit that is meant: the version in the letter.
    pub version: u64,
    /// Why that is right. It is kept.
    pub reason: Reason,
}

/// What became of a dead letter: the answer to a replay and to a skip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterOutcome {
    /// Whether the stream goes on for the view.
    pub resolved: bool,
    /// Where it stands still again, and why; none where it goes on.
    pub stopped_at: Option<u64>,
    pub cause: Option<String>,
}

/// `GET /api/verification`: the proof of the log that is under way, or the last one; `null` before the first. `POST` begins
/// one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Commits looked at so far.
    pub done: u64,
    /// About how many there are.
    pub total: u64,
    pub streams: u64,
    /// The first commit of each log that does not fit, as a sentence; empty in a sound log.
    pub misfits: Vec<String>,
}
