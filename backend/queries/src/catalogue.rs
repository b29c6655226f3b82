//! What is on sale, by start.

use std::str::FromStr;

use plenary_http::{Request, Response, Visibility, query, respond::cached_json};
use read_model::{ConferenceDoc, Row};
use serde::Deserialize;
use shared::{
    ConferenceId, Money, Timestamp, VersionToken,
    text::{Invalid, Place},
    views::{Catalogue, ConferenceStatus, ConferenceSummary},
};

use crate::{
    Queries, Refusal,
    conference::WithPools,
    minimum::{Minimum, Named, Reading, found, named, wait},
};

/// How many conferences a page has.
const PAGE: usize = 24;

/// The parameters of the catalogue.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words, each of which stands in the name, the description or the place.
    q: String,
    city: Option<Place>,
    /// Only conferences that last until this day or longer; without it, those that are over are left out.
    from: Option<Day>,
    /// Only conferences that have begun on this day.
    to: Option<Day>,
    cursor: Option<Cursor>,
    min_version: Option<Minimum>,
}

/// A day, by its first moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Day(Timestamp);

impl Day {
    fn is_over_at(self, at: Timestamp) -> bool {
        at >= self.0.plus_minutes(24 * 60)
    }
}

impl TryFrom<String> for Day {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let midnight = format!("{text}T00:00:00Z").parse().ok();
        midnight
            .filter(|_| text.len() == "2027-05-03".len())
            .map(Self)
            .ok_or_else(|| Invalid("is not a day, such as 2027-05-03".into()))
    }
}

/// The place of a conference in the list: where the next page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Cursor(Timestamp, ConferenceId);

impl Cursor {
    fn of(conference: &ConferenceDoc) -> Self {
        Self(conference.starts_at, conference.conference_id)
    }

    fn text(self) -> String {
        format!("{}.{}", self.0.millis(), self.1)
    }
}

impl TryFrom<String> for Cursor {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let parse = || {
            let (starts_at, id) = text.split_once('.')?;
            let starts_at = i64::from_str(starts_at).ok()?;
            Some(Self(Timestamp::from_millis(starts_at), id.parse().ok()?))
        };
        parse().ok_or_else(|| Invalid("is not a cursor: send a page's next_cursor as it is".into()))
    }
}

impl Filter {
    fn lets_through(&self, conference: &ConferenceDoc, now: Timestamp) -> bool {
        let earliest_end = self.from.map_or(now, |from| from.0);
        conference.ends_at >= earliest_end
            && !self
                .to
                .is_some_and(|to| to.is_over_at(conference.starts_at))
            && self
                .city
                .as_ref()
                .is_none_or(|city| lower(city.as_str()) == lower(conference.city.as_str()))
            && self.words_stand_in(conference)
    }

    fn words_stand_in(&self, conference: &ConferenceDoc) -> bool {
        let ConferenceDoc {
            name,
            description,
            venue,
            city,
            ..
        } = conference;
        let text = lower(&format!("{name}\n{description}\n{venue}\n{city}"));
        lower(&self.q)
            .split_whitespace()
            .all(|word| text.contains(word))
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

impl Queries {
    pub(crate) async fn catalogue(&self, request: &Request) -> Result<Response, Refusal> {
        let filter: Filter = query(request)?;
        let now = plenary_http::now();
        let minimum = filter.min_version.as_ref();
        let catalogue = wait(minimum, || self.look_through(&filter, now)).await?;
        Ok(cached_json(request, Visibility::Public, &catalogue))
    }

    async fn look_through(
        &self,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<Reading<Catalogue>, Refusal> {
        let (on_sale, mut seen) = self.on_sale(filter.min_version.as_ref()).await?;
        let cities = cities(&on_sale, now);
        let mut matching: Vec<_> = on_sale
            .into_iter()
            .filter(|row| filter.lets_through(&row.doc, now))
            .filter(|row| {
                filter
                    .cursor
                    .is_none_or(|cursor| Cursor::of(&row.doc) > cursor)
            })
            .collect();
        matching.sort_by_key(|row| Cursor::of(&row.doc));
        let has_more = matching.len() > PAGE;
        matching.truncate(PAGE);
        let last = matching.last().map(|row| Cursor::of(&row.doc).text());

        let page = self.with_pools(matching).await?;
        let mut as_of = VersionToken::default();
        for (stream, version) in page.iter().flat_map(|found| found.as_of().0) {
            as_of.advance(&stream, version);
            seen.advance(&stream, version);
        }
        Ok(Reading {
            value: Catalogue {
                conferences: page.iter().map(|found| summary(found, now)).collect(),
                cities,
                next_cursor: last.filter(|_| has_more),
                as_of,
            },
            own: None,
            seen,
        })
    }

    /// Every conference on sale.
    async fn on_sale(
        &self,
        minimum: Option<&Minimum>,
    ) -> Result<(Vec<Row<ConferenceDoc>>, VersionToken), Refusal> {
        let shelf = (ConferenceDoc::ON_SALE, ConferenceDoc::SHELF);
        let is_on_sale = |doc: &ConferenceDoc| doc.status == ConferenceStatus::Published;
        let named = named_conferences(minimum);
        Ok(found(&self.views.catalogue, shelf, named, is_on_sale).await?)
    }
}

/// The conferences that the caller names.
pub(crate) fn named_conferences(minimum: Option<&Minimum>) -> Vec<Named> {
    named(minimum, "conference#")
        .filter_map(|id| id.parse().ok())
        .map(|id: ConferenceId| (format!("conference#{id}"), ConferenceDoc::key(id)))
        .collect()
}

fn cities(on_sale: &[Row<ConferenceDoc>], now: Timestamp) -> Vec<Place> {
    let to_come = on_sale.iter().filter(|row| row.doc.ends_at >= now);
    let mut cities: Vec<Place> = to_come.map(|row| row.doc.city.clone()).collect();
    cities.sort_by_cached_key(|city| (lower(city.as_str()), city.clone()));
    cities.dedup_by_key(|city| lower(city.as_str()));
    cities
}

/// A conference as lists show it.
pub(crate) fn summary(found: &WithPools, now: Timestamp) -> ConferenceSummary {
    let doc = found.conference.doc.clone();
    let cheapest = doc.seat_types.iter().map(|seat_type| seat_type.price).min();
    let pools = doc.seat_types.iter();
    ConferenceSummary {
        from_price: cheapest.map(|price| Money {
            minor: price.get().into(),
            currency: doc.currency,
        }),
        remaining: pools
            .map(|seat_type| found.pool(seat_type, now).remaining)
            .sum(),
        conference_id: doc.conference_id,
        slug: doc.slug,
        name: doc.name,
        description: doc.description,
        venue: doc.venue,
        city: doc.city,
        time_zone: doc.time_zone,
        starts_at: doc.starts_at,
        ends_at: doc.ends_at,
    }
}
