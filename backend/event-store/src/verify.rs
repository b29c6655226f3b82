//! Proof: whether each commit follows on the one before it, and whether the log still holds what it once held.
//!
//! A chain is sound if each of its commits fits the one before it, so each is judged by its predecessor alone and nothing
//! is kept but the latest commit: a log of any length takes one page of memory. The table hands a stream's commits on in
//! order, which makes the predecessor the commit just seen; where it does not, the predecessor is read.
//!
//! What a chain cannot show is that its end is missing. For that, see [`Head`](crate::Head).

use domain::BoundedContext;
use serde::Deserialize;
use shared::StreamVersion;

use crate::{
    Commit, DecodeError, EventStore, Fault, Hash, Head, ReadError, StoredCommit,
    commit::chain,
    embedded::{self, Unsound},
    folded::Folded,
    scan::Scan,
    walk::Position,
};

/// A commit that does not fit where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stream}@{version}: {wrong}")]
pub struct Misfit {
    /// The stream under which it stands.
    pub stream: String,
    /// Its version as it is stored, which may be no whole number.
    pub version: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What is wrong with a commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It has an attribute that no commit has, or lacks one.
    #[error("its attribute `{0}` is missing, of another kind, or not one of a commit")]
    Attribute(String),
    /// What came before it is not there.
    #[error("version {0}, which comes before it, is missing")]
    Missing(u64),
    /// It stands where another commit still goes on.
    #[error("the commit before it reaches as far as version {0}")]
    Overlaps(u64),
    /// Its stream, version, entries or hash are not those that were written.
    #[error("its hash does not follow from its content and the commit before it")]
    Hash,
    /// It says itself that it belongs elsewhere.
    #[error("it was written up to {}@{}: its key is another one now", .0.stream, .0.version)]
    Moved(StreamVersion),
    /// It carries a state that was changed, or that is not what the events up to it fold to.
    #[error("its state is not what its events fold to")]
    State,
    /// It fits, and this version of the code cannot read it.
    #[error("it cannot be read: {0}")]
    Unreadable(DecodeError),
    /// A head was signed, and nothing of its stream is left.
    #[error("a signed head names it, and the stream is gone")]
    Removed,
    /// A head was signed, and its stream ends before it.
    #[error("a signed head names it, and the stream ends at version {0}")]
    CutOff(u64),
    /// A head was signed, and another commit stands in its place.
    #[error("a signed head names it, and another commit stands there")]
    Rewritten,
}

/// Judges commits one after another, each by the one before it, and the states that they carry by the fold.
#[derive(Clone, Debug)]
pub struct Chain<C: BoundedContext> {
    latest: Option<Head>,
    /// The latest commit's stream up to it; none where it was not seen from its beginning, or not all of it can be read.
    folded: Option<Folded<C>>,
}

impl<C: BoundedContext> Default for Chain<C> {
    fn default() -> Self {
        Self {
            latest: None,
            folded: None,
        }
    }
}

impl<C: BoundedContext> Chain<C> {
    /// Begin after a commit: what follows is judged by it.
    pub fn after(stored: &StoredCommit) -> Self {
        Self {
            latest: Some(Head::of(stored)),
            folded: None,
        }
    }

    /// The head of the stream that was judged latest.
    pub fn head(&self) -> Option<&Head> {
        self.latest.as_ref()
    }

