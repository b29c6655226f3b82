//! Streams that stand still for a view: what stopped them, tried again, or passed over.

use lambda_http::http::StatusCode;
use plenary_http::{Call, Request, Response, body, not_found, now, respond};
use projector::{Context, EVERY_VIEW, Failure};
use read_model::{DeadLetter, Skip, ViewName};
use serde_json::Value;
use shared::{
    Problem, ProblemType,
    answers::Accepted,
    operations::{self, DeadLetterOutcome, SkipDeadLetter},
};

use crate::{Operations, Refusal, WorkError};

/// How many letters are shown; whoever has more repairs what stops those first.
const SHOWN: usize = 100;

impl Operations {
    /// `GET /api/dead-letters`.
    pub(crate) async fn dead_letters(&self) -> Result<Response, Refusal> {
        let mut shown = Vec::new();
        for letter in self.letters().await?.into_iter().take(SHOWN) {
            shown.push(self.with_payload(letter).await?);
        }
        let answer = operations::DeadLetters { letters: shown };
        Ok(respond::json(StatusCode::OK, &answer))
    }

    /// `POST /api/dead-letters/{view}/{stream}/replay`.
    pub(crate) async fn replay_dead_letter(&self, call: &Call) -> Result<Response, Refusal> {
        let (view, stream) = (call.text(0), call.text(1));
        if self.letter(view, stream).await?.is_some() {
            self.replay(view, stream).await?;
        }
        self.outcome(view, stream).await
    }

    /// `POST /api/dead-letters/{view}/{stream}/skip`.
    pub(crate) async fn skip_dead_letter(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let (view, stream) = (call.text(0), call.text(1));
        let asked: SkipDeadLetter = body(request)?;
        let caller = call.signed_in()?;
        let skips = self.projector.dead_letters().read_skips().await;
        let is_skipped = skips
            .map_err(WorkError::from)?
            .through(stream, view, asked.version);
        let letter = self.letter(view, stream).await?;
        match letter {
            // It was skipped by the same request, whose answer was lost on its way.
            _ if is_skipped.is_some() => {}
            None => return Err(not_found().into()),
            Some(letter) if view == EVERY_VIEW || letter.version == 0 => {
                let detail = "It is not a commit that stops this stream.";
                return Err(Problem::new(ProblemType::NotSkippable, detail).into());
            }
            Some(letter) if letter.version != asked.version => {
                let detail = format!("The stream stands still at version {}.", letter.version);
                return Err(Problem::new(ProblemType::NotSkippable, detail).into());
            }
            Some(_) => {}
        }
        if is_skipped.is_none() {
            let skip = Skip {
                stream: stream.to_owned(),
                view: view.to_owned(),
                version: asked.version,
                through: self.through(stream, asked.version).await?,
                reason: asked.reason.to_string(),
                by: caller.person.clone(),
                at: now(),
            };
            let skipped = self.projector.dead_letters().skip(&skip).await;
            skipped.map_err(WorkError::from)?;
        }
        self.replay(view, stream).await?;
        self.outcome(view, stream).await
    }

    /// Bring a stream as far as it goes. Where it stands still after that is in its letter.
    async fn replay(&self, view: &str, stream: &str) -> Result<(), Refusal> {
        let replayed = match view {
            EVERY_VIEW => self.projector.replay(stream).await,
            _ => {
                let view: ViewName = view.parse().map_err(|_| not_found())?;
                self.projector.replay_for(view, stream).await
            }
        };
        match replayed {
            Ok(()) | Err(Failure::Parked(_)) => Ok(()),
            Err(transient @ Failure::Transient(_)) => Err(WorkError::from(transient).into()),
        }
    }

    async fn outcome(&self, view: &str, stream: &str) -> Result<Response, Refusal> {
        let letter = self.letter(view, stream).await?;
        let answer = DeadLetterOutcome {
            resolved: letter.is_none(),
            stopped_at: letter.as_ref().map(|letter| letter.version),
            cause: letter.map(|letter| letter.cause),
        };
        let wrote = Vec::new();
        Ok(respond::json(StatusCode::OK, &Accepted { answer, wrote }))
    }

    async fn letter(&self, view: &str, stream: &str) -> Result<Option<DeadLetter>, WorkError> {
        let mut letters = self.letters().await?.into_iter();
        Ok(letters.find(|letter| letter.stream == stream && letter.view == view))
    }

    /// Where streams stand still for what is read, or is being filled beside it; one letter for both. The one that was
    /// tried the longest ago comes first.
    async fn letters(&self) -> Result<Vec<DeadLetter>, WorkError> {
        let current = self.projector.generations().read_all().await?;
        let mut letters = self.projector.dead_letters().all().await?;
        letters.retain(|letter| {
            letter.view.parse().map_or(true, |view| {
                let current = current.of(view);
                letter.generation == current.serving || current.filling == Some(letter.generation)
            })
        });
        let place = |letter: &DeadLetter| (letter.stream.clone(), letter.view.clone());
        letters.sort_by_key(|letter| (place(letter), letter.generation));
        letters.dedup_by_key(|letter| place(letter));
        letters.sort_by_key(|letter| letter.at);
        Ok(letters)
    }

    /// A letter with the commit that it is about, as it is stored: what is sealed in it stays so.
    async fn with_payload(&self, letter: DeadLetter) -> Result<operations::DeadLetter, WorkError> {
        let mut commits = self
            .stored(&letter.stream, letter.version)
            .await?
            .into_iter();
        let mut payload = Value::Null;
        let mut waiting = 0;
        for commit in commits.by_ref() {
            if commit.version == letter.version {
                payload = serde_json::from_str(&commit.entries)
                    .unwrap_or_else(|_| Value::String(commit.entries.clone()));
            } else {
                waiting += 1;
            }
        }
        Ok(operations::DeadLetter {
            stream: letter.stream,
            view: letter.view,
            version: letter.version,
            cause: letter.cause,
            at: letter.at,
            payload,
            waiting,
        })
    }

    /// The version of the last event of a commit that is to be passed over.
    async fn through(&self, stream: &str, version: u64) -> Result<u64, Refusal> {
        let commits = self.stored(stream, version).await?;
        let mut commits = commits.iter();
        let meant = commits.next().filter(|commit| commit.version == version);
        let Some(meant) = meant else {
            let detail = "The log has no commit at this version; there is nothing to pass over.";
            return Err(Problem::new(ProblemType::NotSkippable, detail).into());
        };
        // Where its entries cannot be told apart, the commit after it says how far it reaches.
        let next = commits.next().map(|next| next.version - 1);
        Ok(next.unwrap_or_else(|| meant.last_version()))
    }

    /// The commits of a stream from a version on, whichever context's it is.
    async fn stored(
        &self,
        stream: &str,
        version: u64,
    ) -> Result<Vec<event_store::StoredCommit>, WorkError> {
        let context = match stream.parse::<domain::accounts::StreamId>() {
            Ok(_) => Context::Accounts,
            Err(_) => Context::Booking,
        };
        let mut commits = Vec::new();
        let mut from = Some(version);
        while let Some(version) = from {
            let page = match context {
                Context::Booking => self.projector.booking().stored(stream, version).await?,
                Context::Accounts => self.projector.accounts().stored(stream, version).await?,
            };
            commits.extend(page.commits);
            from = page.next;
        }
        Ok(commits)
    }
}
