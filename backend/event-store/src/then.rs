//! Looking back: a stream as it was at any version or moment, with a bounded number of reads however long it is.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::BoundedContext;
use serde::{Deserialize, de::IgnoredAny};
use shared::{Timestamp, history::Reads};

use crate::{Commit, DecodeError, EventStore, Fault, StoredCommit, folded::Folded};

/// A point in a stream's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After the event of this version, or the last one before it.
    Version(u64),
    /// After everything that happened up to this time.
    At(Timestamp),
}

/// A stream as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Then<C: BoundedContext> {
    pub state: Arc<C::State>,
    /// The version of its last event then; zero before it began.
    pub version: u64,
    /// When that event happened.
    pub at: Option<Timestamp>,
}

impl<C: BoundedContext> EventStore<C> {
    /// A stream as it was. The time of a moment is found by halving, for a stream's times never go back; from there the
    /// log is read down to the nearest state.
    ///
    /// # Errors
    /// The database refused or did not answer, or a commit cannot be read.
    pub async fn then(
        &self,
        stream: &C::Stream,
        moment: Moment,
        reads: &mut Reads,
    ) -> Result<Then<C>, Fault> {
        let version = self.version_at_moment(stream, moment, reads).await?;
        let nothing = Arc::new(Folded::nothing_yet(stream));
        let folded = self.fold_up_to(stream, nothing, version, reads).await?;
        Ok(Then::of(&folded))
    }

    /// A stream as it is now.
    ///
    /// # Errors
    /// As [`Self::then`].
    pub async fn now(&self, stream: &C::Stream, reads: &mut Reads) -> Result<Then<C>, Fault> {
        Ok(Then::of(&*self.read_counted(stream, reads).await?))
    }

    /// The commit that begins a stream; none where nothing has happened yet.
    ///
    /// # Errors
    /// As [`Self::then`].
    pub async fn beginning(
        &self,
        stream: &C::Stream,
        reads: &mut Reads,
    ) -> Result<Option<Commit<C>>, Fault> {
        let page = self.newest_first(stream, (1, 1), 1, reads).await?;
        let first = page.items().first().map(Commit::from_item);
        Ok(first.transpose()?)
    }

    /// The last commits that begin up to a moment, the latest first: at most so many. And whether they are all that do.
    ///
    /// # Errors
    /// As [`Self::then`].
    pub async fn latest(
        &self,
        stream: &C::Stream,
        moment: Moment,
        limit: u16,
        reads: &mut Reads,
    ) -> Result<(Vec<Commit<C>>, bool), Fault> {
        let version = self.version_at_moment(stream, moment, reads).await?;
        let page = self.newest_first(stream, (1, version), limit.into(), reads);
        let page = page.await?;
        let commits = page.items().iter().map(Commit::from_item);
        let is_all = page.last_evaluated_key.is_none();
        Ok((commits.collect::<Result<_, _>>()?, is_all))
    }

    async fn version_at_moment(
        &self,
        stream: &C::Stream,
        moment: Moment,
        reads: &mut Reads,
    ) -> Result<u64, Fault> {
        match moment {
            Moment::Version(version) => Ok(version),
            Moment::At(at) => self.version_at(stream, at, reads).await,
        }
    }

    /// The version of the last event that happened up to this time; zero where there is none.
    async fn version_at(
        &self,
        stream: &C::Stream,
        at: Timestamp,
        reads: &mut Reads,
    ) -> Result<u64, Fault> {
        // Commits that begin up to `floor` are judged, and those from `ceiling` on came later.
        let (mut found, mut floor, mut ceiling) = (0, 0, u64::MAX);
        let mut looked_at = ceiling;
        while let Some(times) = self.times_up_to(stream, looked_at, reads).await? {
            match times.last_by(at) {
                Some(version) => {
                    found = found.max(version);
                    floor = version.max(looked_at);
                }
                None => ceiling = times.version,
            }
            if floor.saturating_add(1) >= ceiling {
                break;
            }
            looked_at = floor.midpoint(ceiling);
        }
        Ok(found)
    }

    /// The times of the last commit whose first event has at most this version.
    async fn times_up_to(
        &self,
        stream: &C::Stream,
        version: u64,
        reads: &mut Reads,
    ) -> Result<Option<Times>, Fault> {
        let page = self.newest_first(stream, (1, version), 1, reads).await?;
        let times = page.items().first().map(Times::read);
        Ok(times.transpose()?)
    }
}

impl<C: BoundedContext> Then<C> {
    fn of(folded: &Folded<C>) -> Self {
        Self {
            state: folded.state.clone(),
            version: folded.version,
            at: folded.at,
        }
    }
}

/// When the commands of a commit were received, and nothing else of it: what they did need not be readable.
struct Times {
    version: u64,
    entries: Vec<Outline>,
}

#[derive(Deserialize)]
struct Outline {
    at: Timestamp,
    events: Vec<IgnoredAny>,
}

impl Times {
    fn read(item: &HashMap<String, AttributeValue>) -> Result<Self, DecodeError> {
        let StoredCommit {
            stream,
            version,
            entries,
            ..
        } = StoredCommit::from_item(item).map_err(|misfit| DecodeError::Commit {
            stream: misfit.stream.clone(),
            version: 0,
            cause: misfit.to_string(),
        })?;
        match serde_json::from_str(&entries) {
            Ok(entries) => Ok(Self { version, entries }),
            Err(error) => Err(DecodeError::Commit {
                stream,
                version,
                cause: error.to_string(),
            }),
        }
    }

    /// The version of its last event that happened up to this time; none where all of it came later.
    fn last_by(&self, at: Timestamp) -> Option<u64> {
        let by_then = self.entries.iter().take_while(|entry| entry.at <= at);
        let events: u64 = by_then.map(|entry| entry.events.len() as u64).sum();
        (events > 0).then(|| self.version + events - 1)
    }
}
