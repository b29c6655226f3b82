//! What a conference took in, day by day: as bars that are not too many.

use shared::{Timestamp, views::ProceedsOfDay};

const DAY_MS: i64 = 86_400_000;

/// More bars than this cannot be told apart on a phone.
const MOST_BARS: i64 = 45;

/// What was taken in on one day, or on several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment of its first day.
    pub from: Timestamp,
    pub charged: i64,
    pub refunded: i64,
}

/// A row of spans without gaps, each of the same number of days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    pub days_each: i64,
    pub spans: Vec<Span>,
}

/// From the first day with money to the last; days between without any are there as well.
pub fn spans(days: &[ProceedsOfDay]) -> Spans {
    let known = days.iter().filter_map(|day| Some((number(&day.day)?, day)));
    let known: Vec<_> = known.collect();
    let (Some((first, _)), Some((last, _))) = (known.first(), known.last()) else {
        return Spans::default();
    };
    let days_each = (last - first) / MOST_BARS + 1;
    let count = (last - first) / days_each + 1;
    let mut spans: Vec<_> = (0..count)
        .map(|n| Span {
            from: Timestamp::from_millis((first + n * days_each) * DAY_MS),
            charged: 0,
            refunded: 0,
        })
        .collect();
    for (number, day) in &known {
        if let Some(span) = spans.get_mut(((number - first) / days_each) as usize) {
            span.charged += day.charged;
            span.refunded += day.refunded;
        }
    }
    Spans { days_each, spans }
}

/// The first moment of a day (UTC), such as `2027-05-18`.
fn moment(day: &str) -> Option<Timestamp> {
    format!("{day}T00:00:00Z").parse().ok()
}

/// Days since 1970.
fn number(day: &str) -> Option<i64> {
    Some(moment(day)?.millis() / DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str, charged: i64, refunded: i64) -> ProceedsOfDay {
        ProceedsOfDay {
            day: day.into(),
            charged,
            refunded,
        }
    }

    #[test]
    fn days_without_money_have_their_place() {
        let found = spans(&[day("2027-02-27", 500, 0), day("2027-03-02", 200, 100)]);
        let sums: Vec<_> = found
            .spans
            .iter()
            .map(|span| (span.charged, span.refunded))
            .collect();
        assert_eq!(sums, [(500, 0), (0, 0), (0, 0), (200, 100)]);
        assert_eq!(found.days_each, 1);
    }

    #[test]
    fn a_long_time_is_shown_in_few_bars_that_hold_everything() {
        let found = spans(&[day("2026-01-01", 100, 0), day("2027-12-31", 200, 30)]);
        assert!(found.spans.len() as i64 <= MOST_BARS);
        assert_eq!(
            found.spans.iter().map(|span| span.charged).sum::<i64>(),
            300
        );
        assert_eq!(found.spans.last().map(|span| span.refunded), Some(30));
        assert_eq!(spans(&[]), Spans::default());
    }
}
