//! Lambda on the event table's stream: events -> views.
//!
//! A stream record is only a hint that a stream has come so far. DynamoDB promises no order between the commits of one
//! stream, and Lambda hands a batch on more than once, so each row remembers the version it has: what is older is
//! skipped, what is next is applied, and where something is missing it is read from the event table first.
//!
//! | module | holds |
//! |---|---|
//! | `follow` | bringing one row as far as its stream is |
//! | `catalogue`, `availability`, `orders` | the views' projections: pure functions, event after event |

mod availability;
mod catalogue;
mod follow;
mod orders;

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};
use domain::booking::{Booking, Event as DomainEvent, StreamId};
pub use event_store::Failure;
use event_store::{Batch, EventStore, Hints};
use plenary_http::{
    metrics::{self, Metric},
    now,
};
use read_model::{ConferenceDoc, DeadLetters, OrderDoc, PoolDoc, Tables, Views};

use follow::failed;

/// The name under which a stream stands still whose kind this version does not know, and so for every view.
const EVERY_VIEW: &str = "*";

/// The projector function. Cheap to clone.
#[derive(Clone)]
pub struct Projector {
    store: EventStore<Booking>,
    views: Views,
    dead_letters: DeadLetters,
}

impl Projector {
    /// Over these tables of this DynamoDB.
    pub fn new(client: aws_sdk_dynamodb::Client, log: event_store::Tables, views: Tables) -> Self {
        Self {
            views: Views::new(&client, &views),
            dead_letters: DeadLetters::new(client.clone(), views.dead_letters),
            store: EventStore::new(client, log),
        }
    }

    /// Project one batch. Named in the answer is what must come again: the records of streams for which the database
    /// did not do its part. A stream that cannot go on whatever is tried becomes a dead letter, and does not come again.
    pub async fn handle(&self, batch: Event) -> DynamoDbEventResponse {
        let batch = Batch::from(batch);
        let records = batch.len() as u32;
        let lag = batch.oldest().map_or(0, |at| now().millis() - at.millis());
        let response = batch
            .follow(|stream, hints| {
                let projector = self.clone();
                async move { projector.project(&stream, &hints).await }
            })
            .await;
        metrics::emit(&[
            Metric::Count("Records", records),
            Metric::Count("ComeAgain", response.batch_item_failures.len() as u32),
            Metric::Millis("ProjectionLag", lag),
        ]);
        response
    }

    /// Bring every view of a stream as far as the stream is, by the event table alone: for a dead letter, once its cause
    /// is gone.
    ///
    /// # Errors
    /// If the stream cannot go on still, or the database did not do its part.
    pub async fn replay(&self, stream: &str) -> Result<(), Failure> {
        self.project(stream, &Hints::everything()).await?;
        self.dead_letters
            .remove(stream, EVERY_VIEW)
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Bring every view of a stream as far as these hints say it is.
    async fn project(&self, stream: &str, hints: &Hints) -> Result<(), Failure> {
        let id = match stream.parse::<StreamId>() {
            Ok(id) => id,
            Err(unknown) => {
                let at = hints.newest();
                return Err(self.park(stream, EVERY_VIEW, at, unknown.to_string()).await);
            }
        };
        match &id {
            StreamId::Conference(conference) => {
                let row = (&self.views.catalogue, ConferenceDoc::key(*conference));
                self.follow(
                    "catalogue",
                    row,
                    &id,
                    hints,
                    |doc, recorded| match recorded.event {
                        DomainEvent::Conference(event) => catalogue::apply(doc, *conference, event),
                        DomainEvent::Seats(_)
                        | DomainEvent::Order(_)
                        | DomainEvent::Slug(_)
                        | DomainEvent::Promo(_) => doc,
                    },
                )
                .await
            }
            StreamId::Seats(conference, pool) => {
                let row = (&self.views.availability, PoolDoc::key(*conference, *pool));
                self.follow(
                    "availability",
                    row,
                    &id,
                    hints,
                    |doc, recorded| match recorded.event {
                        DomainEvent::Seats(event) => availability::apply(doc, event),
                        DomainEvent::Conference(_)
                        | DomainEvent::Order(_)
                        | DomainEvent::Slug(_)
                        | DomainEvent::Promo(_) => doc,
                    },
                )
                .await
            }
            StreamId::Order(order) => {
                let row = (&self.views.orders, OrderDoc::key(*order));
                self.follow("orders", row, &id, hints, |doc, recorded| {
                    match recorded.event {
                        DomainEvent::Order(event) => {
                            orders::apply(doc, recorded.version, recorded.at, event)
                        }
                        DomainEvent::Conference(_)
                        | DomainEvent::Seats(_)
                        | DomainEvent::Slug(_)
                        | DomainEvent::Promo(_) => doc,
                    }
                })
                .await
            }
            // A conference's row has its slug: no view reads the claim.
            StreamId::Slug(_) | StreamId::Promo(..) => Ok(()),
        }
    }
}
