//! An order as its owner sees it.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, OrderId, PersonId, Timestamp,
    views::{OrderLine, TimelineEntry},
};

use crate::{Document, Index};

/// An order, with the names of its attendees in clear: its row goes when its owner is forgotten. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDoc {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub owner: PersonId,
    pub locator: String,
    pub currency: Currency,
    pub placed_at: Timestamp,
    pub phase: OrderPhase,
    pub lines: Vec<OrderLine>,
    pub timeline: Vec<TimelineEntry>,
}

/// Where an order stands; whether a hold's time is over is for whoever has a clock. A storage format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum OrderPhase {
    /// Placed, and nothing granted yet.
    Asked,
    Held {
        until: Timestamp,
        extended: bool,
    },
    Confirmed,
    Cancelled,
}

impl OrderDoc {
    /// A person's orders by when they were placed.
    pub const BY_OWNER: Index = Index {
        name: "by-owner",
        hash: "owner",
        range: Some("placed_at"),
    };

    /// The key of an order's row.
    pub fn key(id: OrderId) -> String {
        id.to_string()
    }
}

impl Document for OrderDoc {
    const INDEXES: &'static [Index] = &[Self::BY_OWNER];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        vec![
            ("owner", self.owner.to_string()),
            ("placed_at", self.placed_at.to_string()),
        ]
    }
}
