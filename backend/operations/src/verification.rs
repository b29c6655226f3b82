//! The proof of both logs: every commit held against the one before it, a turn at a time, while the system runs.
//!
//! That nothing is cut off at the end only heads can say that were signed before: `cargo run -- verify` checks those.

use std::time::Duration;

use domain::BoundedContext;
use event_store::{EventStore, Position};
use lambda_http::http::StatusCode;
use plenary_http::{Response, now, respond};
use projector::Context;
use read_model::Written;
use serde::{Deserialize, Serialize};
use shared::{Timestamp, answers::Accepted, operations::Verification};
use tokio::time::Instant;

use crate::{
    Operations, Refusal, WorkError, Worked,
    turn::{LongWork, Taken, Turn},
};

/// The work's name, where a view's is that of the view.
const NAME: &str = "verification";
/// How often it is saved how far it is.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// A proof, and how far it is. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Verifying {
    context: Context,
    /// The commit up to which the log was looked at, and its stream.
    position: Option<Position>,
    stream: String,
    commits: u64,
    commits_in_all: u64,
    streams: u64,
    misfits: Vec<String>,
    /// Whether a commit of this log was found that does not fit: what follows on one often does not fit either.
    is_unsound: bool,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    taken_until: Timestamp,
}

impl LongWork for Verifying {
    fn is_done(&self) -> bool {
        self.ended_at.is_some()
    }

    fn taken_until(&mut self) -> &mut Timestamp {
        &mut self.taken_until
    }
}

impl Verifying {
    fn seen(&self) -> Verification {
        Verification {
            started_at: self.started_at,
            ended_at: self.ended_at,
            done: self.commits,
            total: match self.ended_at {
                Some(_) => self.commits,
                None => self.commits_in_all.max(self.commits),
            },
            streams: self.streams,
            misfits: self.misfits.clone(),
        }
    }
}

impl Operations {
    /// `GET /api/verification`.
    pub(crate) async fn verification(&self) -> Result<Response, Refusal> {
        let work = self.projector.generations().work::<Verifying>(NAME).await;
        let (_, verifying) = work.map_err(WorkError::from)?;
        let seen = verifying.as_ref().map(Verifying::seen);
        Ok(respond::json(StatusCode::OK, &seen))
    }

    /// `POST /api/verification`: begins one, unless one is under way.
    pub(crate) async fn start_verification(&self) -> Result<Response, Refusal> {
        let verifying = self.ask_for_verification().await?;
        let answer = Accepted {
            answer: verifying.seen(),
            wrote: Vec::new(),
        };
        Ok(respond::json(StatusCode::ACCEPTED, &answer))
    }

    async fn ask_for_verification(&self) -> Result<Verifying, WorkError> {
        let (booking, accounts) = (self.projector.booking(), self.projector.accounts());
        loop {
            let generations = self.projector.generations();
            let (mut work, before) = generations.work::<Verifying>(NAME).await?;
            if let Some(before) = before.filter(|before| !before.is_done()) {
                return Ok(before);
            }
            let verifying = Verifying {
                context: Context::Booking,
                position: None,
                stream: String::new(),
                commits: 0,
                commits_in_all: booking.about_how_many().await? + accounts.about_how_many().await?,
                streams: 0,
                misfits: Vec::new(),
                is_unsound: false,
                started_at: now(),
                ended_at: None,
                taken_until: Timestamp::default(),
            };
            let saved = generations.save(NAME, &mut work, &verifying).await?;
            if saved == Written::Done {
                return Ok(verifying);
            }
            // Somebody else asked just then.
        }
    }

    /// Go on with the proof until then, if one was asked for.
    pub(crate) async fn verify(&self, until: Instant) -> Result<Worked, WorkError> {
        let (mut turn, mut verifying) =
            match Turn::take::<Verifying>(self.projector.generations(), NAME).await? {
                Taken::Turn(turn, verifying) => (turn, verifying),
                Taken::Nothing => return Ok(Worked::Done),
                Taken::Elsewhere => return Ok(Worked::Elsewhere),
            };
        let mut worked = Worked::Done;
        if verifying.context == Context::Booking {
            worked = judge(self.projector.booking(), until, &mut turn, &mut verifying).await?;
            if worked == Worked::Done {
                (verifying.context, verifying.position) = (Context::Accounts, None);
                verifying.is_unsound = false;
            }
        }
        if worked == Worked::Done {
            worked = judge(self.projector.accounts(), until, &mut turn, &mut verifying).await?;
        }
        if worked == Worked::Done {
            verifying.ended_at = Some(now());
        }
        if worked != Worked::Elsewhere {
            // Where this is lost, somebody else has it already.
            let _ = turn.hand_over(&mut verifying).await?;
        }
        Ok(worked)
    }
}

/// Go on judging a log.
async fn judge<C: BoundedContext>(
    store: &EventStore<C>,
    until: Instant,
    turn: &mut Turn<'_>,
    verifying: &mut Verifying,
) -> Result<Worked, WorkError> {
    let mut log = store.verify_after(verifying.position.as_ref());
    let mut saved = Instant::now();
    while let Some(judged) = log.next().await? {
        verifying.commits += 1;
        let stream = match judged {
            Ok(head) => head.stream,
            Err(misfit) => {
                if !verifying.is_unsound {
                    verifying.misfits.push(misfit.to_string());
                    verifying.is_unsound = true;
                }
                misfit.stream
            }
        };
        if verifying.stream != stream {
            verifying.streams += 1;
            verifying.stream = stream;
        }
        let is_time_over = Instant::now() >= until;
        if is_time_over || saved.elapsed() >= SAVED_EVERY {
            verifying.position = log.position().cloned();
            saved = Instant::now();
            if turn.save(verifying).await? == Written::Lost {
                return Ok(Worked::Elsewhere);
            }
        }
        if is_time_over {
            return Ok(Worked::GoOn);
        }
    }
    Ok(Worked::Done)
}
