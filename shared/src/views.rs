//! What queries return. Views are folded from events and may lag behind a command by a moment; `as_of` says how far
//! each has come.

use serde::{Deserialize, Serialize};

use crate::{
    ConferenceId, Currency, Money, OrderId, SeatTypeId, Timestamp, VersionToken,
    text::{Description, EmailAddress, PersonName, Place, Slug, Title, ZoneName},
};

/// Where a conference stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceStatus {
    /// Not yet shown to anybody but its organizer.
    #[default]
    Draft,
    /// On sale.
    Published,
    /// Taken off sale; orders stand.
    Unpublished,
}

/// `GET /api/conferences`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// By start, the earliest first.
    pub conferences: Vec<ConferenceSummary>,
    /// Every city with a conference on sale, in alphabetical order, for the filter.
    pub cities: Vec<Place>,
    /// Send it as `cursor` for the next page; none on the last.
    pub next_cursor: Option<String>,
    pub as_of: VersionToken,
}

/// A conference in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferenceSummary {
    pub conference_id: ConferenceId,
    pub slug: Slug,
    pub name: Title,
    pub description: Description,
    pub venue: Place,
    pub city: Place,
    pub time_zone: ZoneName,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The cheapest seat type's price.
    pub from_price: Option<Money>,
    /// Free seats over all types.
    pub remaining: u32,
}

/// `GET /api/conferences/{slug-or-id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferencePage {
    pub conference_id: ConferenceId,
    pub status: ConferenceStatus,
    pub slug: Slug,
    pub name: Title,
    pub description: Description,
    pub venue: Place,
    pub city: Place,
    pub time_zone: ZoneName,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub currency: Currency,
    /// In the order in which the organizer added them.
    pub seat_types: Vec<SeatTypeOnSale>,
    pub as_of: VersionToken,
}

/// A seat type on its conference's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatTypeOnSale {
    pub seat_type_id: SeatTypeId,
    pub name: Title,
    pub description: Description,
    pub price: Money,
    pub quota: u32,
    pub remaining: u32,
    /// Held by people who are booking now: some of these seats may come back.
    pub held: u32,
    pub max_per_order: u32,
}

/// `GET /api/conferences/{id}/availability`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    pub conference_id: ConferenceId,
    pub seat_types: Vec<PoolAvailability>,
    pub as_of: VersionToken,
}

/// How the seats of one type stand: `quota = remaining + held + sold`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolAvailability {
    pub seat_type_id: SeatTypeId,
    pub quota: u32,
    pub remaining: u32,
    /// Held now; a hold whose time is over counts as remaining.
    pub held: u32,
    pub sold: u32,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// All seats asked for are held.
    Reserved,
    /// Some of the seats asked for are held.
    PartlyReserved,
    /// The hold's time is over. It can still be confirmed while the seats are free.
    Expired,
    Confirmed,
    Cancelled,
}

/// Where one seat of an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatStatus {
    Held,
    Confirmed,
    Cancelled,
}

/// `GET /api/me/orders`: the signed-in person's orders, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyOrders {
    pub orders: Vec<OrderView>,
    pub as_of: VersionToken,
}

/// `GET /api/orders/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    pub order_id: OrderId,
    pub locator: String,
    pub status: OrderStatus,
    pub conference: OrderedConference,
    pub lines: Vec<OrderLine>,
    /// The price of all seats that are held or confirmed.
    pub total: Money,
    pub placed_at: Timestamp,
    /// Until when the seats are (or were) held; none once the order is confirmed or cancelled.
    pub held_until: Option<Timestamp>,
    /// Whether the hold can still be extended.
    pub can_extend: bool,
    /// What happened, in order; each entry is one event.
    pub timeline: Vec<TimelineEntry>,
    pub as_of: VersionToken,
}

/// The conference that an order is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedConference {
    pub conference_id: ConferenceId,
    pub slug: Slug,
    pub name: Title,
    pub venue: Place,
    pub city: Place,
    pub time_zone: ZoneName,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// Seats of one type in an order, at the price fixed when it was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The line's place in the order, from 1.
    pub line: u32,
    pub seat_type_id: SeatTypeId,
    pub name: Title,
    pub unit_price: Money,
    /// How many were asked for.
    pub requested: u32,
    /// The granted seats.
    pub seats: Vec<OrderedSeat>,
}

/// One seat of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedSeat {
    /// The seat's place in its line, from 1.
    pub seat: u32,
    pub status: SeatStatus,
    /// Who sits there; none while nobody is named, or after the name was forgotten.
    pub attendee: Option<Attendee>,
}

/// Who sits on a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    pub name: PersonName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
}

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The version of the event in the order's stream.
    pub version: u64,
    pub at: Timestamp,
    pub what: Happened,
}

/// What happened to an order: a word where there is nothing more to say (`"confirmed"`), otherwise an object with the
/// word as its only key (`{"placed": {"requested": 3}}`). This form is read in one pass; one with the word beside its
/// fields would have to be kept whole first, which costs the web app 8 KB of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The order was placed, asking for so many seats.
    Placed {
        requested: u32,
    },
    /// So many seats were granted and are held until then.
    SeatsHeld {
        seats: u32,
        until: Timestamp,
    },
    HoldExtended {
        until: Timestamp,
    },
    /// An attendee was named, or named anew.
    AttendeeAssigned {
        line: u32,
        seat: u32,
        again: bool,
    },
    /// The hold had run out, and the seats were still free and were taken again.
    SeatsRecovered {
        seats: u32,
    },
    Confirmed,
    /// Seats were given up; `value` is their price.
    SeatsCancelled {
        line: u32,
        seats: Vec<u32>,
        value: Money,
    },
    Cancelled,
}
