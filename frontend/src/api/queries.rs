//! The queries that the screens ask: where each is answered, and which streams its view is folded from.

use serde::de::DeserializeOwned;
use shared::{
    ConferenceId, Currency, OrderId, VersionToken,
    account::{MyAccounts, Statement},
    endpoint::Name,
    text::PromoCode,
    views::{
        Catalogue, ConferencePage, MyConferences, MyOrders, OrderView, Proceeds, PromoCodes,
        PromoTerms,
    },
};

use crate::browser::encode;

/// Something to ask. Two equal queries have the same answer.
pub trait Query: Clone + PartialEq + Send + Sync + 'static {
    /// What it answers.
    type View: View;

    /// Whether the view is a list, folded from any number of streams. It then waits for this tab's own writes only:
    /// naming every stream ever seen would make an address longer than servers read.
    const IS_LIST: bool = false;

    /// Where to ask, without `min_version`.
    fn path(&self) -> String;

    /// Whether the view is folded from this stream, so that waiting for its version makes sense. `last` is the last
    /// answer to it, if there was one.
    fn concerns(&self, stream: &str, last: Option<&Self::View>) -> bool;

    /// Whether the answer to an earlier query may stay on the screen until this one's is there.
    fn follows(&self, earlier: &Self) -> bool {
        self.path() == earlier.path()
    }
}

/// An answer that says how far it has come.
pub trait View: DeserializeOwned + PartialEq + Send + Sync + 'static {
    /// The version of each stream that it shows.
    fn as_of(&self) -> &VersionToken;
}

macro_rules! view {
    ($($name:ty),*) => { $(impl View for $name {
        fn as_of(&self) -> &VersionToken {
            &self.as_of
        }
    })* };
}

view!(
    Catalogue,
    ConferencePage,
    MyAccounts,
    MyConferences,
    MyOrders,
    OrderView,
    Proceeds,
    PromoCodes,
    Statement
);

/// How far a view has come that nothing written in this tab changes.
pub(super) const NOTHING: &VersionToken = &VersionToken(std::collections::BTreeMap::new());

impl View for PromoTerms {
    fn as_of(&self) -> &VersionToken {
        NOTHING
    }
}

/// As a query string with its question mark; what is empty is left out.
pub fn query_string(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.push_str(&encode(value));
    }
    text
}

/// The catalogue, filtered; empty fields filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueFilter {
    /// Words of the name or the description.
    pub q: String,
    pub city: String,
    /// The first day, as `2027-05-03`.
    pub from: String,
    /// The last day, as `2027-05-03`.
    pub to: String,
    /// Where the page before this one ended.
    pub cursor: String,
}

impl CatalogueFilter {
    /// As a query string with its question mark; empty where nothing is filtered.
    pub fn query_string(&self) -> String {
        query_string(&[
            ("q", &self.q),
            ("city", &self.city),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", &self.cursor),
        ])
    }
}

impl Query for CatalogueFilter {
    type View = Catalogue;

    const IS_LIST: bool = true;

    fn path(&self) -> String {
        Name::Catalogue.path(&[]) + &self.query_string()
    }

    // Nobody writes a conference's own stream here, but whoever booked wants to see fewer seats left.
    fn concerns(&self, stream: &str, _last: Option<&Catalogue>) -> bool {
        stream.starts_with("seats#")
    }

    // The list stays while a filter is being changed, instead of jumping away and back.
    fn follows(&self, _earlier: &Self) -> bool {
        true
    }
}

/// The page of one conference, by the slug or id in its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConferenceAt(pub String);

impl Query for ConferenceAt {
    type View = ConferencePage;

    fn path(&self) -> String {
        Name::ConferencePage.path(&[&encode(&self.0)])
    }

    // Streams are named by id: whoever knows only the slug has not seen this conference yet.
    fn concerns(&self, stream: &str, last: Option<&ConferencePage>) -> bool {
        let Some(page) = last else { return false };
        let id = page.conference_id.to_string();
        let mut parts = stream.split('#');
        matches!(parts.next(), Some("conference" | "seats")) && parts.next() == Some(&id)
    }
}

/// One order of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderAt(pub OrderId);

impl Query for OrderAt {
    type View = OrderView;

    fn path(&self) -> String {
        Name::Order.path(&[&self.0])
    }

    fn concerns(&self, stream: &str, _last: Option<&OrderView>) -> bool {
        stream.strip_prefix("order#") == Some(&self.0.to_string())
    }
}

/// All orders of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MyBookings;

impl Query for MyBookings {
    type View = MyOrders;

    const IS_LIST: bool = true;

    fn path(&self) -> String {
        Name::MyOrders.path(&[])
    }

