//! Lambda on the event tables' streams: events -> views.
//!
//! A stream record is only a hint that a stream has come so far. DynamoDB promises no order between the commits of one
//! stream, and Lambda hands a batch on more than once, so each row remembers the version it has: what is older is
//! skipped, what is next is applied, and where something is missing it is read from the event table first.
//!
//! | module | holds |
//! |---|---|
//! | [`Context`] | of which contexts the logs feed a view |
//! | `targets` | into which generations of which views |
//! | `follow` | bringing one row as far as its stream is |
//! | `forgotten` | folding the rows of a forgotten person anew |
//! | `follower` | what such a row is: how it changes, and what must be written together with it |
//! | `catalogue`, `availability`, `orders`, `promo_codes`, `accounts` | the views' projections: pure functions, event after event |
//! | `log` | every event of every stream, in words |
//! | `tally` | a stream that adds to counters |
//! | `analytics`, `popularity` | what is counted: pure functions as well; docs/adding-a-view.md adds such a view |

mod accounts;
mod analytics;
mod availability;
mod catalogue;
mod contexts;
mod follow;
mod follower;
mod forgotten;
mod log;
mod orders;
mod popularity;
mod promo_codes;
mod tally;
mod targets;

use std::sync::Arc;

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};
pub use contexts::Context;
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
    respond::chain,
    start::{ConfigError, dynamodb, variable},
};
use read_model::{
    ConferenceDoc, DeadLetters, Generation, Generations, PoolDoc, PromoCodeDoc, StoredRows, Tables,
    ViewName, Views,
};
use shared::operations::Lag;

use accounts::Account;
use follow::{Following, failed, park};
use follower::{Follower, RowAlone};
use log::Logged;
use tally::Tally;
use targets::Targets;

/// The name under which a stream stands still whose kind this version does not know, and so for every view.
pub const EVERY_VIEW: &str = "*";

