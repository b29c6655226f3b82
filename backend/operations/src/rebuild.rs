//! Rebuilding a view while the system runs: a new generation is filled from the log beside the one that is read, and takes
//! its place with one write.
//!
//! Why no commit is missed: the projector asks which generations there are once it has a batch, whose commits were appended
//! before that, and goes by the answer for no more than [`KEPT`](read_model::KEPT). The walk over the log begins later than that
//! after the new generation was announced. So a batch that is not projected into it was appended before the walk began.
//!
//! Why no query meets a view that is not whole: the new one is read only once it has all that the log had, and the
//! projector keeps both as they should be until nobody reads the old one any longer.

use std::time::Duration;

use plenary_http::now;
use projector::Context;
use read_model::{Current, Generation, KEPT, RowPosition, ViewName, Work, Written};
use serde::{Deserialize, Serialize};
use shared::{
    CommandId, Timestamp,
    operations::{Comparison, Rebuild, RebuildPhase, StartRebuild},
};
use tokio::time::{Instant, sleep};

use crate::{
    Operations, WorkError, Worked,
    turn::{LongWork, Taken, Turn},
};

/// How long until everybody goes by which generations there are now.
const SETTLED: Duration = KEPT.saturating_mul(2);

/// A rebuild, and how far it is. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilding {
    /// The generation that it fills.
    pub(crate) generation: u32,
    phase: Phase,
    /// The request that asked for it: sent twice, it asks once.
    asked: CommandId,
    compare: bool,
    pub(crate) context: Context,
    /// The commit up to which the log was walked.
    pub(crate) position: Option<event_store::Position>,
    pub(crate) commits: u64,
    pub(crate) events: u64,
    /// About how many commits there were when it began.
    pub(crate) commits_in_all: u64,
    /// How long it was at it.
    pub(crate) worked_millis: u64,
    /// The table, of those of the view, and the row up to which rows were compared or dropped.
    pub(crate) table: usize,
    pub(crate) row: Option<RowPosition>,
    pub(crate) comparison: Option<Comparison>,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    taken_until: Timestamp,
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    /// The new generation is announced, and somebody may not know yet.
    Announced,
    Filling,
    Comparing,
    /// The new one is read, and somebody may read the old one yet.
    Moved,
    /// Nobody reads the old one, and somebody may write it yet.
    Left,
    Dropping,
    Done,
}

impl LongWork for Rebuilding {
    fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    fn taken_until(&mut self) -> &mut Timestamp {
        &mut self.taken_until
    }
}

impl Rebuilding {
    /// As an operator sees it.
    pub fn seen(&self) -> Rebuild {
        let is_filling = matches!(self.phase, Phase::Announced | Phase::Filling);
        // Of commits an estimate is known, and of events only how many there were in those that are done.
        let total = match (is_filling, self.commits) {
            (false, _) => self.events,
            (true, 0) => self.commits_in_all,
            (true, commits) => {
                let share = self.commits_in_all as f64 / commits as f64;
                (self.events as f64 * share.max(1.0)) as u64
            }
        };
        let per_second = match self.worked_millis {
            0 => 0.0,
            millis => self.events as f64 * 1000.0 / millis as f64,
        };
        let left = total.saturating_sub(self.events) as f64 / per_second;
        Rebuild {
            generation: self.generation,
            phase: match self.phase {
                Phase::Announced | Phase::Filling => RebuildPhase::Filling,
                Phase::Comparing => RebuildPhase::Comparing,
                Phase::Moved | Phase::Left | Phase::Dropping => RebuildPhase::Dropping,
                Phase::Done => RebuildPhase::Done,
            },
            done: self.events,
            total,
            per_second,
            seconds_left: (is_filling && per_second > 0.0).then_some(left.ceil() as u64),
            started_at: self.started_at,
            ended_at: self.ended_at,
            comparison: self.comparison,
        }
    }

    /// Its walk over rows begins again at the first.
    fn begin_with_the_first_row(&mut self) {
        (self.table, self.row) = (0, None);
    }
}

