//! How numbers, amounts and times read in a sentence about an event. They are for operators, who read English and UTC: a
//! browser that shows an amount to a person formats it itself.

use shared::{Currency, Money, Timestamp};

/// So many of something: `1 seat`, `3 seats`.
pub(crate) fn count(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// An amount with its currency: `120.00 EUR`.
pub(crate) fn money(Money { minor, currency }: Money) -> String {
    let decimals = decimals(currency);
    let sign = if minor < 0 { "-" } else { "" };
    let unit = 10u64.pow(decimals);
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    match decimals {
        0 => format!("{sign}{whole} {currency}"),
        decimals => format!(
            "{sign}{whole}.{rest:0width$} {currency}",
            width = decimals as usize
        ),
    }
}

/// A point in time to the second: `2027-05-03 09:30:00 UTC`.
pub(crate) fn time(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    let seconds = clock.split('.').next().unwrap_or_default();
    format!("{day} {seconds} UTC")
}

/// Several things in a row: `1`, `1 and 2`, `1, 2 and 3`.
pub(crate) fn list(things: impl IntoIterator<Item = String>) -> String {
    let mut things: Vec<String> = things.into_iter().collect();
    match things.pop() {
        None => "none".to_owned(),
        Some(only) if things.is_empty() => only,
        Some(last) => format!("{} and {last}", things.join(", ")),
    }
}

/// How many decimals a currency has, by ISO 4217.
fn decimals(currency: Currency) -> u32 {
    match currency.code() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minor: i64, code: &str) -> String {
        let currency = Currency::try_from(code.to_owned()).unwrap();
        money(Money { minor, currency })
    }

    #[test]
    fn an_amount_has_as_many_decimals_as_its_currency() {
        assert_eq!(of(12_000, "EUR"), "120.00 EUR");
        assert_eq!(of(-5, "EUR"), "-0.05 EUR");
        assert_eq!(of(12_000, "JPY"), "12000 JPY");
        assert_eq!(of(12_005, "KWD"), "12.005 KWD");
    }

    #[test]
    fn a_row_of_things_is_read_out() {
        let row = |count: u32| list((1..=count).map(|number| number.to_string()));
        assert_eq!(
            [row(0), row(1), row(2), row(3)],
            ["none", "1", "1 and 2", "1, 2 and 3"]
        );
    }

    #[test]
    fn a_time_says_its_zone() {
        let at = "2027-05-03T11:30:00.250+02:00".parse().unwrap();
        assert_eq!(time(at), "2027-05-03 09:30:00 UTC");
    }
}
