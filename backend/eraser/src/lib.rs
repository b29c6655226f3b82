//! Lambda on the booking event table's stream and a schedule: who asked for it is forgotten.
//!
//! What a person said stands in the log sealed under their own key ([`event_store::PersonKeys`]). The log is never
//! rewritten; the key is destroyed, and then nothing opens it, here or in any copy. What is left to do is what was opened
//! before: the rows of the views, which are folded anew and then show no name.
//!
//! That takes two looks at least. For a while after the first one a process may still go by the key that it has kept, or
//! may hold a row that it read before and is about to write. So the rows are looked at again when nobody can any more, and
//! again, until a look finds nothing to change; a table of unfinished erasures remembers when.
//!
//! An erasure may be heard of twice, or long after, as in an imported system: it destroys the key that the person had then,
//! and not the one that they were given when they came back.

mod unfinished;

use std::time::Duration;

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};
use aws_sdk_dynamodb::Client;
use domain::booking::{self, Booking, StreamId, person};
use event_store::{Batch, EventStore, Failure, KEY_KEPT, Tables};
use plenary_http::{
    metrics::{self, Metric},
    now,
};
use projector::Projector;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{PersonId, Timestamp};

use unfinished::Unfinished;
pub use unfinished::create_table;

/// How long after a look the next one comes: longer than a process keeps a key and then takes for a batch, which is a
/// minute at most (`Timeout` in template.yaml).
pub const NEXT_LOOK: Duration = KEY_KEPT.saturating_mul(3);

/// The eraser function. Cheap to clone.
#[derive(Clone)]
pub struct Eraser {
    people: EventStore<Booking>,
    projector: Projector,
    unfinished: Unfinished,
    next_look: Duration,
}

/// What the schedule sends.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", tag = "schedule")]
enum Scheduled {
    Erasures,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("neither a batch of the stream nor the schedule's event")]
    Event(#[from] serde_json::Error),
    /// The next call of the schedule goes on.
    #[error("{failed} of {due} erasures could not be looked at again; the last: {cause}")]
    Looks {
        due: usize,
        failed: usize,
        cause: Failure,
    },
    #[error("the unfinished erasures could not be read")]
    Unfinished(#[source] Failure),
}

impl Eraser {
    /// Over this log, the tables of this projector, and this table of unfinished erasures.
    pub fn new(client: &Client, events: String, projector: Projector, unfinished: String) -> Self {
        let log = Tables::without_keys(events);
        Self {
            people: EventStore::new(client.clone(), log),
            projector,
            unfinished: Unfinished::new(client.clone(), unfinished),
            next_look: NEXT_LOOK,
        }
    }

    /// The same with another time between looks.
    pub fn looking_again_after(self, next_look: Duration) -> Self {
        Self { next_look, ..self }
    }

    /// Answer one call, of the stream or of the schedule.
    ///
    /// # Errors
    /// The call is neither, or not every look that was due could be done.
    pub async fn call(&self, event: Value) -> Result<Value, CallError> {
        if event.get("Records").is_some() {
            let batch = serde_json::from_value(event)?;
            return Ok(serde_json::to_value(self.handle(batch).await)?);
        }
        let Scheduled::Erasures = serde_json::from_value(event)?;
        let looks = self.look_again().await?;
        Ok(json!({ "looks": looks }))
    }

    /// Forget whoever a batch says asked for it. Named in the answer is what must come again.
    pub async fn handle(&self, batch: Event) -> DynamoDbEventResponse {
        let batch = Batch::from(batch);
        let records = batch.len() as u32;
        let lag = batch.oldest().map_or(0, |at| now().millis() - at.millis());
        let response = batch
            .follow(|stream, _| {
                let eraser = self.clone();
                async move { eraser.follow(&stream).await }
            })
            .await;
        metrics::emit(&[
            Metric::Count("Records", records),
            Metric::Count("ComeAgain", response.batch_item_failures.len() as u32),
            Metric::Millis("ErasureLag", lag),
        ]);
        response
    }

    /// Look again at the rows of those for whom it is time. Answers at how many people's.
    ///
    /// # Errors
    /// Some of it was not done; it is due still.
    pub async fn look_again(&self) -> Result<usize, CallError> {
        let due = self.unfinished.due(now()).await;
        let due = due.map_err(CallError::Unfinished)?;
        let (mut failed, mut last) = (0, None);
        for (person, at) in &due {
            if let Err(failure) = self.look(person, *at).await {
                failed += 1;
                last = Some(failure);
            }
        }
        match last {
            None => Ok(due.len()),
            Some(cause) => Err(CallError::Looks {
                due: due.len(),
                failed,
                cause,
            }),
        }
    }

    async fn follow(&self, stream: &str) -> Result<(), Failure> {
        // Lambda filters the other streams out; whoever does not, wastes a call.
        let Ok(StreamId::Person(person)) = stream.parse() else {
            return Ok(());
        };
        let Some(version) = self.forgotten_at(&person).await? else {
            return Ok(());
        };
        self.projector.keys().destroy(&person, version).await?;
        // Noted before the first look: whoever dies in it leaves it to the next.
        self.note(&person).await?;
        self.projector.forget(&person).await.map(drop)
    }

    /// The version of the person's stream at which they were forgotten the last time.
    async fn forgotten_at(&self, person: &PersonId) -> Result<Option<u64>, Failure> {
        let id = StreamId::Person(person.clone());
        let mut version = None;
        for commit in self.people.commits(&id, 1).await? {
            let commit = commit.map_err(|unreadable| Failure::Parked(unreadable.to_string()))?;
            for recorded in commit.events() {
                if let booking::Event::Person(person::Event::PersonForgotten {}) = recorded.event {
                    version = Some(recorded.version);
                }
            }
        }
        Ok(version)
    }

    /// A look that was due then.
    async fn look(&self, person: &PersonId, due: Timestamp) -> Result<(), Failure> {
        match self.projector.forget(person).await? {
            true => self.note(person).await,
            false => self.unfinished.finish(person, due).await,
        }
    }

    async fn note(&self, person: &PersonId) -> Result<(), Failure> {
        let due = now().millis() + self.next_look.as_millis() as i64;
        let due = Timestamp::from_millis(due);
        self.unfinished.note(person, due).await
    }
}
