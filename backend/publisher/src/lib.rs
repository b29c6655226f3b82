//! Lambda on the event tables' streams: what happened inside a context, told to the others as integration events.
//!
//! Each stream is published in order, at least once. How far it has come stands in a table of its own, one row per
//! stream, moved forward after the bus has taken the events; so a crash between the two publishes again, and what
//! follows from an event is done once all the same, because its id is the domain event's.
//!
//! | module | holds |
//! |---|---|
//! | `booking`, `accounts` | which of a context's events are told, and how: pure functions |
//! | `progress` | the table that remembers how far each stream is published |

pub mod accounts;
pub mod booking;
mod progress;

use std::str::FromStr;

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};
use aws_sdk_eventbridge::{
    Client,
    error::DisplayErrorContext,
    types::{PutEventsRequestEntry, builders::PutEventsRequestEntryBuilder},
};
use domain::{BoundedContext, UnknownStream, accounts::Accounts, booking::Booking};
use event_store::{Batch, Commit, EventStore, Failure, Hints, Tables};
use integration::{Data, IntegrationEvent};
use plenary_http::{
    metrics::{self, Metric},
    now,
};

use progress::Progress;
pub use progress::create_table;

/// How many events the bus takes at once.
const AT_ONCE: usize = 10;
/// How much they may weigh together, in bytes: below EventBridge's 256 KB, which count the other fields as well.
const WEIGHT: usize = 200_000;

/// What the publisher reads, and where it publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The booking context's event table.
    pub booking: String,
    /// The accounts context's event table.
    pub accounts: String,
    /// Where it remembers how far it has come.
    pub publications: String,
    /// The bus's name.
    pub bus: String,
}

/// The publisher function. Cheap to clone.
#[derive(Clone)]
pub struct Publisher {
    booking: EventStore<Booking>,
    accounts: EventStore<Accounts>,
    progress: Progress,
    events: Client,
    bus: String,
}

/// How a context's events are told.
trait Published: BoundedContext {
    fn tell(event: &Self::Event, stream: &Self::Stream, now: &Self::State) -> Option<Data>;
}

impl Published for Booking {
    fn tell(event: &Self::Event, stream: &Self::Stream, now: &Self::State) -> Option<Data> {
        booking::tell(event, stream, now)
    }
}

impl Published for Accounts {
    fn tell(event: &Self::Event, stream: &Self::Stream, _: &Self::State) -> Option<Data> {
        accounts::tell(event, stream)
    }
}

impl Publisher {
    /// From these tables of this DynamoDB to this EventBridge.
    pub fn new(dynamodb: &aws_sdk_dynamodb::Client, events: Client, places: Places) -> Self {
        let log = Tables::without_keys;
        Self {
            booking: EventStore::new(dynamodb.clone(), log(places.booking)),
            accounts: EventStore::new(dynamodb.clone(), log(places.accounts)),
            progress: Progress::new(dynamodb.clone(), places.publications),
            events,
            bus: places.bus,
        }
    }

    /// Publish one batch. Named in the answer is what must come again.
    pub async fn handle(&self, batch: Event) -> DynamoDbEventResponse {
        let batch = Batch::from(batch);
        let records = batch.len() as u32;
        let lag = batch.oldest().map_or(0, |at| now().millis() - at.millis());
        let response = batch
            .follow(|stream, hints| {
                let publisher = self.clone();
                async move { publisher.publish(&stream, &hints).await }
            })
            .await;
        metrics::emit(&[
            Metric::Count("Records", records),
            Metric::Count("ComeAgain", response.batch_item_failures.len() as u32),
            Metric::Millis("PublicationLag", lag),
        ]);
        response
    }

    /// Publish a stream as far as these hints say it is.
    async fn publish(&self, stream: &str, hints: &Hints) -> Result<(), Failure> {
        if let Ok(id) = domain::booking::StreamId::from_str(stream) {
            self.follow(&self.booking, &id, hints).await
        } else if let Ok(id) = domain::accounts::StreamId::from_str(stream) {
            self.follow(&self.accounts, &id, hints).await
        } else {
            let unknown = UnknownStream(stream.to_owned()).to_string();
            Err(self.stop(stream, 0, unknown).await)
        }
    }

