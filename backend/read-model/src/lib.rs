//! The view tables: what the projector writes and the queries read. The two meet here and nowhere else.
//!
//! A row is one [`Document`] with the version of the stream that fed it. It is written only over the version that was
//! read ([`View::put`]), so nothing older ever overwrites what is newer, however often, late or at once it is tried.
//!
//! A view can be thrown away and folded again from the event table. What only reads a view never learns whether that
//! happened: it goes through [`View`], which knows the table.

mod account;
mod conference;
mod dead_letters;
mod entries;
mod error;
mod ledger;
mod order;
mod pool;
mod proceeds;
mod promo_code;
mod tables;
mod view;

pub use account::AccountDoc;
pub use conference::{ConferenceDoc, SeatTypeDoc};
pub use dead_letters::{DeadLetter, DeadLetters};
pub use entries::Entries;
pub use error::Error;
pub use ledger::{Ledger, Movements};
pub use order::{LineDoc, OrderDoc, OrderPhase, PaymentDoc};
pub use pool::{DuePools, PoolDoc};
pub use proceeds::{Day, Proceeds, Takings};
pub use promo_code::PromoCodeDoc;
pub use tables::{Tables, create_tables};
pub use view::{Document, Index, Row, View, Written};

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
}

impl Views {
    /// Over this DynamoDB and these tables.
    pub fn new(client: &aws_sdk_dynamodb::Client, tables: &Tables) -> Self {
        Self {
            catalogue: View::new(client.clone(), tables.catalogue.clone()),
            availability: View::new(client.clone(), tables.availability.clone()),
            orders: View::new(client.clone(), tables.orders.clone()),
            promo_codes: View::new(client.clone(), tables.promo_codes.clone()),
            ledger: Ledger::new(client, tables),
        }
    }
}
