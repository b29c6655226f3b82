//! What a command answers: what now is, and which streams it wrote up to which version.
//!
//! Sent again with the same key, a command gives the first answer again: each is worked out from the state right after
//! that command, whatever has happened since.

use serde::{Deserialize, Serialize};

use crate::{
    ConferenceId, Money, OrderId, PersonId, SeatTypeId, StreamVersion, Timestamp,
    text::{PromoCode, Slug},
    views::ConferenceStatus,
    views::LineDiscount,
    views::OrderStatus,
    views::SeatStatus,
};

/// An accepted command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted<T> {
    /// What the command led to.
    #[serde(flatten)]
    pub answer: T,
    /// The streams it wrote, each with the version of its last event. Send them as `min_version` to see your own write.
    /// Empty where there was nothing to change.
    pub wrote: Vec<StreamVersion>,
}

/// A conference after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferenceAnswer {
    pub conference_id: ConferenceId,
    pub slug: Slug,
    pub status: ConferenceStatus,
    /// The seat type that the command was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_type_id: Option<SeatTypeId>,
}

/// A promo code after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoCodeAnswer {
    pub conference_id: ConferenceId,
    pub code: PromoCode,
    pub withdrawn: bool,
}

/// A person after they asked to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAnswer {
    pub person: PersonId,
}

/// An order after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAnswer {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    /// Six characters to say on the telephone.
    pub locator: String,
    pub status: OrderStatus,
    pub lines: Vec<AnsweredLine>,
    /// The price of all seats that are held or confirmed.
    pub total: Money,
    /// Until when the seats are held; none once the order is confirmed or cancelled.
    pub held_until: Option<Timestamp>,
    /// Whether the hold can still be extended.
    pub can_extend: bool,
}

/// A line of an order after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredLine {
    /// The line's place in the order, from 1.
    pub line: u32,
    pub seat_type_id: SeatTypeId,
    pub unit_price: Money,
    /// What each promo code takes off each of its seats.
    pub discounts: Vec<LineDiscount>,
    /// What each of its seats costs after that.
    pub seat_price: Money,
    /// How many seats were asked for.
    pub requested: u32,
    /// How many were granted.
    pub granted: u32,
    /// The state of each granted seat, in order.
    pub seats: Vec<SeatStatus>,
}
