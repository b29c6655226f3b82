//! The top-up that this tab sent a person to the payment provider for. Kept in the tab, so that whoever comes back, by the
//! provider's link or by the browser's button, finds the payment again.

use serde::{Deserialize, Serialize};
use shared::{OrderId, TopUpId, VersionToken, account::TopUpAnswer, answers::Accepted};

use crate::browser::tab;

/// A top-up for an order, begun in this tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpNote {
    pub top_up_id: TopUpId,
    /// The provider's page.
    pub checkout_url: String,
    /// What the account's view must have reached to show it.
    pub reached: VersionToken,
    /// The order's version when it was begun.
    pub after: u64,
    /// Whether the person is at the provider's page.
    away: bool,
}

impl TopUpNote {
    /// What is known of a top-up that was just started, for an order of this version.
    pub fn new(accepted: Accepted<TopUpAnswer>, after: u64) -> Self {
        let mut reached = VersionToken::default();
        reached.advance_all(&accepted.wrote);
        let TopUpAnswer {
            top_up_id,
            checkout_url,
            ..
        } = accepted.answer;
        Self {
            top_up_id,
            checkout_url,
            reached,
            after,
            away: true,
        }
    }

    /// The note kept for an order.
    pub fn kept(order: OrderId) -> Option<Self> {
        tab::get(&key(order))
    }

    /// Keep it for an order.
    pub fn keep(&self, order: OrderId) {
        tab::set(&key(order), self);
    }

    /// The order is settled, one way or another.
    pub fn forget(order: OrderId) {
        tab::remove(&key(order));
    }
}

/// Whether the person comes from the provider's page. Asked again, they do not.
pub fn comes_back(order: OrderId) -> bool {
    let Some(note) = TopUpNote::kept(order).filter(|note| note.away) else {
        return false;
    };
    TopUpNote {
        away: false,
        ..note
    }
    .keep(order);
    true
}

fn key(order: OrderId) -> String {
    format!("top-up {order}")
}
