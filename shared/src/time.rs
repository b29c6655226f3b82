//! Points in time: milliseconds since the Unix epoch, UTC; RFC 3339 text on the wire.
//!
//! Written here instead of taken from a date library because the browser needs nothing else of one: it formats through
//! `Intl`, and a library would cost 11 to 115 KB of WebAssembly. The conversion is Howard Hinnant's `civil_from_days`
//! (<https://howardhinnant.github.io/date_algorithms.html>).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Travels as `2027-05-03T09:30:00.000Z`.
///
/// ```
/// use shared::Timestamp;
/// let at: Timestamp = "2027-05-03T09:30:00Z".parse().unwrap();
/// assert_eq!(at.to_string(), "2027-05-03T09:30:00.000Z");
/// assert_eq!("2027-05-03T11:30:00+02:00".parse(), Ok(at));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: outside them RFC 3339 has no form.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// From milliseconds since the epoch; held within the years 1 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*RANGE.start(), *RANGE.end()))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The hour of its day in UTC: 0 to 23.
    pub fn hour(self) -> u8 {
        (self.0.rem_euclid(DAY_MS) / 3_600_000) as u8
    }

    /// This many minutes later.
    pub fn plus_minutes(self, minutes: i64) -> Self {
        Self::from_millis(self.0.saturating_add(minutes.saturating_mul(60_000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MS));
        let in_day = self.0.rem_euclid(DAY_MS);
        let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
        let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
        )
    }
}

/// What is wrong with a text that should be a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATime;

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a point in time: RFC 3339 with a zone, such as 2027-05-03T09:30:00Z")
    }
}

impl std::error::Error for NotATime {}

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        parse(text)
            .filter(|millis| RANGE.contains(millis))
            .map(Self)
            .ok_or(NotATime)
    }
}

fn parse(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once(['T', 't', ' '])?;
    let mut date_parts = date.split('-');
    let year = digits(date_parts.next()?, 4)?;
    let month = digits(date_parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = digits(date_parts.next()?, 2)
        .filter(|day| (1..=days_in_month(year, month)).contains(day))?;
    if date_parts.next().is_some() {
        return None;
    }

    let zone_at = clock.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = clock.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock_parts = clock.split(':');
    let hour = digits(clock_parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(clock_parts.next()?, 2).filter(|minute| *minute < 60)?;
    // A leap second is read as the second before it: no clock here shows one.
    let second = digits(clock_parts.next()?, 2)
        .filter(|second| *second < 61)?
        .min(59);
    if clock_parts.next().is_some()
        || fraction.is_empty()
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let milli: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;

    let offset_minutes = match zone {
        "Z" | "z" => 0,
        zone => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let hours = digits(hours, 2).filter(|hours| *hours < 24)?;
            let minutes = digits(minutes, 2).filter(|minutes| *minutes < 60)?;
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            sign * (hours * 60 + minutes)
        }
    };
    let seconds = days_from_civil(year, month, day) * 86_400
        + hour * 3600
        + (minute - offset_minutes) * 60
        + second;
    Some(seconds * 1000 + milli)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_over_the_whole_range() {
        let step = 86_399_999 * 37;
        for millis in (*RANGE.start()..=*RANGE.end()).step_by(step) {
            let at = Timestamp::from_millis(millis);
            assert_eq!(at.to_string().parse(), Ok(at));
        }
    }

    #[test]
    fn known_days_have_their_known_numbers() {
        for (text, millis) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2027-05-03T09:30:00.000Z", 1_809_336_600_000),
            ("0001-01-01T00:00:00.000Z", *RANGE.start()),
            ("9999-12-31T23:59:59.999Z", *RANGE.end()),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(millis)));
            assert_eq!(Timestamp(millis).to_string(), text);
        }
    }

    #[test]
    fn an_hour_is_of_the_day_in_utc() {
        for (text, hour) in [
            ("1969-12-31T23:59:59.999Z", 23),
            ("2027-05-03T00:30:00+02:00", 22),
            ("2027-05-03T00:00:00Z", 0),
        ] {
            assert_eq!(text.parse().map(Timestamp::hour), Ok(hour), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_point_in_time_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2027-02-29T00:00:00Z",
            "2027-05-03",
            "2027-05-03T09:30:00",
            "2027-5-3T9:30:00Z",
            "2027-13-01T00:00:00Z",
            "2027-05-03T24:00:00Z",
            "2027-05-03T09:30:00.Z",
            "2027-05-03T09:30:00+2:00",
            "2027-05-03T09:30:00.12a5Z",
            "+027-05-03T09:30:00Z",
            "0001-01-01T00:00:00+01:00",
            "２０２７-05-03T09:30:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATime), "{text}");
        }
    }
}
