//! Times as an organizer types them: by the clock at the venue.

use shared::Timestamp;

use crate::ui::format::{Style, time};

/// The moment at which the clocks of a zone show this, given as a browser's field does: `2027-05-03T09:30`.
pub fn at_venue(local: &str, zone: &str) -> Option<Timestamp> {
    at_offset(local, |at| minutes(&time(at, zone, Style::Offset)))
}

/// `offset` says how many minutes a zone is ahead of UTC at a moment.
///
/// A clock that is put forward skips an hour; a time in it is taken as if it had not been put forward yet.
fn at_offset(local: &str, offset: impl Fn(Timestamp) -> i64) -> Option<Timestamp> {
    // Browsers leave the seconds out.
    let seconds = if local.len() == "2027-05-03T09:30".len() {
        ":00Z"
    } else {
        "Z"
    };
    let as_utc: Timestamp = format!("{local}{seconds}").parse().ok()?;
    let ahead = |at| as_utc.plus_minutes(-offset(at));
    // The first guess is off by no more than the offset, the second by no more than one change of the clocks.
    Some(ahead(ahead(as_utc)))
}

/// `GMT+02:00` is 120 minutes ahead; `GMT` is none.
fn minutes(offset: &str) -> i64 {
    let parsed = || {
        let clock = offset.strip_prefix("GMT")?;
        let (sign, rest) = match clock.strip_prefix('+') {
            Some(rest) => (1, rest),
            // A minus sign, or the hyphen that stands for it.
            None => (-1, clock.strip_prefix(['\u{2212}', '-'])?),
        };
        let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        Some(sign * (hours * 60 + minutes))
    };
    parsed().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_read_as_browsers_write_it() {
        for (text, expected) in [
            ("GMT+02:00", 120),
            ("GMT-03:30", -210),
            ("GMT\u{2212}05:00", -300),
            ("GMT+5", 300),
            ("GMT", 0),
            ("UTC", 0),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }

    /// Berlin in 2027: an hour ahead, two from 28 March, 01:00 UTC on.
    fn berlin(at: Timestamp) -> i64 {
        let change: Timestamp = "2027-03-28T01:00:00Z".parse().unwrap();
        if at < change { 60 } else { 120 }
    }

    #[test]
    fn the_clock_at_the_venue_decides_also_around_its_change() {
        for (local, utc) in [
            ("2027-03-27T12:00", "2027-03-27T11:00:00Z"),
            ("2027-03-28T01:30", "2027-03-28T00:30:00Z"),
            ("2027-03-28T03:30", "2027-03-28T01:30:00Z"),
            ("2027-05-03T09:30", "2027-05-03T07:30:00Z"),
            ("2027-05-03T09:30:00", "2027-05-03T07:30:00Z"),
        ] {
            assert_eq!(at_offset(local, berlin), utc.parse().ok(), "{local}");
        }
        assert_eq!(at_offset("", berlin), None);
        assert_eq!(at_offset("tomorrow", berlin), None);
    }
}