impl Operations {
    /// Ask for a view to be rebuilt. Where that is under way already, or was asked for by the same request, nothing more
    /// happens.
    ///
    /// # Errors
    /// The database did not do its part.
    pub async fn ask_for_rebuild(
        &self,
        view: ViewName,
        asked: CommandId,
        StartRebuild { compare }: StartRebuild,
    ) -> Result<(Current, Rebuilding), WorkError> {
        loop {
            let (mut work, before) = self.rebuilding(view).await?;
            if let Some(before) = before
                && (!before.is_done() || before.asked == asked)
            {
                return Ok((work.current, before));
            }
            let mut commits_in_all = 0;
            for context in Context::feeding(view) {
                commits_in_all += match context {
                    Context::Booking => self.projector.booking().about_how_many().await?,
                    Context::Accounts => self.projector.accounts().about_how_many().await?,
                };
            }
            let new = work.current.serving.next();
            work.current.filling = Some(new);
            let rebuilding = Rebuilding {
                generation: new.0,
                phase: Phase::Announced,
                asked,
                compare,
                context: Context::feeding(view)[0],
                position: None,
                commits: 0,
                events: 0,
                commits_in_all,
                worked_millis: 0,
                table: 0,
                row: None,
                comparison: None,
                started_at: now(),
                ended_at: None,
                taken_until: Timestamp::default(),
            };
            let saved = self.projector.generations();
            let saved = saved.save(view.text(), &mut work, &rebuilding).await?;
            if saved == Written::Done {
                return Ok((work.current, rebuilding));
            }
            // Somebody else asked just then.
        }
    }

    /// The rebuild of a view that is under way, or its last one.
    pub(crate) async fn rebuilding(
        &self,
        view: ViewName,
    ) -> Result<(Work, Option<Rebuilding>), WorkError> {
        Ok(self.projector.generations().work(view.text()).await?)
    }

    /// Go on with a view's rebuild until then, if one was asked for; and tell now and then how far it is.
    ///
    /// # Errors
    /// It could not go on. What was saved is kept, and the next turn goes on from there.
    pub async fn rebuild(
        &self,
        view: ViewName,
        until: Instant,
        mut tell: impl FnMut(&Rebuild) + Send,
    ) -> Result<Worked, WorkError> {
        let (mut turn, mut rebuilding) =
            match Turn::take(self.projector.generations(), view.text()).await? {
                Taken::Turn(turn, rebuilding) => (turn, rebuilding),
                Taken::Nothing => return Ok(Worked::Done),
                Taken::Elsewhere => return Ok(Worked::Elsewhere),
            };
        let mut step = Step {
            view,
            until,
            turn: &mut turn,
            rebuilding: &mut rebuilding,
            tell: &mut tell,
        };
        let worked = self.go_on(&mut step).await;
        if !matches!(worked, Ok(Worked::Elsewhere)) {
            // Where this is lost, somebody else has it already.
            let _ = turn.hand_over(&mut rebuilding).await?;
        }
        worked
    }

    async fn go_on(&self, step: &mut Step<'_, '_>) -> Result<Worked, WorkError> {
        while !step.rebuilding.is_done() {
            let worked = match step.rebuilding.phase {
                Phase::Announced | Phase::Moved | Phase::Left => settle().await,
                Phase::Filling => self.fill(step).await?,
                Phase::Comparing => self.compare(step).await?,
                Phase::Dropping => self.drop_older(step).await?,
                Phase::Done => Worked::Done,
            };
            if worked != Worked::Done {
                return Ok(worked);
            }
            step.next_phase();
            if step.save().await? == Written::Lost {
                return Ok(Worked::Elsewhere);
            }
        }
        Ok(Worked::Done)
    }
}

/// A turn at one step of a rebuild.
pub(crate) struct Step<'a, 't> {
    pub(crate) view: ViewName,
    pub(crate) until: Instant,
    turn: &'a mut Turn<'t>,
    pub(crate) rebuilding: &'a mut Rebuilding,
    tell: &'a mut (dyn FnMut(&Rebuild) + Send),
}

impl Step<'_, '_> {
    /// The generations there are.
    pub(crate) fn current(&self) -> Current {
        self.turn.work.current
    }

    /// Save how far it is, and tell.
    pub(crate) async fn save(&mut self) -> Result<Written, WorkError> {
        (self.tell)(&self.rebuilding.seen());
        self.turn.save(self.rebuilding).await
    }

    /// One thing is done: what is next. Which generation is read changes here, with the next save and nowhere else.
    fn next_phase(&mut self) {
        let (current, rebuilding) = (&mut self.turn.work.current, &mut *self.rebuilding);
        let new = Generation(rebuilding.generation);
        rebuilding.begin_with_the_first_row();
        rebuilding.phase = match rebuilding.phase {
            Phase::Announced => Phase::Filling,
            Phase::Filling if rebuilding.compare => Phase::Comparing,
            Phase::Filling | Phase::Comparing => {
                current.filling = Some(current.serving);
                current.serving = new;
                Phase::Moved
            }
            Phase::Moved => {
                current.filling = None;
                Phase::Left
            }
            Phase::Left => Phase::Dropping,
            Phase::Dropping | Phase::Done => {
                rebuilding.ended_at = Some(now());
                Phase::Done
            }
        };
    }
}

/// Wait until everybody goes by which generations there are now.
async fn settle() -> Worked {
    sleep(SETTLED).await;
    Worked::Done
}
