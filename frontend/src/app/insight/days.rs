//! Days as analytics counts them, in UTC.

use shared::{Timestamp, analytics::DayOfSales};

use crate::ui::{
    format::{Style, time},
    plot::Line,
};

const DAY_MS: i64 = 86_400_000;
/// Days begin and end in UTC, as the server counts them.
const ZONE: &str = "UTC";

/// Days since 1970 of a day such as `2027-05-18`.
pub fn number(day: &str) -> Option<i64> {
    let first: Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
    Some(first.millis().div_euclid(DAY_MS))
}

/// Such as `18 May 2027`.
pub fn name(number: i64) -> String {
    let first = Timestamp::from_millis(number.saturating_mul(DAY_MS));
    time(first, ZONE, Style::ShortDate)
}

/// What was sold up to each day, less what was given up: seats, or money where that is asked.
pub fn running_total(name: String, days: &[DayOfSales], tell: fn(&DayOfSales) -> i64) -> Line {
    let mut total = 0;
    let points = days.iter().filter_map(|day| {
        total += tell(day);
        Some((number(&day.day)?, total))
    });
    let points = points.collect();
    Line { name, points }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_total_holds_what_came_before() {
        let day = |day: &str, sold, cancelled| DayOfSales {
            day: day.into(),
            sold,
            cancelled,
            revenue: 0,
        };
        let days = [day("1970-01-02", 5, 0), day("1970-01-05", 2, 3)];
        let line = running_total("A".into(), &days, |day| {
            i64::from(day.sold) - i64::from(day.cancelled)
        });
        assert_eq!(line.points, [(1, 5), (4, 4)]);
    }
}
