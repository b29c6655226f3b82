//! One conference's page, and how its seats stand.

use std::collections::BTreeMap;

use plenary_http::{
    Call, Caller, Request, Response, Visibility, not_found, query, respond::cached_json,
};
use read_model::{ConferenceDoc, PoolDoc, Row, SeatTypeDoc};
use shared::{
    ConferenceId, Money, Timestamp, VersionToken,
    text::Slug,
    views::{Availability, ConferencePage, ConferenceStatus, PoolAvailability, SeatTypeOnSale},
};

use crate::{
    Queries, Refusal,
    minimum::{Minimum, OnlyMinimum, Reading, named, wait},
};

/// A conference with the pools of its seat types.
pub(crate) struct WithPools {
    pub(crate) conference: Row<ConferenceDoc>,
    pub(crate) pools: BTreeMap<String, Row<PoolDoc>>,
}

impl WithPools {
    /// How the seats of one of its types stand. A pool that was not projected yet has all its seats: it was opened a
    /// moment ago.
    pub(crate) fn pool(&self, seat_type: &SeatTypeDoc, now: Timestamp) -> PoolAvailability {
        let key = PoolDoc::key(self.conference.doc.conference_id, seat_type.seat_type_id);
        let unopened = PoolDoc {
            quota: seat_type.quota.get(),
            ..PoolDoc::default()
        };
        let pool = self.pools.get(&key).map_or(&unopened, |row| &row.doc);
        PoolAvailability {
            seat_type_id: seat_type.seat_type_id,
            quota: pool.quota,
            remaining: pool.remaining(now),
            held: pool.held(now),
            sold: pool.sold,
        }
    }

    /// How far the streams behind it have come.
    pub(crate) fn as_of(&self) -> VersionToken {
        let mut as_of = VersionToken::default();
        as_of.advance(&self.conference.source, self.conference.version);
        for pool in self.pools.values() {
            as_of.advance(&pool.source, pool.version);
        }
        as_of
    }
}

impl Queries {
    pub(crate) async fn conference_page(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let found = self.conference(call, min_version.as_ref()).await?;
        let page = page(&found, plenary_http::now());
        Ok(cached_json(
            request,
            visibility(&found.conference.doc),
            &page,
        ))
    }

    pub(crate) async fn availability(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let conference_id: ConferenceId = call.parameter(0)?;
        let OnlyMinimum { min_version } = query(request)?;
        let found = self.conference(call, min_version.as_ref()).await?;
        let now = plenary_http::now();
        let seat_types = found.conference.doc.seat_types.iter();
        let availability = Availability {
            conference_id,
            seat_types: seat_types
                .map(|seat_type| found.pool(seat_type, now))
                .collect(),
            as_of: found.as_of(),
        };
        Ok(cached_json(
            request,
            visibility(&found.conference.doc),
            &availability,
        ))
    }

    /// The conference that the path names, by id or slug. A draft is only there for those who may change it.
    async fn conference(
        &self,
        call: &Call,
        minimum: Option<&Minimum>,
    ) -> Result<WithPools, Refusal> {
        let found = wait(minimum, || self.look_up(call.text(0), minimum)).await?;
        found
            .filter(|found| is_visible(&found.conference.doc, call.caller.as_ref()))
            .ok_or_else(|| not_found().into())
    }

