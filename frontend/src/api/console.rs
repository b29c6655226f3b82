//! The queries of the console: what operators ask of the system and its log, and organizers of their conferences'
//! history. Nothing that a tab writes is waited for here, so none of them concerns a stream.

use shared::{
    ConferenceId, Currency, OrderId, SeatTypeId, VersionToken,
    analytics::{Analytics, Popularity},
    endpoint::Name,
    history::{
        AccountThen, AvailabilityThen, Correlation, LogPage, OrderThen, SeatMoments, StreamPage,
        WhatIf,
    },
    operations::{DeadLetters, Projections, Verification},
};

use super::queries::{NOTHING, Query, View, query_string};
use crate::browser::encode;

macro_rules! answers {
    ($($query:ty => $view:ty, |$asked:ident| $path:expr;)*) => { $(
        impl View for $view {
            fn as_of(&self) -> &VersionToken {
                NOTHING
            }
        }

        impl Query for $query {
            type View = $view;

            const IS_LIST: bool = true;

            fn path(&self) -> String {
                let $asked = self;
                $path
            }

            fn concerns(&self, _stream: &str, _last: Option<&$view>) -> bool {
                false
            }

            // Another page, filter or moment of the same thing: what is shown stays until it is there.
            fn follows(&self, earlier: &Self) -> bool {
                let thing = |query: &Self| {
                    let path = query.path();
                    path.split('?').next().map(str::to_owned)
                };
                thing(self) == thing(earlier)
            }
        }
    )* };
}

/// How the views stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectionsNow;

/// The commits that views could not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLettersNow;

/// The proof of the log that is under way, or the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationNow;

/// Events of the log, the latest first; empty fields filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// The event's type, such as `SeatsReserved`.
    pub name: String,
    pub actor: String,
    pub conference_id: String,
    pub correlation_id: String,
    pub stream: String,
    /// Where the page before this one ended.
    pub before: String,
}

impl LogFilter {
    /// As a query string with its question mark, in the interface's words, which are those of the screen's address too.
    pub fn query_string(&self) -> String {
        query_string(&[
            ("type", &self.name),
            ("actor", &self.actor),
            ("conference_id", &self.conference_id),
            ("correlation_id", &self.correlation_id),
            ("stream", &self.stream),
            ("before", &self.before),
        ])
    }
}

/// Everything that one command led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationOf(pub String);

/// A stream's commits, from this version on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFrom {
    pub stream: String,
    pub from: u64,
    /// How many commits.
    pub limit: u32,
}

/// A conference's seats at a moment; now, where it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailabilityAt {
    pub conference_id: ConferenceId,
    pub at: String,
}

/// When a conference's seats changed, up to a time; up to now, where that is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatMomentsUntil {
    pub conference_id: ConferenceId,
    pub until: String,
}

/// An order at a version; as it is, where that is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderMoment {
    pub order_id: OrderId,
    pub version: String,
}

/// An account at a version; as it is, where that is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAt {
    pub person: String,
    pub currency: Currency,
    pub version: String,
}

/// How bookings of a conference go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnalyticsOf(pub ConferenceId);

/// At which hours its seats are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PopularityOf(pub ConferenceId);

/// A seat type's history under other rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhatIfAsked {
    pub conference_id: ConferenceId,
    pub seat_type_id: SeatTypeId,
    pub quota: u32,
    pub hold_minutes: u32,
}

answers! {
    ProjectionsNow => Projections, |_query| Name::Projections.path(&[]);
    DeadLettersNow => DeadLetters, |_query| Name::DeadLetters.path(&[]);
    VerificationNow => Option<Verification>, |_query| Name::Verification.path(&[]);
    LogFilter => LogPage, |query| Name::Log.path(&[]) + &query.query_string();
    CorrelationOf => Correlation, |query| Name::Correlation.path(&[&encode(&query.0)]);
    StreamFrom => StreamPage, |query| {
        let (from, limit) = (query.from, query.limit);
        format!("{}?from={from}&limit={limit}", Name::Stream.path(&[&encode(&query.stream)]))
    };
    AvailabilityAt => AvailabilityThen, |query| {
        Name::AvailabilityThen.path(&[&query.conference_id]) + &query_string(&[("at", &query.at)])
    };
    SeatMomentsUntil => SeatMoments, |query| {
        Name::SeatMoments.path(&[&query.conference_id]) + &query_string(&[("until", &query.until)])
    };
    OrderMoment => OrderThen, |query| {
        Name::OrderThen.path(&[&query.order_id]) + &query_string(&[("version", &query.version)])
    };
    AccountAt => AccountThen, |query| {
        Name::AccountThen.path(&[&encode(&query.person), &query.currency])
            + &query_string(&[("version", &query.version)])
    };
    AnalyticsOf => Analytics, |query| Name::Analytics.path(&[&query.0]);
    PopularityOf => Popularity, |query| Name::Popularity.path(&[&query.0]);
    WhatIfAsked => WhatIf, |query| {
        format!(
            "{}?seat_type_id={}&quota={}&hold_minutes={}",
            Name::WhatIf.path(&[&query.conference_id]),
            query.seat_type_id,
            query.quota,
            query.hold_minutes
        )
    };
}