    fn concerns(&self, stream: &str, _last: Option<&MyOrders>) -> bool {
        stream.starts_with("order#")
    }
}

/// The person's accounts, one per currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MyAccount;

impl Query for MyAccount {
    type View = MyAccounts;

    fn path(&self) -> String {
        Name::MyAccounts.path(&[])
    }

    fn concerns(&self, stream: &str, _last: Option<&MyAccounts>) -> bool {
        stream.starts_with("account#")
    }
}

/// The entries of the person's account in one currency, from the newest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementOf {
    pub currency: Currency,
    /// Where the page before this one ended; empty for the first.
    pub cursor: String,
}

impl Query for StatementOf {
    type View = Statement;

    fn path(&self) -> String {
        let mut path = format!("{}?currency={}", Name::Statement.path(&[]), self.currency);
        if !self.cursor.is_empty() {
            path = path + "&cursor=" + &encode(&self.cursor);
        }
        path
    }

    fn concerns(&self, stream: &str, _last: Option<&Statement>) -> bool {
        stream.starts_with(&format!("account#{}#", self.currency))
    }
}

/// The conferences that the person runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnConferences;

impl Query for OwnConferences {
    type View = MyConferences;

    const IS_LIST: bool = true;

    fn path(&self) -> String {
        Name::MyConferences.path(&[])
    }

    fn concerns(&self, stream: &str, _last: Option<&MyConferences>) -> bool {
        stream.starts_with("conference#")
    }
}

/// What a conference of the person took in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProceedsOf(pub ConferenceId);

impl Query for ProceedsOf {
    type View = Proceeds;

    fn path(&self) -> String {
        Name::Proceeds.path(&[&self.0])
    }

    fn concerns(&self, stream: &str, _last: Option<&Proceeds>) -> bool {
        stream.strip_prefix("conference#") == Some(&self.0.to_string())
    }
}

/// The promo codes of a conference of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromoCodesOf(pub ConferenceId);

impl Query for PromoCodesOf {
    type View = PromoCodes;

    const IS_LIST: bool = true;

    fn path(&self) -> String {
        Name::PromoCodes.path(&[&self.0])
    }

    fn concerns(&self, stream: &str, _last: Option<&PromoCodes>) -> bool {
        stream.starts_with(&format!("promo#{}#", self.0))
    }
}

/// What a promo code of a conference does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromoCodeAt(pub ConferenceId, pub PromoCode);

impl Query for PromoCodeAt {
    type View = PromoTerms;

    fn path(&self) -> String {
        Name::PromoTerms.path(&[&self.0, &self.1])
    }

    fn concerns(&self, _stream: &str, _last: Option<&PromoTerms>) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b8c9c1e-0000-4000-8000-000000000001";

    #[test]
    fn a_conference_is_folded_from_its_own_stream_and_its_pools() {
        let page = serde_json::from_value(serde_json::json!({
            "conference_id": ID, "status": "published", "slug": "rust-week", "name": "Rust Week", "description": "",
            "venue": "Hall", "city": "Utrecht", "time_zone": "Europe/Amsterdam", "starts_at": "2027-05-03T07:30:00Z",
            "ends_at": "2027-05-05T15:00:00Z", "currency": "EUR", "seat_types": [], "as_of": {},
        }))
        .unwrap();
        let query = ConferenceAt("rust-week".into());
        let concerns = |stream: &str| query.concerns(stream, Some(&page));
        assert!(concerns(&format!("conference#{ID}")));
        assert!(concerns(&format!("seats#{ID}#pool")));
        assert!(!concerns(&format!("order#{ID}")));
        assert!(!concerns("seats#another#pool"));
        assert!(!query.concerns(&format!("conference#{ID}"), None));
    }

    #[test]
    fn an_order_is_folded_from_its_own_stream() {
        let order = OrderAt(ID.parse().unwrap());
        assert!(order.concerns(&format!("order#{ID}"), None));
        assert!(!order.concerns("order#another", None));
        assert!(MyBookings.concerns("order#another", None));
    }

    #[test]
    fn a_statement_is_that_of_one_account_and_goes_on_where_a_page_ended() {
        let statement = |cursor: &str| StatementOf {
            currency: Currency::EUR,
            cursor: cursor.into(),
        };
        assert_eq!(statement("").path(), "/api/account/statement?currency=EUR");
        assert!(statement("").concerns("account#EUR#ada", None));
        assert!(!statement("").concerns("account#USD#ada", None));
    }

    #[test]
    fn promo_codes_are_those_of_one_conference() {
        let codes = PromoCodesOf(ID.parse().unwrap());
        assert!(codes.concerns(&format!("promo#{ID}#EARLY-BIRD"), None));
        assert!(!codes.concerns("promo#another#EARLY-BIRD", None));
    }
}
