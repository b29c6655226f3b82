//! Bringing one row of a view as far as the stream that feeds it: the same for every view and both contexts.

mod anew;

use std::time::Duration;

use domain::{BoundedContext, Personal};
use event_store::{Commit, DecodeError, EventStore, Failure, Hints, Recorded};
use read_model::{DeadLetter, DeadLetters, Generation, Row, Skips, ViewName, Written};

use crate::follower::Follower;

/// How often a row is read and written anew after somebody else was faster, with growing pauses.
const ATTEMPTS: u32 = 10;

/// What a failure of the view tables means for a stream.
pub(crate) fn failed(error: read_model::Error) -> Failure {
    match error {
        read_model::Error::Database { .. } => Failure::Transient(error.to_string()),
        read_model::Error::Unreadable { .. } => Failure::Parked(error.to_string()),
    }
}

/// Note that a stream stands still for a generation of a view.
pub(crate) async fn park(
    dead_letters: &DeadLetters,
    stream: &str,
    (view, generation): (&str, Generation),
    version: u64,
    cause: &str,
) -> Result<(), Failure> {
    tracing::error!(
        stream,
        view,
        version,
        cause,
        "cannot be projected; the stream is parked"
    );
    let letter = DeadLetter {
        stream: stream.to_owned(),
        view: view.to_owned(),
        generation,
        version,
        cause: cause.to_owned(),
        at: plenary_http::now(),
    };
    dead_letters.put(&letter).await.map_err(failed)
}

/// Let whoever was faster go first: longer each time it is lost.
async fn pause(lost: u32) {
    let longest = 4 << lost;
    tokio::time::sleep(Duration::from_millis(fastrand::u64(..longest))).await;
}

/// A stream on its way into one row.
pub(crate) struct Following<'a, C: BoundedContext, F> {
    pub(crate) store: &'a EventStore<C>,
    pub(crate) dead_letters: &'a DeadLetters,
    pub(crate) stream: &'a C::Stream,
    pub(crate) hints: &'a Hints,
    pub(crate) view: ViewName,
    pub(crate) generation: Generation,
    pub(crate) follower: F,
}

/// A row while commits are applied to it.
struct Progress<D, A> {
    version: u64,
    doc: Option<D>,
    along: A,
}

/// How far commits were applied.
enum Applied {
    All,
    /// As many as are written at once.
    Enough,
    /// Up to the first that cannot be, with the cause.
    UpTo(String),
}

/// What came of one look at the row and the log.
enum Step {
    Done,
    /// Some of it is written, and there is more.
    GoOn,
    /// Somebody else was faster.
    Lost,
}

