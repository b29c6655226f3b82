//! Numbers, money and time as text. The browser's `Intl` knows currencies, calendars and time zones, so none of that
//! travels in the app.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Object, Reflect};
use leptos::prelude::window;
use shared::{Currency, Money, Timestamp};
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    // Making a formatter costs the browser far more than using one.
    static FORMATTERS: RefCell<Vec<(String, Option<Formatter>)>> = const { RefCell::new(Vec::new()) };
}

/// One of the browser's formatters.
#[derive(Clone)]
struct Formatter {
    object: JsValue,
    resolved: JsValue,
}

/// A way to write a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `3`
    Day,
    /// `May`
    ShortMonth,
    /// `Mon`
    Weekday,
    /// `May 2027`
    Month,
    /// `Monday, 3 May 2027`
    Date,
    /// `09:30`
    Clock,
    /// `Mon, 3 May 2027, 09:30`
    Moment,
    /// `3 May, 09:30:12`
    Exact,
    /// `3 May`
    ShortDay,
    /// `3 May 2027`
    ShortDate,
    /// `CEST`
    ZoneName,
    /// `GMT+02:00`, or `GMT`
    Offset,
}

impl Style {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Day => &[("day", "numeric")],
            Self::ShortMonth => &[("month", "short")],
            Self::Weekday => &[("weekday", "short")],
            Self::Month => &[("month", "long"), ("year", "numeric")],
            Self::Date => &[
                ("weekday", "long"),
                ("day", "numeric"),
                ("month", "long"),
                ("year", "numeric"),
            ],
            Self::Clock => &[("hour", "numeric"), ("minute", "2-digit")],
            Self::Moment => &[
                ("weekday", "short"),
                ("day", "numeric"),
                ("month", "short"),
                ("year", "numeric"),
                ("hour", "numeric"),
                ("minute", "2-digit"),
            ],
            Self::Exact => &[
                ("day", "numeric"),
                ("month", "short"),
                ("hour", "numeric"),
                ("minute", "2-digit"),
                ("second", "2-digit"),
            ],
            Self::ShortDay => &[("day", "numeric"), ("month", "short")],
            Self::ShortDate => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
            Self::ZoneName => &[("timeZoneName", "short")],
            Self::Offset => &[("timeZoneName", "longOffset")],
        }
    }
}

/// A point in time as seen in an IANA zone; the viewer's own where the zone is empty.
pub fn time(at: Timestamp, zone: &str, style: Style) -> String {
    let Some(formatter) = time_formatter(zone, style.options(), &format!("{style:?}")) else {
        return at.to_string();
    };
    match style {
        Style::ZoneName | Style::Offset => formatter.part("timeZoneName", &date(at)),
        Style::Day
        | Style::ShortMonth
        | Style::Weekday
        | Style::Month
        | Style::Date
        | Style::Clock
        | Style::Moment
        | Style::Exact
        | Style::ShortDay
        | Style::ShortDate => formatter.write("format", &[date(at)]),
    }
}

/// The days from start to end, as short as it can be said: `Mon, 3 – Wed, 5 May 2027`.
pub fn date_range(start: Timestamp, end: Timestamp, zone: &str) -> String {
    let options = [
        ("weekday", "short"),
        ("day", "numeric"),
        ("month", "short"),
        ("year", "numeric"),
    ];
    match time_formatter(zone, &options, "range") {
        Some(formatter) => formatter.write("formatRange", &[date(start), date(end)]),
        None => start.to_string(),
    }
}

/// The viewer's own zone, such as `Europe/Berlin`.
pub fn viewer_zone() -> String {
    time_formatter("", &[], "zone")
        .and_then(|formatter| get(&formatter.resolved, "timeZone").as_string())
        .unwrap_or_default()
}

/// A price: `€120.00`, `¥12,000`, `Free`.
pub fn price(money: Money) -> String {
    match money.minor {
        0 => "Free".into(),
        _ => amount(money),
    }
}

/// A sum, where nothing is `€0.00`.
pub fn amount(money: Money) -> String {
    written(money, "", &[])
}

/// A sum that came or went: `+€25.00`, `-€12.00`.
pub fn signed(money: Money) -> String {
    written(money, "signed", &[("signDisplay", "exceptZero")])
}

/// A sum beside a plot: `€20`, `€0.50`.
pub fn short_amount(money: Money) -> String {
    written(money, "short", &[("trailingZeroDisplay", "stripIfInteger")])
}

fn written(money: Money, name: &str, options: &[(&str, &str)]) -> String {
    let Some(formatter) = money_formatter(money.currency, name, options) else {
        return format!("{} {}", money.currency, money.minor);
    };
    let one = 10_i64.pow(digits(&formatter));
    let units = money.minor as f64 / one as f64;
    formatter.write("format", &[JsValue::from_f64(units)])
}

/// How many decimals a currency has: two for the euro, none for the yen.
pub fn decimals(currency: Currency) -> u32 {
    money_formatter(currency, "", &[]).map_or(2, |formatter| digits(&formatter))
}

fn money_formatter(currency: Currency, name: &str, options: &[(&str, &str)]) -> Option<Formatter> {
    let code = currency.code();
    cached(format!("{code} {name}"), || {
        let of_currency = [("style", "currency"), ("currency", code)];
        Formatter::new("NumberFormat", &[&of_currency, options].concat())
    })
}

fn digits(formatter: &Formatter) -> u32 {
    let digits = get(&formatter.resolved, "maximumFractionDigits").as_f64();
    digits.unwrap_or(2.0) as u32
}

fn date(at: Timestamp) -> JsValue {
    Date::new(&JsValue::from_f64(at.millis() as f64)).into()
}

