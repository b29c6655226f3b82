//! The bodies of commands. Unknown fields are refused, so that a misspelt one is not silently without effect.
//!
//! Every command also takes an `Idempotency-Key` header: a UUID that the client makes for one intent and sends again
//! with each retry of it.

use serde::{Deserialize, Serialize};

use crate::{
    ConferenceId, Currency, OrderId, SeatTypeId, Timestamp,
    text::{
        AmountOff, Description, EmailAddress, MaxPerOrder, MaxUses, Ordinal, Percent, PersonName,
        Place, Price, PromoCode, Quantity, Quota, Slug, Title, ZoneName,
    },
};

/// `POST /api/conferences`: a new conference, as a draft that only its organizer sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateConference {
    pub name: Title,
    /// The conference's address; nobody else may have it, and it stays.
    pub slug: Slug,
    #[serde(default = "no_description")]
    pub description: Description,
    pub venue: Place,
    pub city: Place,
    /// The venue's IANA zone: times are shown in it.
    pub time_zone: ZoneName,
    pub starts_at: Timestamp,
    /// Not before `starts_at`.
    pub ends_at: Timestamp,
    /// The currency of all its prices.
    pub currency: Currency,
}

fn no_description() -> Description {
    #[expect(
        clippy::expect_used,
        reason = "the empty text is a valid description, as the test below shows"
    )]
    "".parse().expect("empty is valid")
}

/// `PATCH /api/conferences/{id}`: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviseConference {
    pub name: Option<Title>,
    pub description: Option<Description>,
    pub venue: Option<Place>,
    pub city: Option<Place>,
    pub time_zone: Option<ZoneName>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
}

/// `POST /api/conferences/{id}/seat-types`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSeatType {
    pub name: Title,
    #[serde(default = "no_description")]
    pub description: Description,
    /// Minor units of the conference's currency, everything included.
    pub price: Price,
    pub quota: Quota,
    /// How many one order may hold; 10 where it is left out.
    #[serde(default = "ten")]
    pub max_per_order: MaxPerOrder,
}

fn ten() -> MaxPerOrder {
    #[expect(
        clippy::expect_used,
        reason = "ten is within 1 to 100, as the test below shows"
    )]
    MaxPerOrder::try_from(10).expect("10 is valid")
}

/// `PATCH /api/conferences/{id}/seat-types/{seat_type_id}`: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviseSeatType {
    pub name: Option<Title>,
    pub description: Option<Description>,
    /// Only while the conference is not published.
    pub price: Option<Price>,
    /// Never below what is held and sold.
    pub quota: Option<Quota>,
    pub max_per_order: Option<MaxPerOrder>,
}

/// `POST /api/conferences/{id}/promo-codes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddPromoCode {
    /// Unique within the conference; a withdrawn code cannot be added again.
    pub code: PromoCode,
    pub discount: Discount,
    /// The seat types whose price it lowers; empty for all of them.
    #[serde(default)]
    pub seat_type_ids: Vec<SeatTypeId>,
    /// How many orders may use it; any number where it is left out.
    #[serde(default)]
    pub max_uses: Option<MaxUses>,
    /// Not before then; at once where it is left out.
    #[serde(default)]
    pub valid_from: Option<Timestamp>,
    /// Only before then; without end where it is left out.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    /// Whether it may be used together with other codes that say the same of themselves.
    #[serde(default)]
    pub combinable: bool,
}

/// What a promo code takes off the price of each seat: `{"percent": 20}` or `{"amount": 500}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A share of it, rounded half up to a whole minor unit.
    Percent(Percent),
    /// Minor units of the conference's currency, never more than the price.
    Amount(AmountOff),
}

/// `POST /api/orders`: ask for seats and hold them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// Made by the client; the order's address from then on.
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    /// One line per seat type, at least one.
    pub lines: Vec<RequestedLine>,
    /// Whether fewer seats than asked for will do. If not, it is all or nothing.
    #[serde(default)]
    pub partial: bool,
    /// Up to three; each must apply to at least one line.
    #[serde(default)]
    pub promo_codes: Vec<PromoCode>,
}

/// So many seats of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestedLine {
    pub seat_type_id: SeatTypeId,
    pub quantity: Quantity,
}

/// `POST /api/orders/{id}/attendees`: say who sits where, or say it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignAttendees {
    pub attendees: Vec<AssignedSeat>,
}

/// Who sits on one seat of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignedSeat {
    /// The line's place in the order, from 1.
    pub line: Ordinal,
    /// The seat's place in the line, from 1.
    pub seat: Ordinal,
    pub name: PersonName,
    #[serde(default)]
    pub email: Option<EmailAddress>,
}

/// `POST /api/orders/{id}/lines/{n}/cancel`: give up these seats of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelSeats {
    /// Places in the line, from 1.
    pub seats: Vec<Ordinal>,
}

/// The body of a command that says everything by its address; no body at all is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_values() {
        assert_eq!(no_description().as_str(), "");
        assert_eq!(ten().get(), 10);
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let body = r#"{"seats":[1],"seat":2}"#;
        assert!(
            serde_json::from_str::<CancelSeats>(body)
                .unwrap_err()
                .to_string()
                .contains("unknown field `seat`")
        );
    }
}
