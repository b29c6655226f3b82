//! Bringing one row of a view as far as the stream that feeds it.

use domain::Personal;
use domain::booking::{Booking, Event, StreamId};
use event_store::{Commit, DecodeError, Failure, Hints, Recorded};
use read_model::{DeadLetter, Document, Row, View, Written};

use crate::Projector;

/// How often a row is read and written anew after somebody else was faster.
const ATTEMPTS: u32 = 10;
/// The personal data that a view shows; the rest stays sealed.
const SHOWN: &str = "attendee";

/// What a failure of the view tables means for a stream.
pub(crate) fn failed(error: read_model::Error) -> Failure {
    match error {
        read_model::Error::Database { .. } => Failure::Transient(error.to_string()),
        read_model::Error::Unreadable { .. } => Failure::Parked(error.to_string()),
    }
}

/// A row while commits are applied to it.
struct Progress<D> {
    version: u64,
    doc: Option<D>,
}

impl Projector {
    /// Bring a row as far as the hints say its stream is. All of it is one write, over the version that was read.
    pub(crate) async fn follow<D: Document>(
        &self,
        view_name: &str,
        (view, key): (&View<D>, String),
        stream: &StreamId,
        hints: &Hints,
        apply: impl Fn(Option<D>, &Recorded<'_, Booking>) -> Option<D>,
    ) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            let (over, mut progress) = match view.get(&key).await.map_err(failed) {
                Ok(Some(Row { version, doc, .. })) => {
                    let doc = Some(doc);
                    (Some(version), Progress { version, doc })
                }
                Ok(None) => (
                    None,
                    Progress {
                        version: 0,
                        doc: None,
                    },
                ),
                Err(Failure::Parked(cause)) => {
                    return Err(self.park(&stream.to_string(), view_name, 1, cause).await);
                }
                Err(transient) => return Err(transient),
            };
            let before = progress.version;
            if hints.newest() <= before {
                return Ok(());
            }
            let came_along = hints.complete_from(stream, before + 1);
            let is_complete = came_along.is_some();
            let commits = match came_along {
                Some(commits) => commits.into_iter().map(Ok).collect(),
                None => self.store.commits(stream, before + 1).await?,
            };
            let stopped = match self.apply_all(&mut progress, commits, &apply).await {
                Ok(()) => None,
                Err(Failure::Parked(cause)) => Some(cause),
                Err(transient) => return Err(transient),
            };
            if let Progress {
                version,
                doc: Some(doc),
            } = progress
                && version > before
            {
                let row = Row {
                    key: key.clone(),
                    source: stream.to_string(),
                    version,
                    doc,
                };
                match view.put(&row, over).await.map_err(failed)? {
                    Written::Done => {}
                    Written::Lost => continue,
                }
            }
            return match stopped {
                Some(cause) => {
                    let at = progress.version + 1;
                    Err(self.park(&stream.to_string(), view_name, at, cause).await)
                }
                // Commits that came along were next in line: such a stream was not standing still.
                None if is_complete => Ok(()),
                None => self
                    .dead_letters
                    .remove(&stream.to_string(), view_name)
                    .await
                    .map_err(failed),
            };
        }
        Err(Failure::Transient("lost every race for the row".into()))
    }

    /// Apply commits, whole ones only, up to the first that cannot be.
    async fn apply_all<D>(
        &self,
        progress: &mut Progress<D>,
        commits: Vec<Result<Commit<Booking>, DecodeError>>,
        apply: &impl Fn(Option<D>, &Recorded<'_, Booking>) -> Option<D>,
    ) -> Result<(), Failure> {
        for commit in commits {
            let commit = commit.map_err(|error| Failure::Parked(error.to_string()))?;
            if commit.version != progress.version + 1 {
                let missing = progress.version + 1;
                return Err(Failure::Parked(format!(
                    "the log has no commit at version {missing}"
                )));
            }
            // First everything that can fail, so that a commit is applied as a whole or not at all.
            let mut opened = Vec::new();
            for recorded in commit.events() {
                opened.push(self.opened(&commit.stream, &recorded).await?);
            }
            for (recorded, event) in commit.events().zip(&opened) {
                let doc = progress.doc.take();
                progress.doc = apply(doc, &Recorded { event, ..recorded });
            }
            progress.version = commit.last_version();
        }
        Ok(())
    }

    /// The event with what a view shows of a person in clear, unless that person was forgotten.
    async fn opened(
        &self,
        stream: &StreamId,
        recorded: &Recorded<'_, Booking>,
    ) -> Result<Event, Failure> {
        let mut event = recorded.event.clone();
        for (field, personal) in event.personal_mut() {
            let Personal::Sealed(sealed) = &*personal else {
                continue;
            };
            if field != SHOWN {
                continue;
            }
            let keys = self.store.keys();
            let opened = keys.open(personal, stream, recorded.version, field).await?;
            if let Some(attendee) = opened {
                *personal = Personal::Clear(sealed.under.clone(), attendee);
            }
        }
        Ok(event)
    }

    /// Note that a stream stands still for a view. Answers the failure that this is.
    pub(crate) async fn park(
        &self,
        stream: &str,
        view: &str,
        version: u64,
        cause: String,
    ) -> Failure {
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
            version,
            cause: cause.clone(),
            at: plenary_http::now(),
        };
        match self.dead_letters.put(&letter).await {
            Ok(()) => Failure::Parked(cause),
            Err(error) => failed(error),
        }
    }
}
