//! The view tables: what the projector writes and the queries read. The two meet here and nowhere else.
//!
//! A row is one [`Document`] with the version of the stream that fed it. It is written only over the version that was
//! read ([`View::put`]), so nothing older ever overwrites what is newer, however often, late or at once it is tried.
//!
//! A view can be folded again from the event table, as a new [`Generation`] beside the one that is read. Who reads a view
//! never learns whether that happened: it goes through [`View`], which knows the table and the generation that serves.

mod account;
pub mod analytics;
mod conference;
mod dead_letters;
mod entries;
mod error;
mod generation;
mod kept;
mod ledger;
mod log;
mod order;
mod pool;
pub mod popularity;
mod proceeds;
mod promo_code;
mod query;
mod stored_rows;
mod tables;
mod tallies;
mod transaction;
mod view;
mod view_name;

pub use account::AccountDoc;
pub use conference::{ConferenceDoc, SeatTypeDoc};
pub use dead_letters::{DeadLetter, DeadLetters, Skip, Skips};
pub use entries::Entries;
pub use error::Error;
pub use generation::{AllCurrent, Current, Generation, Generations, Scope, Work};
pub use kept::KEPT;
pub use ledger::{Ledger, Movements};
pub use log::{EventsOf, Log, LogSource, NotAPlace, Place};
pub use order::{LineDoc, OrderDoc, OrderPhase, PaymentDoc};
pub use pool::{DuePools, PoolDoc};
pub use proceeds::{Day, Proceeds, Takings};
pub use promo_code::PromoCodeDoc;
pub use stored_rows::{RowPosition, StoredRow, StoredRows};
pub use tables::{RangeOf, Tables, ViewTable, create_tables};
pub use tallies::{Counts, Tallies, Tally};
pub use view::{Document, Index, Row, View, Written};
pub use view_name::{UnknownView, ViewName};

/// All views of one deployment. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Views {
    /// Conferences, by id.
    pub catalogue: View<ConferenceDoc>,
    /// Pools of seats, by conference and seat type.
    pub availability: View<PoolDoc>,
    /// Orders, by id.
    pub orders: View<OrderDoc>,
    /// Promo codes, by conference and code.
    pub promo_codes: View<PromoCodeDoc>,
    /// Accounts, their entries, and what conferences took in.
    pub ledger: Ledger,
    /// Every event, by time.
    pub log: Log,
    /// How bookings of a conference go, by conference.
    pub analytics: Tallies<analytics::CountedOrder>,
    /// At which hours seats are taken, by conference.
    pub popularity: Tallies<()>,
    /// Which generation of each serves.
    pub generations: Generations,
}

impl Views {
    /// Over this DynamoDB and these tables: of each view the generation that serves.
    pub fn new(client: &aws_sdk_dynamodb::Client, tables: &Tables) -> Self {
        let generations = Generations::new(client.clone(), tables.generations.clone());
        let scope = |view| Scope::Serving(generations.clone(), view);
        Self {
            catalogue: View::new(
                client.clone(),
                tables.catalogue.clone(),
                scope(ViewName::Catalogue),
            ),
            availability: View::new(
                client.clone(),
                tables.availability.clone(),
                scope(ViewName::Availability),
            ),
            orders: View::new(
                client.clone(),
                tables.orders.clone(),
                scope(ViewName::Orders),
            ),
            promo_codes: View::new(
                client.clone(),
                tables.promo_codes.clone(),
                scope(ViewName::PromoCodes),
            ),
            ledger: Ledger::new(client, tables, scope(ViewName::Accounts)),
            log: Log::new(client, &tables.log, scope(ViewName::Log)),
            analytics: Tallies::new(client, &tables.analytics, scope(ViewName::Analytics)),
            popularity: Tallies::new(client, &tables.popularity, scope(ViewName::Popularity)),
            generations,
        }
    }
}
