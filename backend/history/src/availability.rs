//! How a conference's seats stood, and how they stand now.

use domain::booking::{
    State, StreamId, conference::Conference, seat_availability::SeatAvailability,
};
use event_store::Moment;
use plenary_http::{Call, Request, now, query};
use serde::Deserialize;
use shared::{
    ConferenceId, SeatTypeId, Timestamp,
    history::{AvailabilityThen, PoolThen, Reads},
    views::PoolAvailability,
};

use crate::{History, Refusal};

/// The parameter; now, where it is not sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    at: Option<Timestamp>,
}

impl History {
    pub(crate) async fn availability(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<AvailabilityThen, Refusal> {
        let now = now();
        let Asked { at } = query(request)?;
        let at = at.unwrap_or(now);
        let mut reads = Reads::default();
        let (conference_id, conference) = self.own_conference(call, &mut reads).await?;
        let stream = StreamId::Conference(conference_id);
        let moment = Moment::At(at);
        let then = self.booking.then(&stream, moment, &mut reads).await?;
        let mut pools = Vec::new();
        for id in conference.seat_type_ids() {
            let name = name_then(&then.state, &conference, id);
            let pool = (conference_id, id);
            pools.push(self.pool(pool, name, (at, now), &mut reads).await?);
        }
        Ok(AvailabilityThen {
            conference_id,
            at,
            pools,
            reads,
        })
    }

    async fn pool(
        &self,
        (conference_id, seat_type_id): (ConferenceId, SeatTypeId),
        name: String,
        (at, now): (Timestamp, Timestamp),
        reads: &mut Reads,
    ) -> Result<PoolThen, Refusal> {
        let stream = StreamId::Seats(conference_id, seat_type_id);
        let then = self.booking.then(&stream, Moment::At(at), reads).await?;
        let latest = self.booking.now(&stream, reads).await?;
        let stood = |state: &State, at| {
            let nothing = SeatAvailability::default();
            let pool = match state {
                State::Seats(pool) => pool,
                State::Conference(_)
                | State::Order(_)
                | State::Slug(_)
                | State::Promo(_)
                | State::Person(_) => &nothing,
            };
            availability(seat_type_id, pool, at)
        };
        Ok(PoolThen {
            name,
            version: then.version,
            then: stood(&then.state, at),
            now: stood(&latest.state, now),
        })
    }
}

/// What the seat type was called then; what it is called now, where it was not there yet.
fn name_then(then: &State, now: &Conference, id: SeatTypeId) -> String {
    let then = match then {
        State::Conference(conference) => conference.seat_type(id),
        State::Seats(_) | State::Order(_) | State::Slug(_) | State::Promo(_) | State::Person(_) => {
            None
        }
    };
    let named = then.or_else(|| now.seat_type(id));
    named.map_or_else(String::new, |named| named.name.to_string())
}

fn availability(
    seat_type_id: SeatTypeId,
    pool: &SeatAvailability,
    at: Timestamp,
) -> PoolAvailability {
    let (quota, held, sold) = (pool.quota(), pool.held(at), pool.sold());
    PoolAvailability {
        seat_type_id,
        quota,
        remaining: quota.saturating_sub(held + sold),
        held,
        sold,
    }
}
