//! Lambda: running the system: rebuilding views, dead letters, the proof of the logs.
//!
//! What takes longer than a request is only written down by the request. A schedule works on it, some seconds at a time, and
//! each time goes on where the item says: whatever is killed on the way, the next one goes on, and two at once do no harm.
//!
//! | module | holds |
//! |---|---|
//! | `projections` | the views and how they stand |
//! | `rebuild` | a new generation of a view beside the one that is read, step by step until it is in its place |
//! | `fill`, `compare` | its two long steps: folding the log, and holding both generations against each other |
//! | `dead_letters` | streams that stand still: replayed, or going on without a commit |
//! | `verification` | the proof of both logs |
//! | `turn` | whose turn the work is |

mod compare;
mod dead_letters;
mod fill;
mod projections;
mod rebuild;
mod turn;
mod verification;

use std::time::Duration;

use plenary_http::{Request, Response, fault, not_found, respond, route};
use projector::{Failure, Projector};
use read_model::ViewName;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    Problem,
    endpoint::{Function, Name},
};
use tokio::{task::JoinSet, time::Instant};

pub use rebuild::Rebuilding;

/// The operations function. Cheap to clone.
#[derive(Clone)]
pub struct Operations {
    projector: Projector,
}

/// What the schedule asks for: `{"schedule": "operations"}`.
#[derive(Deserialize)]
#[serde(tag = "schedule", rename_all = "kebab-case")]
enum Scheduled {
    Operations,
}

/// Why work does not go on for now. It goes on at the next turn, from where it was.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error("it is not the schedule's event: {0}")]
    Event(#[from] serde_json::Error),
    #[error(transparent)]
    Views(#[from] read_model::Error),
    #[error(transparent)]
    Log(#[from] event_store::Fault),
    #[error(transparent)]
    Commits(#[from] event_store::ReadError),
    #[error(transparent)]
    Projection(#[from] Failure),
    /// A task of it panicked.
    #[error("a part of it broke off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
}

/// What became of some work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// There was nothing to do, or nothing is left.
    Done,
    /// There is more.
    GoOn,
    /// Somebody else is at it.
    Elsewhere,
}

/// Why an operator gets no answer.
pub(crate) enum Refusal {
    Problem(Problem),
    Fault(WorkError),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<WorkError> for Refusal {
    fn from(error: WorkError) -> Self {
        Self::Fault(error)
    }
}

impl Operations {
    /// With this projector's logs and views.
    pub fn new(projector: Projector) -> Self {
        Self { projector }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        match self.answer(&request).await {
            Ok(answer) => answer,
            Err(Refusal::Problem(problem)) => respond::problem(&problem),
            Err(Refusal::Fault(error)) => respond::problem(&fault(&request, &error)),
        }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        let call = route(Function::Operations, request)?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the endpoints of other functions do not lead here"
        )]
        match call.name {
            Name::Projections => self.projections().await,
            Name::StartRebuild => self.start_rebuild(request, &call).await,
            Name::DeadLetters => self.dead_letters().await,
            Name::ReplayDeadLetter => self.replay_dead_letter(&call).await,
            Name::SkipDeadLetter => self.skip_dead_letter(request, &call).await,
            Name::Verification => self.verification().await,
            Name::StartVerification => self.start_verification().await,
            _ => Err(not_found().into()),
        }
    }

    /// Answer one call of the schedule: work for so long, if there is anything to do.
    ///
    /// # Errors
    /// The event is not the schedule's, or the work could not go on.
    pub async fn call(&self, event: Value, time: Duration) -> Result<Value, WorkError> {
        let Scheduled::Operations = serde_json::from_value(event)?;
        let worked = self.work(Instant::now() + time).await?;
        Ok(json!({ "more": worked == Worked::GoOn }))
    }

    /// Work on whatever was asked for until then.
    async fn work(&self, until: Instant) -> Result<Worked, WorkError> {
        let mut rebuilds = JoinSet::new();
        for view in ViewName::ALL {
            let operations = self.clone();
            rebuilds.spawn(async move { operations.rebuild(view, until, |_| {}).await });
        }
        let mut left = Worked::Done;
        // One that fails keeps no other back.
        let mut failed = None;
        while let Some(rebuilt) = rebuilds.join_next().await {
            match rebuilt? {
                Ok(Worked::GoOn) => left = Worked::GoOn,
                Ok(Worked::Done | Worked::Elsewhere) => {}
                Err(error) => failed = Some(error),
            }
        }
        if self.verify(until).await? == Worked::GoOn {
            left = Worked::GoOn;
        }
        failed.map_or(Ok(left), Err)
    }
}