    async fn look_up(
        &self,
        slug_or_id: &str,
        minimum: Option<&Minimum>,
    ) -> Result<Reading<Option<WithPools>>, Refusal> {
        let id = slug_or_id.parse::<ConferenceId>().ok();
        let mut row = match id {
            Some(id) => self.views.catalogue.get(&ConferenceDoc::key(id)).await?,
            None => None,
        };
        if row.is_none()
            && let Ok(slug) = slug_or_id.parse::<Slug>()
        {
            let by_slug = ConferenceDoc::BY_SLUG;
            let found = self.views.catalogue.find(by_slug, slug.as_str()).await?;
            // The index may be a moment behind the row that it leads to.
            if let Some(found) = found.first() {
                row = self.views.catalogue.get(&found.key).await?;
            }
        }
        if let Some(conference) = row {
            let found = self.with_pools(vec![conference]).await?.pop();
            return Ok(Reading {
                own: found.as_ref().map(|found| found.conference.source.clone()),
                seen: found.as_ref().map(WithPools::as_of).unwrap_or_default(),
                value: found,
            });
        }
        // Whoever knows a conference by its slug only may have just created it: any that they name may be it.
        let mut seen = VersionToken::default();
        if id.is_none() {
            for id in named(minimum, "conference#") {
                seen.advance(&format!("conference#{id}"), 0);
            }
        }
        Ok(Reading {
            value: None,
            own: id.map(|id| format!("conference#{id}")),
            seen,
        })
    }

    /// Each conference with its pools, in the same order.
    pub(crate) async fn with_pools(
        &self,
        conferences: Vec<Row<ConferenceDoc>>,
    ) -> Result<Vec<WithPools>, Refusal> {
        let keys = conferences.iter().flat_map(pool_keys).collect();
        let rows = self.views.availability.get_all(keys).await?;
        let mut pools: BTreeMap<String, Row<PoolDoc>> =
            rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        let with_pools = conferences.into_iter().map(|conference| {
            let keys = pool_keys(&conference);
            let own = keys.filter_map(|key| pools.remove_entry(&key));
            WithPools {
                pools: own.collect(),
                conference,
            }
        });
        Ok(with_pools.collect())
    }
}

fn pool_keys(conference: &Row<ConferenceDoc>) -> impl Iterator<Item = String> {
    let seat_types = conference.doc.seat_types.iter();
    seat_types.map(|seat_type| PoolDoc::key(conference.doc.conference_id, seat_type.seat_type_id))
}

/// Whether a conference is there for the caller at all.
pub(crate) fn is_visible(conference: &ConferenceDoc, caller: Option<&Caller>) -> bool {
    match conference.status {
        ConferenceStatus::Published
        | ConferenceStatus::Unpublished
        | ConferenceStatus::Cancelled => true,
        ConferenceStatus::Draft => caller.is_some_and(|caller| is_run_by(conference, caller)),
    }
}

/// Whether the caller may change a conference, and see what only those may see.
pub(crate) fn is_run_by(conference: &ConferenceDoc, caller: &Caller) -> bool {
    caller.is_operator || caller.person == conference.organizer
}

/// Whose caches may keep what is said of a conference.
pub(crate) fn visibility(conference: &ConferenceDoc) -> Visibility {
    match conference.status {
        ConferenceStatus::Draft => Visibility::Private,
        ConferenceStatus::Published
        | ConferenceStatus::Unpublished
        | ConferenceStatus::Cancelled => Visibility::Public,
    }
}

fn page(found: &WithPools, now: Timestamp) -> ConferencePage {
    let doc = found.conference.doc.clone();
    let on_sale = |seat_type: &SeatTypeDoc| {
        let pool = found.pool(seat_type, now);
        SeatTypeOnSale {
            seat_type_id: seat_type.seat_type_id,
            name: seat_type.name.clone(),
            description: seat_type.description.clone(),
            price: Money {
                minor: seat_type.price.get().into(),
                currency: doc.currency,
            },
            quota: pool.quota,
            remaining: pool.remaining,
            held: pool.held,
            max_per_order: seat_type.max_per_order.get(),
        }
    };
    ConferencePage {
        seat_types: doc.seat_types.iter().map(on_sale).collect(),
        as_of: found.as_of(),
        conference_id: doc.conference_id,
        status: doc.status,
        slug: doc.slug,
        name: doc.name,
        description: doc.description,
        venue: doc.venue,
        city: doc.city,
        time_zone: doc.time_zone,
        starts_at: doc.starts_at,
        ends_at: doc.ends_at,
        currency: doc.currency,
    }
}