fn time_formatter(zone: &str, options: &[(&str, &str)], name: &str) -> Option<Formatter> {
    cached(format!("{name} {zone}"), || {
        let zoned = [options, &[("timeZone", zone)]].concat();
        // A zone that this browser has not heard of yet is better shown as UTC than not at all.
        let in_utc = [options, &[("timeZone", "UTC"), ("timeZoneName", "short")]].concat();
        match zone {
            "" => Formatter::new("DateTimeFormat", options),
            _ => Formatter::new("DateTimeFormat", &zoned)
                .or_else(|| Formatter::new("DateTimeFormat", &in_utc)),
        }
    })
}

fn cached(key: String, make: impl FnOnce() -> Option<Formatter>) -> Option<Formatter> {
    FORMATTERS.with_borrow_mut(|formatters| {
        if let Some((_, known)) = formatters.iter().find(|(known, _)| *known == key) {
            return known.clone();
        }
        let made = make();
        formatters.push((key, made.clone()));
        made
    })
}

impl Formatter {
    /// `new Intl[kind](locales, options)`; none where the browser refuses the options.
    fn new(kind: &str, options: &[(&str, &str)]) -> Option<Self> {
        let constructor = get(&get(&js_sys::global(), "Intl"), kind);
        let named = Object::new();
        for (name, value) in options {
            _ = Reflect::set(&named, &(*name).into(), &(*value).into());
        }
        let arguments = Array::of2(&locales(), &named);
        let object =
            Reflect::construct(constructor.unchecked_ref::<Function>(), &arguments).ok()?;
        let resolved = call(&object, "resolvedOptions", &[]);
        Some(Self { object, resolved })
    }

    fn write(&self, method: &str, values: &[JsValue]) -> String {
        call(&self.object, method, values)
            .as_string()
            .unwrap_or_default()
    }

    /// The text of one part of what is written.
    fn part(&self, kind: &str, value: &JsValue) -> String {
        let parts = call(&self.object, "formatToParts", std::slice::from_ref(value));
        let parts = Array::from(&parts);
        let found = parts
            .iter()
            .find(|part| get(part, "type").as_string().as_deref() == Some(kind));
        found
            .and_then(|part| get(&part, "value").as_string())
            .unwrap_or_default()
    }
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

fn call(object: &JsValue, method: &str, values: &[JsValue]) -> JsValue {
    let method = get(object, method);
    let Some(method) = method.dyn_ref::<Function>() else {
        return JsValue::UNDEFINED;
    };
    method
        .apply(object, &values.iter().collect::<Array>())
        .unwrap_or_default()
}

/// The person's own English, since the texts are English: dates in another language would not match them.
fn locales() -> JsValue {
    let preferred = window().navigator().languages();
    let english: Array = preferred
        .iter()
        .filter(|language| {
            language
                .as_string()
                .is_some_and(|code| code.starts_with("en"))
        })
        .collect();
    english.push(&"en-GB".into());
    english.into()
}

/// A count: `1,000,000`.
pub fn number(count: i64) -> String {
    match cached("number".into(), || Formatter::new("NumberFormat", &[])) {
        Some(formatter) => formatter.write("format", &[JsValue::from_f64(count as f64)]),
        None => count.to_string(),
    }
}

/// Time left on a clock: `12:31`, `1:02:03`.
pub fn clock_face(millis: i64) -> String {
    // Rounded up, so that 0:00 is shown when it is over and not a second before.
    let seconds = (millis.max(0) + 999) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Time left, to be read out: `12 minutes`, `1 minute`, `40 seconds`.
pub fn spoken_duration(millis: i64) -> String {
    let seconds = (millis.max(0) + 999) / 1000;
    match seconds {
        ..60 => counted(seconds, "second"),
        _ => counted((seconds + 30) / 60, "minute"),
    }
}

/// How old something is: `12 s`, `3 min`.
pub fn spoken_age(millis: i64) -> String {
    match millis.max(0) / 1000 {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

/// How long something took: `42 ms`, `1.5 s`, `3 min`.
pub fn spoken_millis(millis: i64) -> String {
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..120_000 => format!("{:.1} s", millis as f64 / 1_000.0),
        _ => format!("{} min", millis / 60_000),
    }
}

/// `1 seat`, `2 seats`.
pub fn seats(count: u32) -> String {
    counted(count, "seat")
}

/// `1 payment`, `2 payments`.
pub fn counted(count: impl Into<i64>, what: &str) -> String {
    let count = count.into();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_face_shows_zero_only_when_it_is_over() {
        for (millis, face) in [
            (900_000, "15:00"),
            (899_001, "15:00"),
            (60_000, "1:00"),
            (59_999, "1:00"),
            (1, "0:01"),
            (0, "0:00"),
            (-5, "0:00"),
            (3_723_000, "1:02:03"),
        ] {
            assert_eq!(clock_face(millis), face, "{millis}");
        }
    }

    #[test]
    fn durations_are_spoken_in_their_largest_unit() {
        for (millis, text) in [
            (720_000, "12 minutes"),
            (60_000, "1 minute"),
            (40_000, "40 seconds"),
            (900, "1 second"),
        ] {
            assert_eq!(spoken_duration(millis), text);
        }
        assert_eq!(spoken_age(12_300), "12 s");
        assert_eq!(spoken_age(180_000), "3 min");
    }

    #[test]
    fn one_seat_is_not_seats() {
        assert_eq!(seats(1), "1 seat");
        assert_eq!(seats(0), "0 seats");
        assert_eq!(seats(12), "12 seats");
    }
}
