//! The road of every command: gather, decide, append; begin again where somebody else was faster.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{Actor, BoundedContext, Changes, Context, States};
use shared::{CommandId, StreamVersion, Timestamp, history::Reads};
use uuid::Uuid;

use crate::{
    Commit, EventStore, Fault, Fingerprint, Moment, append::Appended, folded::Folded, load::LOOK,
    turns::Held,
};

/// How often a command is decided anew after losing a race, before its sender is asked to wait.
pub const ATTEMPTS: u32 = 12;
/// The longest first pause between attempts; doubled with each, full jitter below it.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause of all.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// A command's surroundings, as they will stand in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<R> {
    /// Its id, its actor, its time.
    pub context: Context<R>,
    /// What it said.
    pub fingerprint: Fingerprint,
    /// The command that began it all.
    pub correlation_id: Uuid,
    /// The event that it follows from; none where a person sent it.
    pub causation_id: Option<Uuid>,
}

impl<R> Envelope<R> {
    /// The surroundings of a command that follows from an event: sent by a process of the system, under an id that
    /// follows from the event's. That id says it all, so it is its own fingerprint.
    pub fn follow_up(
        process: &str,
        command_id: CommandId,
        (correlation_id, causation_id): (Uuid, Option<Uuid>),
        at: Timestamp,
        rules: R,
    ) -> Self {
        Self {
            context: Context {
                command_id,
                actor: Actor::process(process),
                at,
                rules,
            },
            fingerprint: Fingerprint(*command_id.0.as_bytes()),
            correlation_id,
            causation_id,
        }
    }
}

/// An accepted command.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<C: BoundedContext> {
    /// The state of the command's home stream right after it. The same however often the command is sent.
    pub home: C::State,
    /// The streams it wrote, with the version of its last event on each; empty where there was nothing to change.
    pub wrote: Vec<StreamVersion>,
    /// Whether it was accepted before, and this is the first answer again.
    pub again: bool,
    /// How often another command was faster and it was decided anew.
    pub conflicts: u32,
}

/// Why a command was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R> {
    /// The domain says no. Nothing was written.
    #[error(transparent)]
    Rejected(R),
    /// The id was used for another command. Nothing was written.
    #[error("the command's id was used for another command")]
    KeyReused,
    /// Too many commands for the same streams. Nothing was written; the same may be sent again.
    #[error("lost every race")]
    Busy,
    /// The world broke. It may have been written; sending the same again finds out and is safe.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The states that one attempt decides on.
struct Gathered<C: BoundedContext> {
    states: BTreeMap<C::Stream, Arc<Folded<C>>>,
    /// Whether each of them was read in this attempt; a kept one may be behind.
    is_fresh: bool,
}

impl<C: BoundedContext> EventStore<C> {
    /// Decide a command and append what it decides, once, however often it is sent.
    ///
    /// A decision that writes is made on kept states without a read: if the write succeeds, they were current. One that
    /// writes nothing (a rejection, or nothing to change) is only answered after reading what is newer.
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub async fn execute(
        &self,
        command: &C::Command,
        envelope: &Envelope<C::Rules>,
    ) -> Result<Outcome<C>, ExecuteError<C::Rejection>> {
        let mut turns = Held::default();
        let mut read_newer = false;
        let mut attempt = 0;
        while attempt < ATTEMPTS {
            let gathered = self.gather(command, read_newer).await?;
            if !turns.covers(gathered.states.keys()) {
                // Let go before waiting, or two could wait for each other; then look again at what others wrote.
                drop(turns);
                turns = self.turns.take(gathered.states.keys()).await;
                continue;
            }
            match seen(&gathered, command, envelope) {
                Some(Ok(())) => return self.first_answer(command, envelope).await,
                Some(Err(error)) if gathered.is_fresh => return Err(error),
                Some(Err(_)) => {
                    read_newer = true;
                    continue;
                }
                None => {}
            }
            let decided = C::decide(command, &states(&gathered), &envelope.context);
            let changes = match decided {
                Err(_) if !gathered.is_fresh => {
                    read_newer = true;
                    continue;
                }
                Err(rejection) => return Err(ExecuteError::Rejected(rejection)),
                Ok(changes) if changes.is_empty() && !gathered.is_fresh => {
                    read_newer = true;
                    continue;
                }
                Ok(changes) if changes.is_empty() => {
                    let home = home_state(&gathered, command);
                    return Ok(Outcome {
                        home,
                        wrote: Vec::new(),
                        again: false,
                        conflicts: attempt,
                    });
                }
                Ok(changes) => changes,
            };
            let home = after(home_state(&gathered, command), &C::home(command), &changes);
            let appended = self.append(envelope, changes, &gathered.states).await?;
            // From here on nobody looks at the gathered states, so the kept ones can be folded in place.
            drop(gathered);
            match appended {
                Appended::Done(ours, wrote) => {
                    for commit in &ours {
                        self.kept.fold(commit);
                    }
                    return Ok(Outcome {
                        home,
                        wrote,
                        again: false,
                        conflicts: attempt,
                    });
                }
                Appended::Conflict(theirs) => {
                    // What came back with the refusal is folded at once. If it is our own write, whose first answer
                    // was lost, the next look finds the command there and answers again.
                    for commit in &theirs {
                        self.kept.fold(commit);
                    }
                    read_newer = true;
                    attempt += 1;
                    tokio::time::sleep(pause(attempt)).await;
                }
            }
        }
        Err(ExecuteError::Busy)
    }

