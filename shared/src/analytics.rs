//! What organizers learn from the events of a conference: how bookings go, when, and what becomes of them.

use serde::{Deserialize, Serialize};

use crate::{ConferenceId, Currency, VersionToken};

/// `GET /api/conferences/{conference_id}/analytics`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analytics {
    pub conference_id: ConferenceId,
    pub currency: Currency,
    pub funnel: Funnel,
    /// Day by day in UTC, days without anything left out.
    pub days: Vec<DayOfSales>,
    /// Seats given up after they were bought, by how long before the conference began.
    pub cancellations: Vec<LeadTime>,
    pub as_of: VersionToken,
}

/// How many orders came how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// Orders that were given seats to hold.
    pub held: u32,
    /// Of these, orders whose price was asked of an account.
    pub payment_requested: u32,
    /// Of these, orders that were declined at least once.
    pub declined: u32,
    /// Orders confirmed: paid, or free of charge.
    pub confirmed: u32,
    /// Holds that ran out before they were confirmed.
    pub expired: u32,
    /// Orders given back as a whole, before or after they were paid.
    pub cancelled: u32,
}

/// What was sold on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOfSales {
    /// Such as `2026-11-24`.
    pub day: String,
    /// Seats confirmed, less none.
    pub sold: u32,
    /// Seats given up after they were confirmed.
    pub cancelled: u32,
    /// Minor units: the price of the seats confirmed, less that of the seats given up.
    pub revenue: i64,
}

/// Seats given up so long before the conference began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadTime {
    /// At least so many days before.
    pub from_days: u32,
    /// And fewer than so many; none in the last group.
    pub to_days: Option<u32>,
    pub seats: u32,
}

/// `GET /api/conferences/{conference_id}/popularity`: at which hours of the day seats are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Popularity {
    pub conference_id: ConferenceId,
    /// Seats reserved in each hour of the day in UTC: 24 numbers.
    pub hours: Vec<u32>,
    pub as_of: VersionToken,
}
