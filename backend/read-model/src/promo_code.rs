//! A promo code as its organizer sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, OrderId, SeatTypeId, Timestamp,
    requests::Discount,
    text::{MaxUses, PromoCode},
};

use crate::{Document, Index};

/// A promo code. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoCodeDoc {
    pub conference_id: ConferenceId,
    pub code: PromoCode,
    pub discount: Discount,
    /// Empty for all seat types.
    pub seat_type_ids: Vec<SeatTypeId>,
    pub max_uses: Option<MaxUses>,
    pub valid_from: Option<Timestamp>,
    pub valid_until: Option<Timestamp>,
    pub combinable: bool,
    pub withdrawn: bool,
    /// Orders that were confirmed with it.
    pub used: u32,
    /// Orders that hold it, each until its hold runs out.
    pub holds: BTreeMap<OrderId, Timestamp>,
}

impl PromoCodeDoc {
    /// A conference's codes in alphabetical order.
    pub const BY_CONFERENCE: Index = Index {
        name: "by-conference",
        hash: "conference",
        range: Some("code"),
        keys_only: false,
    };

    /// The key of a code's row.
    pub fn key(conference: ConferenceId, code: &PromoCode) -> String {
        format!("{conference}#{code}")
    }

    /// How many orders hold it at a time: a hold whose time is over does not count, whether it was released or not.
    pub fn held(&self, now: Timestamp) -> u32 {
        self.holds.values().filter(|until| **until > now).count() as u32
    }
}

impl Document for PromoCodeDoc {
    const INDEXES: &'static [Index] = &[Self::BY_CONFERENCE];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        vec![
            ("conference", self.conference_id.to_string()),
            ("code", self.code.to_string()),
        ]
    }
}