/// The projector function. Cheap to clone.
#[derive(Clone)]
pub struct Projector {
    booking: EventStore<Booking>,
    accounts: EventStore<Accounts>,
    views: Views,
    tables: Arc<Tables>,
    rows: StoredRows,
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
            rows: StoredRows::new(client.clone()),
            dead_letters: DeadLetters::new(client.clone(), views.dead_letters.clone()),
            tables: Arc::new(views),
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
            log: variable("LOG_TABLE")?,
            analytics: variable("ANALYTICS_TABLE")?,
            popularity: variable("POPULARITY_TABLE")?,
            dead_letters: variable("DEAD_LETTERS_TABLE")?,
            generations: variable("GENERATIONS_TABLE")?,
        };
        Ok(Self::new(dynamodb().await, booking, account_events, views))
    }

    /// The same of the same logs, into the views of another DynamoDB: what they would be if they were folded anew.
    pub fn into_views(mut self, client: &aws_sdk_dynamodb::Client, views: Tables) -> Self {
        self.views = Views::new(client, &views);
        self.rows = StoredRows::new(client.clone());
        self.dead_letters = DeadLetters::new(client.clone(), views.dead_letters.clone());
        self.tables = Arc::new(views);
        self
    }

    /// Project one batch. Named in the answer is what must come again: the records of streams for which the database
    /// did not do its part. A stream that cannot go on whatever is tried becomes a dead letter, and does not come again.
    pub async fn handle(&self, batch: Event) -> DynamoDbEventResponse {
        let batch = Batch::from(batch);
        let (records, oldest) = (batch.len() as u32, batch.oldest());
        // Asked for once the batch is here: its commits were appended before. So whoever fills a new generation from the log
        // misses nothing if it begins once everybody knows of the generation, or asked before it was there.
        let current = self.views.generations.current().await;
        let targets = current.map(Targets::Current).map_err(failed);
        let response = batch
            .follow(|stream, hints| {
                let (projector, targets) = (self.clone(), targets.clone());
                async move { projector.project(&stream, &hints, &targets?).await }
            })
            .await;
        let at = now();
        let lag = Lag {
            commits: records,
            millis: oldest
                .map_or(0, |oldest| at.millis() - oldest.millis())
                .max(0),
            at,
        };
        metrics::emit(&[
            Metric::Count("Records", records),
            Metric::Count("ComeAgain", response.batch_item_failures.len() as u32),
            Metric::Millis("ProjectionLag", lag.millis),
        ]);
        // Operators want to see it, and nothing else hangs on it.
        if let Err(error) = self.views.generations.note_lag(lag).await {
            tracing::warn!(
                cause = chain(&error),
                "how far behind the views are was not noted"
            );
        }
        response
    }

    /// Bring every view of a stream as far as the stream is, by the event table alone: for a dead letter, once its cause
    /// is gone.
    ///
    /// # Errors
    /// If the stream cannot go on still, or the database did not do its part.
    pub async fn replay(&self, stream: &str) -> Result<(), Failure> {
        let current = self.views.generations.current().await.map_err(failed)?;
        let targets = Targets::Current(current);
        self.project(stream, &Hints::everything(), &targets).await?;
        let place = (EVERY_VIEW, Generation::FIRST);
        let removed = self.dead_letters.remove(stream, place);
        removed.await.map_err(failed)
    }

    /// The booking context's log.
    pub fn booking(&self) -> &EventStore<Booking> {
        &self.booking
    }

    /// The accounts context's log.
    pub fn accounts(&self) -> &EventStore<Accounts> {
        &self.accounts
    }

    /// The views' tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The rows of those tables.
    pub fn rows(&self) -> &StoredRows {
        &self.rows
    }

    /// The views' generations.
    pub fn generations(&self) -> &Generations {
        &self.views.generations
    }

    /// Where streams stand still.
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.dead_letters
    }

    /// Bring every generation of one view as far as a stream is, by the event table alone.
    ///
    /// # Errors
    /// If the stream cannot go on still, or the database did not do its part.
    pub async fn replay_for(&self, view: ViewName, stream: &str) -> Result<(), Failure> {
        let current = self.views.generations.read_all().await.map_err(failed)?;
        let targets = Targets::CurrentOf(view, current.of(view));
        self.project(stream, &Hints::everything(), &targets).await
    }

    /// Bring one generation of one view as far as these hints say that a stream is.
    ///
    /// # Errors
    /// If the stream cannot go on, or the database did not do its part.
    pub async fn fill(
        &self,
        (view, generation): (ViewName, Generation),
        stream: &str,
        hints: &Hints,
    ) -> Result<(), Failure> {
        let targets = Targets::One(view, generation);
        self.project(stream, hints, &targets).await
    }

    /// Bring views of a stream as far as these hints say it is. What fails for one of them keeps no other back.
    async fn project(&self, stream: &str, hints: &Hints, targets: &Targets) -> Result<(), Failure> {
        let stream = match stream.parse::<booking::StreamId>() {
            Ok(id) => Stream::Booking(id),
            Err(unknown) => match stream.parse::<AccountStream>() {
                Ok(id) => Stream::Account(id),
                Err(_) => return Err(self.unknown(stream, hints, &unknown.to_string()).await),
            },
        };
        let mut outcome = Ok(());
        for (view, generation) in targets.all() {
            let projected = match &stream {
                Stream::Booking(id) => self.project_booking(id, hints, view, generation).await,
                Stream::Account(id) => self.project_account(id, hints, view, generation).await,
            };
            outcome = match (outcome, projected) {
                // What may go better next time comes again, whatever else happened.
                (_, Err(transient @ Failure::Transient(_))) => Err(transient),
                (Ok(()), projected) => projected,
                (failed, _) => failed,
            };
        }
        outcome
    }

    /// The two contexts' streams are told apart by name. One that is of neither stands still for every view.
    async fn unknown(&self, stream: &str, hints: &Hints, cause: &str) -> Failure {
        let (place, newest) = ((EVERY_VIEW, Generation::FIRST), hints.newest());
        let parked = park(&self.dead_letters, stream, place, newest, cause).await;
        parked.map_or_else(|failure| failure, |()| Failure::Parked(cause.to_owned()))
    }

    /// Project a stream of booking into a generation of a view, if it feeds that.
    async fn project_booking(
        &self,
        stream: &booking::StreamId,
        hints: &Hints,
        view: ViewName,
        generation: Generation,
    ) -> Result<(), Failure> {
        let place = (view, generation);
        match (stream, view) {
            (booking::StreamId::Conference(id), ViewName::Catalogue) => {
                let (rows, key) = (self.views.catalogue.at(generation), ConferenceDoc::key(*id));
                let conference = RowAlone::new::<Booking>(rows, key, |doc, recorded| {
                    let booking::Event::Conference(event) = recorded.event else {
                        return doc;
                    };
                    catalogue::apply(doc, *id, event)
                });
                self.follow(&self.booking, stream, hints, place, conference)
                    .await
            }
            (booking::StreamId::Seats(conference, id), ViewName::Availability) => {
                let (rows, key) = (
                    self.views.availability.at(generation),
                    PoolDoc::key(*conference, *id),
                );
                let pool = RowAlone::new::<Booking>(rows, key, |doc, recorded| {
                    let booking::Event::Seats(event) = recorded.event else {
                        return doc;
                    };
                    availability::apply(doc, event)
                });
                self.follow(&self.booking, stream, hints, place, pool).await
            }
            (booking::StreamId::Order(id), ViewName::Orders) => {
                let order = orders::row(self.views.orders.at(generation), *id);
                self.follow(&self.booking, stream, hints, place, order)
                    .await
            }
            (booking::StreamId::Promo(conference, code), ViewName::PromoCodes) => {
                let (rows, key) = (
                    self.views.promo_codes.at(generation),
                    PromoCodeDoc::key(*conference, code),
                );
                let promo_code = RowAlone::new::<Booking>(rows, key, |doc, recorded| {
                    let booking::Event::Promo(event) = recorded.event else {
                        return doc;
                    };
                    promo_codes::apply(doc, (*conference, code), event)
                });
                self.follow(&self.booking, stream, hints, place, promo_code)
                    .await
            }
            (booking::StreamId::Order(_), ViewName::Analytics) => {
                let tallies = self.views.analytics.at(generation);
                let order = Tally::new::<Booking>(tallies, stream, |order, counts, recorded| {
                    let booking::Event::Order(event) = recorded.event else {
                        return order;
                    };
                    analytics::apply(order, counts, recorded.at, event)
                });
                self.follow(&self.booking, stream, hints, place, order)
                    .await
            }
            (booking::StreamId::Seats(conference, _), ViewName::Popularity) => {
                let tallies = self.views.popularity.at(generation);
                let pool = Tally::new::<Booking>(tallies, stream, |_, counts, recorded| {
                    popularity::count(*conference, counts, recorded);
                    Some(())
                });
                self.follow(&self.booking, stream, hints, place, pool).await
            }
            (_, ViewName::Log) => {
                let log = self.views.log.at(generation);
                let events = Logged::new::<Booking>(log, stream, |before, event| {
                    log::of_booking(stream, before, event)
                });
                self.follow(&self.booking, stream, hints, place, events)
                    .await
            }
            // The others are fed by other streams. A conference's row has its slug: no view but the log reads the claim.
            _ => Ok(()),
        }
    }

    /// Project an account's stream into a generation of a view, if it feeds that.
    async fn project_account(
        &self,
        stream: &AccountStream,
        hints: &Hints,
        view: ViewName,
        generation: Generation,
    ) -> Result<(), Failure> {
        let place = (view, generation);
        if view == ViewName::Log {
            let log = self.views.log.at(generation);
            let events = Logged::new::<Accounts>(log, stream, |_, event| log::of_accounts(event));
            self.follow(&self.accounts, stream, hints, place, events)
                .await?;
        }
        if view == ViewName::Accounts {
            let account = Account::new(self.views.ledger.at(generation), stream);
            self.follow(&self.accounts, stream, hints, place, account)
                .await?;
        }
        Ok(())
    }

    async fn follow<C: BoundedContext>(
        &self,
        store: &EventStore<C>,
        stream: &C::Stream,
        hints: &Hints,
        (view, generation): (ViewName, Generation),
        follower: impl Follower<C>,
    ) -> Result<(), Failure> {
        let dead_letters = &self.dead_letters;
        Following {
            store,
            dead_letters,
            stream,
            hints,
            view,
            generation,
            follower,
        }
        .to_the_end()
        .await
    }
}

/// A stream by its context.
enum Stream {
    Booking(booking::StreamId),
    Account(AccountStream),
}