    /// Judge the next commit of the same stream, or the first of another. Whatever comes of it, the one after it is judged
    /// by it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&mut self, stored: &StoredCommit) -> Result<Commit<C>, Misfit> {
        let judged = self.judge(stored).and_then(|commit| self.fold(commit));
        self.latest = Some(Head::of(stored));
        if judged.is_err() {
            self.folded = None;
        }
        judged.map_err(|wrong| Misfit {
            stream: stored.stream.clone(),
            version: stored.version.to_string(),
            wrong,
        })
    }

    fn judge(&self, stored: &StoredCommit) -> Result<Commit<C>, Wrong> {
        let (version, hash) = self.before(stored);
        if stored.version > version + 1 {
            return Err(Wrong::Missing(version + 1));
        }
        if stored.version <= version {
            return Err(Wrong::Overlaps(version));
        }
        let StoredCommit {
            stream, entries, ..
        } = stored;
        if stored.hash != chain(&hash, stream, stored.version, entries) {
            return Err(moved(stored).map_or(Wrong::Hash, Wrong::Moved));
        }
        let commit = stored.decode().map_err(Wrong::Unreadable)?;
        moved(stored).map_or(Ok(commit), |written| Err(Wrong::Moved(written)))
    }

    /// Fold a commit that fits, and hold the state that it carries against the fold.
    fn fold(&mut self, commit: Commit<C>) -> Result<Commit<C>, Wrong> {
        if commit.version == 1 {
            self.folded = Some(Folded::nothing_yet(&commit.stream));
        }
        let sound = match &mut self.folded {
            Some(folded) => embedded::fold_checked(folded, &commit),
            None => embedded::check_digest(&commit),
        };
        sound.map(|()| commit).map_err(|Unsound| Wrong::State)
    }

    /// The version and the hash on which a commit must follow.
    fn before(&self, stored: &StoredCommit) -> (u64, Hash) {
        let latest = self.latest.as_ref();
        let same_stream = latest.filter(|head| head.stream == stored.stream);
        same_stream.map_or((0, Hash::default()), |head| (head.version, head.hash))
    }

    fn is_next(&self, stored: &StoredCommit) -> bool {
        self.before(stored).0 + 1 == stored.version
    }
}

/// What a commit says of itself, whether or not its events can be read.
#[derive(Deserialize)]
struct Outline {
    wrote: Vec<StreamVersion>,
    events: Vec<serde::de::IgnoredAny>,
}

fn outline(entries: &str) -> Option<Vec<Outline>> {
    serde_json::from_str(entries).ok()
}

/// The version of a commit's last event; of its first where its entries cannot be told apart.
pub(crate) fn last_version(stored: &StoredCommit) -> u64 {
    let entries = outline(&stored.entries).unwrap_or_default();
    let length: u64 = entries.iter().map(|entry| entry.events.len() as u64).sum();
    stored.version.saturating_add(length.saturating_sub(1))
}

/// Where a commit says that it was written, if that is not where it stands.
fn moved(stored: &StoredCommit) -> Option<StreamVersion> {
    let mut version = stored.version.checked_sub(1)?;
    for entry in outline(&stored.entries)? {
        version = version.saturating_add(entry.events.len() as u64);
        let is_here =
            |wrote: &StreamVersion| wrote.stream == stored.stream && wrote.version == version;
        if !entry.wrote.iter().any(is_here) {
            let same_stream = entry
                .wrote
                .iter()
                .position(|wrote| wrote.stream == stored.stream);
            return entry.wrote.into_iter().nth(same_stream.unwrap_or(0));
        }
    }
    None
}

/// A check of a whole log, commit by commit, while the system may go on appending.
pub struct Verification<'a, C: BoundedContext> {
    store: &'a EventStore<C>,
    scan: Scan<'a, C>,
    chain: Chain<C>,
    position: Option<Position>,
}

impl<C: BoundedContext> EventStore<C> {
    /// Begin to check every commit of the log.
    pub fn verify(&self) -> Verification<'_, C> {
        self.verify_after(None)
    }

    /// Go on to check every commit of the log, after this one.
    pub fn verify_after(&self, position: Option<&Position>) -> Verification<'_, C> {
        Verification {
            store: self,
            scan: self.scan_after(position.map(Position::key)),
            chain: Chain::default(),
            position: position.cloned(),
        }
    }
}

impl<C: BoundedContext> Verification<'_, C> {
    /// The commit that was judged last.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Judge the next commit: its stream's head up to it, or what is wrong with it; none at the end of the log.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn next(&mut self) -> Result<Option<Result<Head, Misfit>>, Fault> {
        let Some(item) = self.scan.next().await? else {
            return Ok(None);
        };
        self.position = Position::of(&item);
        let stored = match StoredCommit::from_item(&item) {
            Ok(stored) => stored,
            Err(misfit) => return Ok(Some(Err(misfit))),
        };
        if !self.chain.is_next(&stored)
            && let Some(before) = stored.version.checked_sub(1)
        {
            match self.store.stored_up_to(&stored.stream, before).await {
                Ok(before) => self.chain = before.as_ref().map(Chain::after).unwrap_or_default(),
                Err(ReadError::Misfit(_)) => {}
                Err(ReadError::Fault(fault)) => return Err(fault),
            }
        }
        let judged = self.chain.check(&stored);
        Ok(Some(judged.map(|_| Head::of(&stored))))
    }
}
