//! When a conference's seats changed, and how: what its timeline stops at.

use domain::booking::{StreamId, words};
use event_store::Moment;
use plenary_http::{Call, Request, now, query};
use serde::Deserialize;
use shared::{
    Timestamp,
    history::{Reads, SeatMoment, SeatMoments},
};

use crate::{History, Refusal};

/// How many commits are read of each pool.
const COMMITS: u16 = 100;
/// How many moments an answer has.
const MOMENTS: usize = 200;

/// The parameter; now, where it is not sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    until: Option<Timestamp>,
}

impl History {
    pub(crate) async fn seat_moments(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<SeatMoments, Refusal> {
        let Asked { until } = query(request)?;
        let until = until.unwrap_or_else(now);
        let mut reads = Reads::default();
        let (conference_id, conference) = self.own_conference(call, &mut reads).await?;
        let mut moments = Vec::new();
        // From when on nothing is missing: of a pool of which not all was read, what is older is not known.
        let mut known_from = None;
        for id in conference.seat_type_ids() {
            let stream = StreamId::Seats(conference_id, id);
            let moment = Moment::At(until);
            let latest = self.booking.latest(&stream, moment, COMMITS, &mut reads);
            let (commits, is_all) = latest.await?;
            let events = commits.iter().rev().flat_map(|commit| commit.events());
            let events = events.filter(|event| event.at <= until);
            let of_pool: Vec<_> = events
                .map(|event| SeatMoment {
                    at: event.at,
                    words: words(event.event),
                })
                .collect();
            if !is_all {
                known_from = known_from.max(of_pool.first().map(|oldest| oldest.at));
            }
            moments.extend(of_pool);
        }
        let found = moments.len();
        moments.retain(|moment| known_from.is_none_or(|from| moment.at >= from));
        moments.sort_by_key(|moment| moment.at);
        moments.drain(..moments.len().saturating_sub(MOMENTS));
        let is_all = known_from.is_none() && moments.len() == found;
        Ok(SeatMoments {
            earlier: moments
                .first()
                .filter(|_| !is_all)
                .map(|earliest| earliest.at),
            moments,
            reads,
        })
    }
}
