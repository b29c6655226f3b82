//! Of which contexts the logs feed a view.

use read_model::ViewName;
use serde::{Deserialize, Serialize};

/// A bounded context, with its log. A storage format: it stands in how far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    Booking,
    Accounts,
}

impl Context {
    /// Those whose logs feed a view.
    pub fn feeding(view: ViewName) -> &'static [Self] {
        match view {
            ViewName::Catalogue
            | ViewName::Availability
            | ViewName::Orders
            | ViewName::PromoCodes
            | ViewName::Analytics
            | ViewName::Popularity => &[Self::Booking],
            ViewName::Accounts => &[Self::Accounts],
            ViewName::Log => &[Self::Booking, Self::Accounts],
        }
    }
}
