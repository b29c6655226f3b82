//! The views by name: what is rebuilt as one, and what dead letters are about.

use std::{fmt, str::FromStr};

/// A view. Its tables move together: an account's entries, and what conferences took in, are of one with the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViewName {
    Catalogue,
    Availability,
    Orders,
    PromoCodes,
    Accounts,
    Log,
    Analytics,
    Popularity,
}

/// There is no view of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no view `{0}`; the views are {all}", all = ViewName::ALL.map(ViewName::text).join(", "))]
pub struct UnknownView(String);

impl ViewName {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Catalogue,
        Self::Availability,
        Self::Orders,
        Self::PromoCodes,
        Self::Accounts,
        Self::Log,
        Self::Analytics,
        Self::Popularity,
    ];

    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Availability => "availability",
            Self::Orders => "orders",
            Self::PromoCodes => "promo-codes",
            Self::Accounts => "accounts",
            Self::Log => "log",
            Self::Analytics => "analytics",
            Self::Popularity => "popularity",
        }
    }

    /// What it shows, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Catalogue => "Conferences and their seat types",
            Self::Availability => "How the seats of each seat type stand",
            Self::Orders => "Orders with their attendees and timelines",
            Self::PromoCodes => "Promo codes and how often they were used",
            Self::Accounts => "Accounts, their entries, and what conferences took in",
            Self::Log => "Every event, by time",
            Self::Analytics => "How bookings of each conference go",
            Self::Popularity => "At which hours seats are taken",
        }
    }
}

impl fmt::Display for ViewName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for ViewName {
    type Err = UnknownView;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|view| view.text() == text)
            .ok_or_else(|| UnknownView(text.to_owned()))
    }
}
