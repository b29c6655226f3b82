//! The names of streams: one aggregate's history each.

use std::{fmt, str::FromStr};

use shared::{
    ConferenceId, OrderId, PersonId, SeatTypeId,
    text::{PromoCode, Slug},
};

use crate::UnknownStream;

/// The stream of one aggregate. Its text form is the event table's partition key, and so a storage format.
///
/// ```
/// use domain::booking::StreamId;
/// let text = "seats#0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10#7d1b1f0c-52f5-4b0a-8a37-3d8c8e1f2b11";
/// assert_eq!(text.parse::<StreamId>().unwrap().to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// `conference#ID`
    Conference(ConferenceId),
    /// `seats#CONFERENCE#POOL`; a pool is a seat type's seats.
    Seats(ConferenceId, SeatTypeId),
    /// `order#ID`
    Order(OrderId),
    /// `slug#SLUG`
    Slug(Slug),
    /// `promo#CONFERENCE#CODE`
    Promo(ConferenceId, PromoCode),
    /// `person#PERSON`; a person's id is opaque and may hold any character.
    Person(PersonId),
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conference(id) => write!(f, "conference#{id}"),
            Self::Seats(conference, pool) => write!(f, "seats#{conference}#{pool}"),
            Self::Order(id) => write!(f, "order#{id}"),
            Self::Slug(slug) => write!(f, "slug#{slug}"),
            Self::Person(id) => write!(f, "person#{id}"),
            Self::Promo(conference, code) => write!(f, "promo#{conference}#{code}"),
        }
    }
}

impl FromStr for StreamId {
    type Err = UnknownStream;

    fn from_str(text: &str) -> Result<Self, UnknownStream> {
        let parse = || match text.split_once('#')? {
            ("conference", id) => Some(Self::Conference(id.parse().ok()?)),
            ("seats", ids) => {
                let (conference, pool) = ids.split_once('#')?;
                Some(Self::Seats(conference.parse().ok()?, pool.parse().ok()?))
            }
            ("order", id) => Some(Self::Order(id.parse().ok()?)),
            ("slug", slug) => Some(Self::Slug(slug.parse().ok()?)),
            ("promo", text) => {
                let (conference, code) = text.split_once('#')?;
                Some(Self::Promo(conference.parse().ok()?, code.parse().ok()?))
            }
            ("person", id) if !id.is_empty() => Some(Self::Person(PersonId(id.to_owned()))),
            _ => None,
        };
        parse().ok_or_else(|| UnknownStream(text.to_owned()))
    }
}
