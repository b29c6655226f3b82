//! Lambda on the event tables' streams: events -> views.
//!
//! A stream record is only a hint that a stream has come so far. DynamoDB promises no order between the commits of one
//! stream, and Lambda hands a batch on more than once, so each row remembers the version it has: what is older is
//! skipped, what is next is applied, and where something is missing it is read from the event table first.
//!
//! | module | holds |
//! |---|---|
//! | `follow` | bringing one row as far as its stream is |
//! | `follower` | what such a row is: how it changes, and what must be written together with it |
//! | `catalogue`, `availability`, `orders`, `promo_codes`, `accounts` | the views' projections: pure functions, event after event |

mod accounts;
mod availability;
mod catalogue;
mod follow;
mod follower;
mod orders;
mod promo_codes;

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};
use domain::{
    BoundedContext,
    accounts::{Accounts, StreamId as AccountStream},
    booking::{self, Booking},
};
pub use event_store::Failure;
use event_store::{Batch, EventStore, Hints};
use plenary_http::{
    metrics::{self, Metric},
    now,
    start::{ConfigError, dynamodb, variable},
};
use read_model::{ConferenceDoc, DeadLetters, OrderDoc, PoolDoc, PromoCodeDoc, Tables, Views};

use accounts::Account;
use follow::{Following, failed, park};
use follower::{Follower, RowAlone};

/// The name under which a stream stands still whose kind this version does not know, and so for every view.
const EVERY_VIEW: &str = "*";

/// The projector function. Cheap to clone.
#[derive(Clone)]
pub struct Projector {
    booking: EventStore<Booking>,
    accounts: EventStore<Accounts>,
    views: Views,
    dead_letters: DeadLetters,
}

impl Projector {
    /// Over the booking context's tables, the accounts context's event table, and the views' tables, of this DynamoDB.
    pub fn new(
        client: aws_sdk_dynamodb::Client,
        booking: event_store::Tables,
        account_events: String,
        views: Tables,
    ) -> Self {
        let accounts = event_store::Tables::without_keys(account_events);
        Self {
            views: Views::new(&client, &views),
            dead_letters: DeadLetters::new(client.clone(), views.dead_letters),
            booking: EventStore::new(client.clone(), booking),
            accounts: EventStore::new(client, accounts),
        }
    }

    /// As the environment says: for the cold start of a function that projects.
    ///
    /// # Errors
    /// A variable is not set.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let booking = event_store::Tables {
            events: variable("EVENTS_TABLE")?,
            keys: variable("KEYS_TABLE")?,
        };
        let account_events = variable("ACCOUNT_EVENTS_TABLE")?;
        let views = Tables {
            catalogue: variable("CATALOGUE_TABLE")?,
            availability: variable("AVAILABILITY_TABLE")?,
            orders: variable("ORDERS_TABLE")?,
            promo_codes: variable("PROMO_CODES_TABLE")?,
            accounts: variable("ACCOUNTS_TABLE")?,
            entries: variable("ENTRIES_TABLE")?,
            proceeds: variable("PROCEEDS_TABLE")?,
            dead_letters: variable("DEAD_LETTERS_TABLE")?,
        };
        Ok(Self::new(dynamodb().await, booking, account_events, views))
    }

    /// The same of the same logs, into the views of another DynamoDB: what they would be if they were folded anew.
    pub fn into_views(mut self, client: &aws_sdk_dynamodb::Client, views: Tables) -> Self {
        self.views = Views::new(client, &views);
        self.dead_letters = DeadLetters::new(client.clone(), views.dead_letters);
        self
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

    /// Bring every view of a stream as far as these hints say it is. The two contexts' streams are told apart by name.
    async fn project(&self, stream: &str, hints: &Hints) -> Result<(), Failure> {
        if let Ok(id) = stream.parse::<booking::StreamId>() {
            return self.project_booking(&id, hints).await;
        }
        match stream.parse::<AccountStream>() {
            Ok(id) => {
                let account = Account::new(&self.views.ledger, &id);
                self.follow(&self.accounts, &id, hints, account).await
            }
            Err(unknown) => {
                let place = (stream, EVERY_VIEW);
                let cause = unknown.to_string();
                Err(park(&self.dead_letters, place, hints.newest(), cause).await)
            }
        }
    }

    async fn project_booking(
        &self,
        stream: &booking::StreamId,
        hints: &Hints,
    ) -> Result<(), Failure> {
        match stream {
            booking::StreamId::Conference(id) => {
                let row = (&self.views.catalogue, ConferenceDoc::key(*id));
                let conference = RowAlone::new::<Booking>("catalogue", row, |doc, recorded| {
                    let booking::Event::Conference(event) = recorded.event else {
                        return doc;
                    };
                    catalogue::apply(doc, *id, event)
                });
                self.follow(&self.booking, stream, hints, conference).await
            }
            booking::StreamId::Seats(conference, id) => {
                let row = (&self.views.availability, PoolDoc::key(*conference, *id));
                let pool = RowAlone::new::<Booking>("availability", row, |doc, recorded| {
                    let booking::Event::Seats(event) = recorded.event else {
                        return doc;
                    };
                    availability::apply(doc, event)
                });
                self.follow(&self.booking, stream, hints, pool).await
            }
            booking::StreamId::Order(id) => {
                let row = (&self.views.orders, OrderDoc::key(*id));
                let order = RowAlone::new::<Booking>("orders", row, |doc, recorded| {
                    let booking::Event::Order(event) = recorded.event else {
                        return doc;
                    };
                    orders::apply(doc, recorded.version, recorded.at, event)
                });
                self.follow(&self.booking, stream, hints, order).await
            }
            booking::StreamId::Promo(conference, code) => {
                let row = (
                    &self.views.promo_codes,
                    PromoCodeDoc::key(*conference, code),
                );
                let promo_code = RowAlone::new::<Booking>("promo-codes", row, |doc, recorded| {
                    let booking::Event::Promo(event) = recorded.event else {
                        return doc;
                    };
                    promo_codes::apply(doc, (*conference, code), event)
                });
                self.follow(&self.booking, stream, hints, promo_code).await
            }
            // A conference's row has its slug: no view reads the claim.
            booking::StreamId::Slug(_) => Ok(()),
        }
    }

    async fn follow<C: BoundedContext>(
        &self,
        store: &EventStore<C>,
        stream: &C::Stream,
        hints: &Hints,
        follower: impl Follower<C>,
    ) -> Result<(), Failure> {
        let dead_letters = &self.dead_letters;
        Following {
            store,
            dead_letters,
            stream,
            hints,
            follower,
        }
        .to_the_end()
        .await
    }
}
