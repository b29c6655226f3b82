//! How bookings of a conference go, and what becomes of them: what its organizer learns from its orders.

use std::collections::BTreeMap;

use plenary_http::{Call, Request, Response, Visibility, query, respond::cached_json};
use read_model::{
    ConferenceDoc, Row, Tally,
    analytics::{
        CANCELLED, CONFIRMED, DECLINED, FUNNEL, GIVEN_UP, HELD, HOLDS, PAYMENT_REQUESTED, REVENUE,
        SOLD, UNSETTLED, day_of, minute_at,
    },
};
use shared::{
    Timestamp,
    analytics::{Analytics, DayOfSales, Funnel, LeadTime},
};

use crate::{Queries, Refusal, minimum::OnlyMinimum, organizer::as_of};

/// How many days before a conference the groups of lead times begin.
const LEAD_TIMES: [u32; 6] = [0, 1, 7, 14, 30, 60];
const DAY_MS: i64 = 86_400_000;

impl Queries {
    pub(crate) async fn analytics(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let conference = self.own_conference(call, min_version.as_ref()).await?;
        let analytics = self.analytics_of(&conference).await?;
        Ok(cached_json(request, Visibility::Private, &analytics))
    }

    async fn analytics_of(&self, conference: &Row<ConferenceDoc>) -> Result<Analytics, Refusal> {
        let ConferenceDoc {
            conference_id,
            currency,
            starts_at,
            ..
        } = conference.doc;
        let counted = &self.views.analytics;
        let tallies = counted.all_of(conference_id, "day#"..=FUNNEL).await?;
        // What ends in the minute that now is, is counted as over.
        let next_minute = minute_at(plenary_http::now().plus_minutes(1));
        let running = counted
            .all_of(conference_id, &*next_minute..="hold#~")
            .await?;
        let running: i64 = running.values().map(|minute| minute.get(HOLDS)).sum();
        let days = days(&tallies);
        Ok(Analytics {
            conference_id,
            currency,
            funnel: funnel(&tallies.get(FUNNEL).cloned().unwrap_or_default(), running),
            cancellations: cancellations(&days, starts_at),
            days,
            as_of: as_of(conference),
        })
    }
}

fn funnel(orders: &Tally, running: i64) -> Funnel {
    let expired = orders.get(UNSETTLED) - running;
    Funnel {
        held: orders.count(HELD),
        payment_requested: orders.count(PAYMENT_REQUESTED),
        declined: orders.count(DECLINED),
        confirmed: orders.count(CONFIRMED),
        expired: u32::try_from(expired).unwrap_or(0),
        cancelled: orders.count(CANCELLED),
    }
}

fn days(tallies: &BTreeMap<String, Tally>) -> Vec<DayOfSales> {
    let day = |(part, tally): (&String, &Tally)| {
        Some(DayOfSales {
            day: day_of(part)?.to_owned(),
            sold: tally.count(SOLD),
            cancelled: tally.count(GIVEN_UP),
            revenue: tally.get(REVENUE),
        })
    };
    tallies.iter().filter_map(day).collect()
}

/// By days of the calendar in UTC, on which they are counted; a conference that is moved takes all of them along.
fn cancellations(days: &[DayOfSales], starts_at: Timestamp) -> Vec<LeadTime> {
    let start = day_number(starts_at);
    let ends = LEAD_TIMES.iter().skip(1).map(|days| Some(*days));
    let groups = LEAD_TIMES.iter().zip(ends.chain([None]));
    let group = |(from_days, to_days): (&u32, Option<u32>)| LeadTime {
        from_days: *from_days,
        to_days,
        seats: days
            .iter()
            .filter(|day| {
                let lead = lead_time(&day.day, start);
                *from_days <= lead && to_days.is_none_or(|to| lead < to)
            })
            .map(|day| day.cancelled)
            .sum(),
    };
    groups.map(group).collect()
}

/// How many days a day is before another; none where it is that day, or after it.
fn lead_time(day: &str, start: i64) -> u32 {
    let at: Option<Timestamp> = format!("{day}T00:00:00Z").parse().ok();
    let days = at.map_or(0, |at| start - day_number(at));
    u32::try_from(days).unwrap_or(0)
}

fn day_number(at: Timestamp) -> i64 {
    at.millis().div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use read_model::Counts;

    use super::*;

    #[test]
    fn seats_given_up_are_grouped_by_how_long_before_the_conference_that_was() {
        let day = |day: &str, cancelled| DayOfSales {
            day: day.to_owned(),
            sold: 0,
            cancelled,
            revenue: 0,
        };
        let days = [
            day("2027-01-01", 1),
            day("2027-05-11", 2),
            day("2027-05-12", 4),
            day("2027-05-17", 8),
            day("2027-05-18", 16),
            day("2027-05-19", 32),
        ];
        let starts_at = "2027-05-18T23:30:00Z".parse().unwrap();
        let seats: Vec<_> = cancellations(&days, starts_at)
            .iter()
            .map(|group| (group.from_days, group.to_days, group.seats))
            .collect();
        assert_eq!(
            seats,
            [
                (0, Some(1), 48),
                (1, Some(7), 12),
                (7, Some(14), 2),
                (14, Some(30), 0),
                (30, Some(60), 0),
                (60, None, 1),
            ]
        );
    }

    #[test]
    fn a_hold_that_runs_is_not_expired() {
        let mut counts = Counts::default();
        counts.add("", FUNNEL, HELD, 5);
        counts.add("", FUNNEL, UNSETTLED, 3);
        let funnel = funnel(&counts.of("", FUNNEL), 2);
        assert_eq!((funnel.held, funnel.expired), (5, 1));
    }
}