    async fn follow<C: Published>(
        &self,
        store: &EventStore<C>,
        id: &C::Stream,
        hints: &Hints,
    ) -> Result<(), Failure> {
        let stream = id.to_string();
        let published = self.progress.of(&stream).await?;
        if hints.newest() <= published {
            return Ok(());
        }
        let commits = match hints.complete_from::<C>(id, published + 1) {
            Some(commits) => commits.into_iter().map(Ok).collect(),
            None => store.commits(id, published + 1).await?,
        };
        let mut version = published;
        for commit in commits {
            let commit = match commit {
                Ok(commit) if commit.version == version + 1 => commit,
                Ok(_) => {
                    let cause = format!("the log has no commit at version {}", version + 1);
                    return Err(self.stop(&stream, version, cause).await);
                }
                Err(unreadable) => {
                    return Err(self.stop(&stream, version, unreadable.to_string()).await);
                }
            };
            self.put(&tell(store, id, &commit).await?).await?;
            version = commit.last_version();
            self.progress.reached(&stream, version).await?;
        }
        Ok(())
    }

    /// Hand events to the bus, in order.
    async fn put(&self, events: &[IntegrationEvent]) -> Result<(), Failure> {
        let mut entries = Vec::new();
        let mut weight = 0;
        for event in events {
            let detail =
                serde_json::to_string(event).map_err(|error| Failure::Parked(error.to_string()))?;
            if entries.len() == AT_ONCE || weight + detail.len() > WEIGHT {
                self.send(std::mem::take(&mut entries)).await?;
                weight = 0;
            }
            weight += detail.len();
            entries.push(self.entry(event).detail(detail).build());
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.send(entries).await
    }

    fn entry(&self, event: &IntegrationEvent) -> PutEventsRequestEntryBuilder {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(event.source())
            .detail_type(event.detail_type())
    }

    /// All of them, or it counts as none: those that the bus did take come to their subscribers again.
    async fn send(&self, entries: Vec<PutEventsRequestEntry>) -> Result<(), Failure> {
        let put = self.events.put_events().set_entries(Some(entries));
        let answer = put
            .send()
            .await
            .map_err(|error| Failure::Transient(DisplayErrorContext(error).to_string()))?;
        match answer.failed_entry_count() {
            0 => Ok(()),
            _ => {
                let codes = answer
                    .entries()
                    .iter()
                    .filter_map(|entry| entry.error_code());
                let codes: Vec<_> = codes.collect();
                Err(Failure::Transient(format!("the bus refused: {codes:?}")))
            }
        }
    }

    /// Note that a stream stands still. What comes after it waits; every new record of the stream tries again.
    async fn stop(&self, stream: &str, version: u64, cause: String) -> Failure {
        tracing::error!(
            stream,
            version,
            cause,
            "cannot be published; the stream waits"
        );
        metrics::emit(&[Metric::Count("Unpublishable", 1)]);
        match self.progress.stopped(stream, &cause).await {
            Ok(()) => Failure::Parked(cause),
            Err(failure) => failure,
        }
    }
}

/// What a commit tells the other contexts.
async fn tell<C: Published>(
    store: &EventStore<C>,
    stream: &C::Stream,
    commit: &Commit<C>,
) -> Result<Vec<IntegrationEvent>, Failure> {
    // What an event leaves out, such as whose order it is, never changes: the stream of now knows it as well.
    let now = store.current(stream).await?;
    let causes = commit.entries.iter().flat_map(|entry| {
        let causation_id = entry.causation_id;
        entry.events.iter().map(move |_| causation_id)
    });
    let told = commit
        .events()
        .zip(causes)
        .filter_map(|(recorded, causation_id)| {
            Some(IntegrationEvent {
                id: recorded.id,
                subject: commit.stream.to_string(),
                time: recorded.at,
                sequence: recorded.version,
                correlation_id: recorded.correlation_id,
                causation_id,
                data: C::tell(recorded.event, &commit.stream, &now)?,
            })
        });
    Ok(told.collect())
}