    async fn gather(&self, command: &C::Command, read_newer: bool) -> Result<Gathered<C>, Fault> {
        let mut gathered = Gathered {
            states: BTreeMap::new(),
            is_fresh: true,
        };
        loop {
            let needed = C::streams(command, &states(&gathered));
            let mut missing = needed
                .into_iter()
                .filter(|stream| !gathered.states.contains_key(stream))
                .peekable();
            if missing.peek().is_none() {
                return Ok(gathered);
            }
            for stream in missing.collect::<Vec<_>>() {
                let folded = match self.kept.get(&stream) {
                    Some(kept) if !read_newer => {
                        gathered.is_fresh = false;
                        kept
                    }
                    _ => self.read(&stream).await?,
                };
                gathered.states.insert(stream, folded);
            }
        }
    }

    /// The answer of the first time: worked out from the home stream as it was right after the command.
    async fn first_answer(
        &self,
        command: &C::Command,
        envelope: &Envelope<C::Rules>,
    ) -> Result<Outcome<C>, ExecuteError<C::Rejection>> {
        let stream = C::home(command);
        let found = self.entry(&stream, envelope.context.command_id).await?;
        let Some((version, wrote)) = found else {
            let what = "a remembered command is not in its stream";
            return Err(Fault::malformed("Query", what).into());
        };
        let reads = &mut Reads::default();
        let then = self.then(&stream, Moment::Version(version), reads).await?;
        Ok(Outcome {
            home: Arc::unwrap_or_clone(then.state),
            wrote,
            again: true,
            conflicts: 0,
        })
    }

    /// The version of the last event that a command put on a stream, and everything that it wrote. The latest commands are
    /// looked at first: only so many are remembered, so it is not far.
    async fn entry(
        &self,
        stream: &C::Stream,
        id: CommandId,
    ) -> Result<Option<(u64, Vec<StreamVersion>)>, Fault> {
        let mut to = u64::MAX;
        loop {
            let reads = &mut Reads::default();
            let page = self.newest_first(stream, (1, to), LOOK, reads).await?;
            for item in page.items() {
                let commit = Commit::<C>::from_item(item)?;
                let mut version = commit.version - 1;
                to = version;
                for entry in commit.entries {
                    version += entry.events.len() as u64;
                    if entry.command_id == id {
                        return Ok(Some((version, entry.wrote)));
                    }
                }
            }
            if page.last_evaluated_key.is_none() {
                return Ok(None);
            }
        }
    }
}

/// Whether a stream has seen the command: then its first answer is due, or its id was used for another command.
fn seen<C: BoundedContext>(
    gathered: &Gathered<C>,
    command: &C::Command,
    envelope: &Envelope<C::Rules>,
) -> Option<Result<(), ExecuteError<C::Rejection>>> {
    let id = envelope.context.command_id;
    if !gathered
        .states
        .values()
        .any(|folded| folded.remembered(id).is_some())
    {
        return None;
    }
    let home = gathered
        .states
        .get(&C::home(command))
        .and_then(|folded| folded.remembered(id));
    let is_same = home.is_some_and(|home| home.fingerprint == envelope.fingerprint);
    Some(if is_same {
        Ok(())
    } else {
        Err(ExecuteError::KeyReused)
    })
}

fn states<C: BoundedContext>(gathered: &Gathered<C>) -> States<C> {
    let mut states = States::default();
    for (stream, folded) in &gathered.states {
        states.insert(stream.clone(), folded.state.clone());
    }
    states
}

fn home_state<C: BoundedContext>(gathered: &Gathered<C>, command: &C::Command) -> C::State {
    let home = C::home(command);
    gathered
        .states
        .get(&home)
        .map_or_else(|| C::initial(&home), |folded| (*folded.state).clone())
}

fn after<C: BoundedContext>(
    mut state: C::State,
    stream: &C::Stream,
    changes: &Changes<C>,
) -> C::State {
    for event in changes.0.get(stream).into_iter().flatten() {
        C::evolve(&mut state, event);
    }
    state
}

/// Full jitter: anything up to a bound that doubles with each attempt.
fn pause(attempt: u32) -> Duration {
    let bound = FIRST_PAUSE
        .saturating_mul(1 << attempt.min(10))
        .min(LONGEST_PAUSE);
    bound.mul_f64(fastrand::f64())
}
