//! What an organizer sees of their own conferences: a list of them, and what each took in. Another organizer's are not
//! there at all.

use plenary_http::{Call, Request, Response, Visibility, not_found, query, respond::cached_json};
use read_model::{ConferenceDoc, Row, Takings};
use shared::{
    ConferenceId, Money, PersonId, VersionToken,
    views::{MyConferences, OwnConference, Proceeds, ProceedsOfDay},
};

use crate::{
    Queries, Refusal,
    catalogue::{named_conferences, summary},
    conference::{WithPools, is_run_by},
    minimum::{Minimum, OnlyMinimum, Reading, found, wait},
};

impl Queries {
    pub(crate) async fn my_conferences(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let organizer = &call.signed_in()?.person;
        let minimum = min_version.as_ref();
        let conferences = wait(minimum, || self.look_for_own(organizer, minimum)).await?;
        Ok(cached_json(request, Visibility::Private, &conferences))
    }

    pub(crate) async fn proceeds(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let conference = self.own_conference(call, min_version.as_ref()).await?;
        let proceeds = self.proceeds_of(&conference).await?;
        Ok(cached_json(request, Visibility::Private, &proceeds))
    }

    /// The conference whose id the path begins with, if the caller runs it.
    pub(crate) async fn own_conference(
        &self,
        call: &Call,
        minimum: Option<&Minimum>,
    ) -> Result<Row<ConferenceDoc>, Refusal> {
        let id: ConferenceId = call.parameter(0)?;
        let caller = call.signed_in()?;
        let row = wait(minimum, || self.look_at_conference(id)).await?;
        row.filter(|row| is_run_by(&row.doc, caller))
            .ok_or_else(|| not_found().into())
    }

    async fn look_at_conference(
        &self,
        id: ConferenceId,
    ) -> Result<Reading<Option<Row<ConferenceDoc>>>, Refusal> {
        let row = self.views.catalogue.get(&ConferenceDoc::key(id)).await?;
        let mut seen = VersionToken::default();
        if let Some(row) = &row {
            seen.advance(&row.source, row.version);
        }
        Ok(Reading {
            own: Some(format!("conference#{id}")),
            seen,
            value: row,
        })
    }

    async fn look_for_own(
        &self,
        organizer: &PersonId,
        minimum: Option<&Minimum>,
    ) -> Result<Reading<MyConferences>, Refusal> {
        let catalogue = &self.views.catalogue;
        let by_organizer = (ConferenceDoc::BY_ORGANIZER, organizer.0.as_str());
        let is_theirs = |doc: &ConferenceDoc| doc.organizer == *organizer;
        let named = named_conferences(minimum);
        let (mut rows, mut seen) = found(catalogue, by_organizer, named, is_theirs).await?;
        rows.sort_by_key(|row| (row.doc.starts_at, row.doc.conference_id));

        let now = plenary_http::now();
        let own = self.with_pools(rows).await?;
        let mut as_of = VersionToken::default();
        for (stream, version) in own.iter().flat_map(|found| found.as_of().0) {
            as_of.advance(&stream, version);
            seen.advance(&stream, version);
        }
        let conference = |found: &WithPools| OwnConference {
            status: found.conference.doc.status,
            summary: summary(found, now),
        };
        Ok(Reading {
            value: MyConferences {
                conferences: own.iter().map(conference).collect(),
                as_of,
            },
            own: None,
            seen,
        })
    }

    /// What a conference took in. `as_of` is about the conference alone: its proceeds come from more accounts than could
    /// be named, and whose they are is nothing that an organizer learns here.
    async fn proceeds_of(&self, conference: &Row<ConferenceDoc>) -> Result<Proceeds, Refusal> {
        let ConferenceDoc {
            conference_id,
            currency,
            ..
        } = conference.doc;
        let days = self.views.ledger.proceeds.of(conference_id).await?;
        let mut sum = Takings::default();
        for takings in days.values() {
            sum += *takings;
        }
        let money = |minor| Money { minor, currency };
        let count = |number: i64| u32::try_from(number).unwrap_or(0);
        Ok(Proceeds {
            conference_id,
            charged: money(sum.charged),
            refunded: money(sum.refunded),
            net: money(sum.charged - sum.refunded),
            charges: count(sum.charges),
            refunds: count(sum.refunds),
            days: days
                .iter()
                .map(|(day, takings)| ProceedsOfDay {
                    day: day.text().to_owned(),
                    charged: takings.charged,
                    refunded: takings.refunded,
                })
                .collect(),
            as_of: as_of(conference),
        })
    }
}

/// How far the conference alone has come: for what is counted from more streams than could be named.
pub(crate) fn as_of(conference: &Row<ConferenceDoc>) -> VersionToken {
    let mut as_of = VersionToken::default();
    as_of.advance(&conference.source, conference.version);
    as_of
}
