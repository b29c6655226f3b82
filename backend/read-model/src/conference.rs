//! A conference as the catalogue and its page show it.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, PersonId, SeatTypeId, Timestamp,
    text::{Description, MaxPerOrder, Place, Price, Quota, Slug, Title, ZoneName},
    views::ConferenceStatus,
};

use crate::{Document, Index};

/// A conference. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferenceDoc {
    pub conference_id: ConferenceId,
    pub organizer: PersonId,
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
    /// In the order in which they were added.
    pub seat_types: Vec<SeatTypeDoc>,
}

/// A seat type of a conference. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatTypeDoc {
    pub seat_type_id: SeatTypeId,
    pub name: Title,
    pub description: Description,
    pub price: Price,
    pub quota: Quota,
    pub max_per_order: MaxPerOrder,
}

impl ConferenceDoc {
    /// Conferences by their slug.
    pub const BY_SLUG: Index = Index {
        name: "by-slug",
        hash: "slug",
        range: None,
        keys_only: false,
    };
    /// The published conferences by their start: the others do not stand in it.
    pub const ON_SALE: Index = Index {
        name: "on-sale",
        hash: "shelf",
        range: Some("starts_at"),
        keys_only: false,
    };
    /// An organizer's conferences by their start, drafts included.
    pub const BY_ORGANIZER: Index = Index {
        name: "by-organizer",
        hash: "organizer",
        range: Some("starts_at"),
        keys_only: false,
    };
    /// The one value of [`Self::ON_SALE`]'s hash key.
    pub const SHELF: &str = "on-sale";

    /// The key of a conference's row.
    pub fn key(id: ConferenceId) -> String {
        id.to_string()
    }
}

impl Document for ConferenceDoc {
    const INDEXES: &'static [Index] = &[Self::BY_SLUG, Self::ON_SALE, Self::BY_ORGANIZER];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = vec![
            ("slug", self.slug.to_string()),
            ("organizer", self.organizer.to_string()),
            ("starts_at", self.starts_at.to_string()),
        ];
        if self.status == ConferenceStatus::Published {
            attributes.push(("shelf", Self::SHELF.to_owned()));
        }
        attributes
    }
}
