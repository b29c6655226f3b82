//! A seat type's history under other rules. Nothing is written, and nobody is told.

use std::collections::BTreeMap;

use domain::booking::{
    Booking, Event, StreamId,
    order::Event as OrderEvent,
    seat_availability::Event as SeatsEvent,
    what_if::{Ask, Changed, took_the_last, what_if},
};
use event_store::Fault;
use plenary_http::{Call, Request, not_found, query};
use serde::Deserialize;
use shared::{
    OrderId, SeatTypeId, Timestamp,
    history::{Reads, WhatIf, WhatIfRules},
    text::Quota,
};
use tokio::task::JoinSet;

use crate::{History, Refusal};

/// How many orders are read at once.
const AT_ONCE: usize = 16;
/// How long a seat can be held, in minutes: a week.
const LONGEST_HOLD: u32 = 7 * 24 * 60;

/// The parameters: what is not sent stays as it was.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    seat_type_id: SeatTypeId,
    quota: Option<Quota>,
    hold_minutes: Option<u32>,
}

impl History {
    pub(crate) async fn what_if(&self, request: &Request, call: &Call) -> Result<WhatIf, Refusal> {
        let Asked {
            seat_type_id,
            quota,
            hold_minutes,
        } = query(request)?;
        let (conference_id, conference) = self.own_conference(call, &mut Reads::default()).await?;
        conference.seat_type(seat_type_id).ok_or_else(not_found)?;
        let stream = StreamId::Seats(conference_id, seat_type_id);
        let history = self.seats_history(&stream).await?;
        let asks = self.asks(&history, seat_type_id).await?;
        let was = rules(&history);
        let quota = quota.map(Quota::get);
        let hold_minutes = hold_minutes.map(|minutes| minutes.clamp(1, LONGEST_HOLD));
        let changed = Changed {
            quota,
            hold_minutes: hold_minutes.map(i64::from),
        };
        Ok(WhatIf {
            conference_id,
            seat_type_id,
            was,
            asked: WhatIfRules {
                quota: quota.unwrap_or(was.quota),
                hold_minutes: hold_minutes.unwrap_or(was.hold_minutes),
            },
            happened: what_if(&history, &asks, Changed::default()),
            would: what_if(&history, &asks, changed),
        })
    }

    /// Everything that happened to a pool, and when: a page of the log at a time, of which little is kept.
    async fn seats_history(
        &self,
        stream: &StreamId,
    ) -> Result<Vec<(Timestamp, SeatsEvent)>, Refusal> {
        let name = stream.to_string();
        let mut history = Vec::new();
        let mut next = Some(1);
        while let Some(from) = next {
            let page = self.booking.stored(&name, from).await?;
            for stored in &page.commits {
                let commit = stored.decode::<Booking>().map_err(Fault::from)?;
                for entry in commit.entries {
                    let seats = entry.events.into_iter().filter_map(seats);
                    history.extend(seats.map(|event| (entry.at, event)));
                }
            }
            next = page.next;
        }
        Ok(history)
    }

    /// What those asked for who may have been given less than that.
    async fn asks(
        &self,
        history: &[(Timestamp, SeatsEvent)],
        seat_type_id: SeatTypeId,
    ) -> Result<BTreeMap<OrderId, Ask>, Refusal> {
        let mut asks = BTreeMap::new();
        for orders in took_the_last(history).chunks(AT_ONCE) {
            let mut reading = JoinSet::new();
            for order_id in orders.iter().copied() {
                let booking = self.booking.clone();
                reading.spawn(async move {
                    let stream = StreamId::Order(order_id);
                    let placed = booking.beginning(&stream, &mut Reads::default()).await?;
                    Ok::<_, Fault>((order_id, placed))
                });
            }
            for read in reading.join_all().await {
                let (order_id, placed) = read?;
                let entries = placed.into_iter().flat_map(|commit| commit.entries);
                let ask = ask(entries.flat_map(|entry| entry.events), seat_type_id);
                asks.insert(order_id, ask);
            }
        }
        Ok(asks)
    }
}

fn seats(event: Event) -> Option<SeatsEvent> {
    match event {
        Event::Seats(event) => Some(event),
        Event::Conference(_)
        | Event::Order(_)
        | Event::Slug(_)
        | Event::Promo(_)
        | Event::Person(_) => None,
    }
}

/// What an order asked of a pool, from the events that it began with.
fn ask(began: impl Iterator<Item = Event>, pool: SeatTypeId) -> Ask {
    let mut ask = Ask {
        quantity: 0,
        partial: false,
    };
    for event in began {
        if let Event::Order(OrderEvent::OrderPlaced { lines, .. }) = event {
            let of_pool = lines.iter().filter(|line| line.seat_type_id == pool);
            ask.quantity = of_pool.map(|line| line.requested).sum();
        } else if let Event::Order(OrderEvent::OrderPartlyReserved { .. }) = event {
            ask.partial = true;
        }
    }
    ask
}

/// The rules by which it went in the end.
fn rules(history: &[(Timestamp, SeatsEvent)]) -> WhatIfRules {
    let mut rules = WhatIfRules {
        quota: 0,
        hold_minutes: 0,
    };
    for (at, event) in history {
        match event {
            SeatsEvent::PoolOpened { quota } | SeatsEvent::QuotaChanged { quota, .. } => {
                rules.quota = *quota;
            }
            SeatsEvent::SeatsReserved { until, .. } => {
                let minutes = (until.millis() - at.millis()) / 60_000;
                rules.hold_minutes = u32::try_from(minutes).unwrap_or(0);
            }
            SeatsEvent::HoldExtended { .. }
            | SeatsEvent::HoldExpired { .. }
            | SeatsEvent::HoldReleased { .. }
            | SeatsEvent::SeatsCommitted { .. }
            | SeatsEvent::SeatsRecovered { .. }
            | SeatsEvent::SeatsReturned { .. } => {}
        }
    }
    rules
}