impl<C: BoundedContext, F: Follower<C>> Following<'_, C, F> {
    /// Bring the row as far as the hints say its stream is.
    pub(crate) async fn to_the_end(&self) -> Result<(), Failure> {
        // Where a stream begins there is no row yet, most likely: it is not read first, and the write is lost where there
        // is one after all.
        let mut is_new = self.hints.begins_the_stream();
        let mut lost = 0;
        while lost < ATTEMPTS {
            let step = self.step(std::mem::take(&mut is_new)).await?;
            match step {
                Step::Done => return Ok(()),
                Step::GoOn => lost = 0,
                Step::Lost => {
                    pause(lost).await;
                    lost += 1;
                }
            }
        }
        Err(Failure::Transient("lost every race for the row".into()))
    }

    /// Read the row, apply what is newer, and write it over the version that was read: all of it is one write, unless
    /// more goes along than one write can hold.
    async fn step(&self, is_new: bool) -> Result<Step, Failure> {
        let (view, key) = self.follower.row();
        let found = match is_new {
            true => Ok(None),
            false => view.get(key).await,
        };
        let (over, doc) = match found.map_err(failed) {
            Ok(Some(Row { version, doc, .. })) => (Some(version), Some(doc)),
            Ok(None) => (None, None),
            Err(Failure::Parked(cause)) => {
                self.park(0, &cause).await?;
                return Err(Failure::Parked(cause));
            }
            Err(transient) => return Err(transient),
        };
        let before = over.unwrap_or(0);
        if self.hints.newest() <= before {
            return Ok(Step::Done);
        }
        let came_along = self.hints.complete_from(self.stream, before + 1);
        let is_complete = came_along.is_some();
        let commits = match came_along {
            Some(commits) => commits.into_iter().map(Ok).collect(),
            None => self.store.commits(self.stream, before + 1).await?,
        };
        let mut progress = Progress {
            version: before,
            doc,
            along: F::Along::default(),
        };
        let applied = self.apply_all(&mut progress, commits).await?;
        if is_new && matches!(applied, Applied::UpTo(_)) {
            // A row that was not looked at may be past this.
            return Ok(Step::Lost);
        }
        let Progress {
            version,
            doc,
            along,
        } = progress;
        if let Some(doc) = doc.filter(|_| version > before) {
            let row = Row {
                key: key.to_owned(),
                source: self.stream.to_string(),
                version,
                doc,
            };
            let written = self.follower.write(&row, over, &along).await;
            if written.map_err(failed)? == Written::Lost {
                return Ok(Step::Lost);
            }
        }
        match applied {
            Applied::UpTo(cause) => {
                self.park(version + 1, &cause).await?;
                // Whoever decided meanwhile that it is passed over has replayed it before this letter was there.
                let skips = self.dead_letters.read_skips().await.map_err(failed)?;
                match self.skipped_through(&skips, version + 1) {
                    Some(_) => Err(Failure::Transient(cause)),
                    None => Err(Failure::Parked(cause)),
                }
            }
            Applied::Enough => Ok(Step::GoOn),
            // Commits that came along were next in line: such a stream was not standing still.
            Applied::All if is_complete => Ok(Step::Done),
            Applied::All => {
                let (stream, place) =
                    (self.stream.to_string(), (self.view.text(), self.generation));
                let removed = self.dead_letters.remove(&stream, place);
                removed.await.map(|()| Step::Done).map_err(failed)
            }
        }
    }

    async fn apply_all(
        &self,
        progress: &mut Progress<F::Doc, F::Along>,
        commits: Vec<Result<Commit<C>, DecodeError>>,
    ) -> Result<Applied, Failure> {
        let skips = self.dead_letters.skips().await.map_err(failed)?;
        for commit in commits {
            let next = progress.version + 1;
            if commit
                .as_ref()
                .map_or(true, |commit| commit.version == next)
                && let Some(through) = self.skipped_through(&skips, next)
            {
                progress.version = through;
                continue;
            }
            if self.follower.is_full(&progress.along) {
                return Ok(Applied::Enough);
            }
            match self.apply(progress, commit).await {
                Ok(()) => {}
                Err(Failure::Parked(cause)) => return Ok(Applied::UpTo(cause)),
                Err(transient) => return Err(transient),
            }
        }
        Ok(Applied::All)
    }

    /// Apply a commit as a whole or not at all.
    async fn apply(
        &self,
        progress: &mut Progress<F::Doc, F::Along>,
        commit: Result<Commit<C>, DecodeError>,
    ) -> Result<(), Failure> {
        let commit = commit.map_err(|error| Failure::Parked(error.to_string()))?;
        if commit.version != progress.version + 1 {
            let missing = progress.version + 1;
            return Err(Failure::Parked(format!(
                "the log has no commit at version {missing}"
            )));
        }
        // First everything that can fail.
        let mut opened = Vec::new();
        for recorded in commit.events() {
            opened.push(self.opened(&recorded).await?);
        }
        for (recorded, event) in commit.events().zip(&opened) {
            let doc = progress.doc.take();
            let recorded = Recorded { event, ..recorded };
            progress.doc = self.follower.apply(doc, &mut progress.along, &recorded);
        }
        progress.version = commit.last_version();
        Ok(())
    }

    /// The event with what a view shows of a person in clear, unless that person was forgotten.
    async fn opened(&self, recorded: &Recorded<'_, C>) -> Result<C::Event, Failure> {
        let mut event = recorded.event.clone();
        for (field, personal) in C::personal_mut(&mut event) {
            let Personal::Sealed(sealed) = &*personal else {
                continue;
            };
            if !self.follower.shows(field) {
                continue;
            }
            let opened = self
                .store
                .keys()
                .open(personal, self.stream, recorded.version, field);
            if let Some(attendee) = opened.await? {
                *personal = Personal::Clear(sealed.under.clone(), attendee);
            }
        }
        Ok(event)
    }

    /// The version of a commit's last event, if the view passes over that commit.
    fn skipped_through(&self, skips: &Skips, version: u64) -> Option<u64> {
        skips.through(&self.stream.to_string(), self.view.text(), version)
    }

    async fn park(&self, version: u64, cause: &str) -> Result<(), Failure> {
        let place = (self.view.text(), self.generation);
        let stream = self.stream.to_string();
        park(self.dead_letters, &stream, place, version, cause).await
    }
}
