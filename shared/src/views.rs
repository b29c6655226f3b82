//! What queries return. Views are folded from events and may lag behind a command by a moment; `as_of` says how far
//! each has come.

use serde::{Deserialize, Serialize};

use crate::{
    ConferenceId, Currency, Money, OrderId, SeatTypeId, Timestamp, VersionToken,
    account::DeclineReason,
    requests::Discount,
    text::{Description, EmailAddress, PersonName, Place, PromoCode, Slug, Title, ZoneName},
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
    /// It does not take place. Every order is cancelled and refunded.
    Cancelled,
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
    /// The account was asked for the money and has not answered yet.
    AwaitingPayment,
    Confirmed,
    Cancelled,
    /// The payment arrived after the seats were gone. It was posted back to the account.
    Refunded,
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
    /// What was paid for it and is not going back; none before it is paid.
    pub paid: Option<Money>,
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
    /// What each promo code takes off each of its seats, in the order in which they were applied.
    pub discounts: Vec<LineDiscount>,
    /// What each of its seats costs after that, and is refunded with.
    pub seat_price: Money,
    /// How many were asked for.
    pub requested: u32,
    /// The granted seats.
    pub seats: Vec<OrderedSeat>,
}

/// What a promo code takes off each seat of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDiscount {
    pub code: PromoCode,
    pub per_seat: Money,
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
    /// The conference does not take place, and the order with it.
    ConferenceCancelled,
    /// The account was asked for the money.
    PaymentRequested {
        amount: Money,
    },
    /// Money for it arrived on the account while that was being asked.
    MoneyArrived,
    /// The account did not pay; the seats are held on.
    PaymentDeclined {
        reason: DeclineReason,
        /// How much was missing.
        shortfall: Money,
    },
    /// So much goes back to the account.
    RefundDue {
        amount: Money,
        reason: RefundReason,
    },
    /// So much is back on the account.
    Refunded {
        amount: Money,
    },
}

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// Some seats or all were given up.
    SeatsCancelled,
    /// The conference does not take place.
    ConferenceCancelled,
    /// When the payment arrived, the hold had run out and somebody else had the seats.
    SeatsGone,
    /// When the payment arrived, the order was no longer waiting for it.
    NotAwaited,
}

/// `GET /api/conferences/{id}/promo-codes/{code}`: what a code does, for prices before an order is placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoTerms {
    pub code: PromoCode,
    pub discount: Discount,
    /// The seat types whose price it lowers; empty for all of them.
    pub seat_type_ids: Vec<SeatTypeId>,
    pub valid_until: Option<Timestamp>,
    pub combinable: bool,
}

/// `GET /api/conferences/{id}/promo-codes`: the organizer's codes, in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoCodes {
    pub promo_codes: Vec<PromoCodeView>,
    pub as_of: VersionToken,
}

/// A promo code as its organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoCodeView {
    pub terms: PromoTerms,
    pub valid_from: Option<Timestamp>,
    pub max_uses: Option<u32>,
    /// Orders that were confirmed with it.
    pub used: u32,
    /// Orders that hold it now.
    pub held: u32,
    pub withdrawn: bool,
}

/// `GET /api/me/conferences`: the organizer's own conferences, by start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyConferences {
    pub conferences: Vec<OwnConference>,
    pub as_of: VersionToken,
}

/// A conference as its organizer sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnConference {
    pub status: ConferenceStatus,
    pub summary: ConferenceSummary,
}

/// `GET /api/conferences/{id}/proceeds`: what a conference took in, to its organizer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proceeds {
    pub conference_id: ConferenceId,
    pub charged: Money,
    pub refunded: Money,
    /// `charged - refunded`.
    pub net: Money,
    /// How many payments and refunds there were.
    pub charges: u32,
    pub refunds: u32,
    /// By day (UTC), the earliest first; days without money are left out.
    pub days: Vec<ProceedsOfDay>,
    pub as_of: VersionToken,
}

/// What a conference took in on one day, in minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProceedsOfDay {
    /// `2027-05-18`.
    pub day: String,
    pub charged: i64,
    pub refunded: i64,
}
