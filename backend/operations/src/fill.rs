//! Filling a generation from the log: every commit is read once, page after page, and folded with what is around it.

use std::time::Duration;

use event_store::{Fault, Hints, LogPage, Position};
use projector::{Context, Failure};
use read_model::{Generation, ViewName, Written};
use tokio::{task::JoinSet, time::Instant};

use crate::{Operations, WorkError, Worked, rebuild::Step};

/// How many streams are folded at once.
const AT_ONCE: usize = 16;
/// How often it is saved how far it is: what is done after that is done once more by whoever goes on after a kill.
const SAVED_EVERY: Duration = Duration::from_secs(1);

impl Operations {
    /// Go on filling the new generation.
    pub(crate) async fn fill(&self, step: &mut Step<'_, '_>) -> Result<Worked, WorkError> {
        let place = (step.view, Generation(step.rebuilding.generation));
        let mut saved = Instant::now();
        let position = step.rebuilding.position.clone();
        let mut page = self
            .page(step.rebuilding.context, position.as_ref())
            .await?;
        loop {
            let next = following(step.view, step.rebuilding.context, page.next.take());
            // The next page is read while this one is folded.
            let (folded, upcoming) = tokio::join!(self.fold(place, page.streams), async {
                match &next {
                    Some((context, after)) => self.page(*context, after.as_ref()).await.map(Some),
                    None => Ok(None),
                }
            });
            folded?;
            let upcoming = upcoming?;
            step.rebuilding.commits += page.commits;
            step.rebuilding.events += page.events;
            let is_time_over = Instant::now() >= step.until;
            let (Some((context, position)), Some(following)) = (next, upcoming) else {
                step.rebuilding.worked_millis += saved.elapsed().as_millis() as u64;
                return Ok(Worked::Done);
            };
            (step.rebuilding.context, step.rebuilding.position) = (context, position);
            page = following;
            if is_time_over || saved.elapsed() >= SAVED_EVERY {
                step.rebuilding.worked_millis += saved.elapsed().as_millis() as u64;
                saved = Instant::now();
                if step.save().await? == Written::Lost {
                    return Ok(Worked::Elsewhere);
                }
            }
            if is_time_over {
                return Ok(Worked::GoOn);
            }
        }
    }

    async fn page(&self, context: Context, after: Option<&Position>) -> Result<LogPage, Fault> {
        match context {
            Context::Booking => self.projector.booking().page(after).await,
            Context::Accounts => self.projector.accounts().page(after).await,
        }
    }

    /// Fold a page's commits, some streams at once.
    async fn fold(
        &self,
        place: (ViewName, Generation),
        streams: Vec<(String, Hints)>,
    ) -> Result<(), WorkError> {
        let mut running = JoinSet::new();
        let mut streams = streams.into_iter();
        loop {
            let next = streams.next();
            let is_last = next.is_none();
            if let Some((stream, hints)) = next {
                let projector = self.projector.clone();
                running.spawn(async move { projector.fill(place, &stream, &hints).await });
            }
            while running.len() >= AT_ONCE || (is_last && !running.is_empty()) {
                match running.join_next().await.transpose()? {
                    Some(Err(transient @ Failure::Transient(_))) => return Err(transient.into()),
                    // A stream that cannot go on stands still in the new generation, as its letter says.
                    Some(Ok(()) | Err(Failure::Parked(_))) | None => {}
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

/// Where the walk over the view's logs goes on after a page; none at the end of the last one.
fn following(
    view: ViewName,
    context: Context,
    next: Option<Position>,
) -> Option<(Context, Option<Position>)> {
    if next.is_some() {
        return Some((context, next));
    }
    let mut contexts = Context::feeding(view)
        .iter()
        .skip_while(|fed| **fed != context);
    contexts.nth(1).map(|context| (*context, None))
}
