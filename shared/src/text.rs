//! The values that a request may hold. Each type can only be made from something valid, in the browser's forms by
//! `parse` and in the functions by serde, so that what is past the border needs no second check.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a value was refused, as the end of a sentence that begins with the field's name: "must not be empty".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(pub String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

/// Trimmed, of `min` to `max` characters, without control characters (line breaks only where `lines`).
fn bounded(text: &str, min: usize, max: usize, lines: bool) -> Result<String, Invalid> {
    let text = text.trim();
    let length = text.chars().count();
    if length < min && min == 1 {
        return Err(Invalid("must not be empty".into()));
    }
    if length < min || length > max {
        return Err(Invalid(format!(
            "must have {min} to {max} characters; this has {length}"
        )));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !(lines && (c == '\n' || c == '\t')))
    {
        return Err(Invalid("must not hold control characters".into()));
    }
    Ok(text.to_owned())
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The value, as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let parse: fn(&str) -> Result<String, Invalid> = $parse;
                parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type!(
    /// The name of a conference or a seat type: 2 to 70 characters.
    Title,
    |text| bounded(text, 2, 70, false)
);
text_type!(
    /// A venue or a city: 1 to 100 characters.
    Place,
    |text| bounded(text, 1, 100, false)
);
text_type!(
    /// Free text about a conference or a seat type: up to 4,000 characters, line breaks allowed.
    Description,
    |text| bounded(text, 0, 4000, true)
);
text_type!(
    /// A person's name: 1 to 100 characters.
    PersonName,
    |text| bounded(text, 1, 100, false)
);
text_type!(
    /// An e-mail address. Only what no address can do without is checked (WHATWG keeps the full form): one `@`, a
    /// dotted domain, no spaces, at most 254 characters (RFC 5321).
    EmailAddress,
    |text| {
        let text = text.trim();
        let valid = text.len() <= 254
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            && text.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty()
                    && !domain.contains('@')
                    && domain.split('.').count() >= 2
                    && domain.split('.').all(|label| !label.is_empty())
            });
        if valid { Ok(text.to_owned()) } else { Err(Invalid("must be an e-mail address, such as ada@example.org".into())) }
    }
);
text_type!(
    /// The part of a conference's address that people read: 3 to 60 lower-case letters, digits and single hyphens.
    Slug,
    |text| {
        let valid = (3..=60).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if valid {
            Ok(text.to_owned())
        } else {
            Err(Invalid("must be 3 to 60 lower-case letters, digits and single hyphens, such as rust-week-2027".into()))
        }
    }
);
text_type!(
    /// Why an operator did something: 1 to 200 characters. The person concerned reads it, and it is kept for ever, so it
    /// names nobody.
    Reason,
    |text| bounded(text, 1, 200, false)
);
text_type!(
    /// A promo code: 3 to 24 capital letters, digits and hyphens. People may type it in small letters.
    PromoCode,
    |text| {
        let code = text.trim().to_ascii_uppercase();
        let valid = (3..=24).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if valid { Ok(code) } else { Err(Invalid("must be 3 to 24 letters, digits and hyphens, such as EARLY-BIRD".into())) }
    }
);
text_type!(
    /// The name of an IANA time zone, such as `Europe/Berlin`. Whether it exists, the domain checks.
    ZoneName,
    |text| bounded(text, 1, 64, false)
);

macro_rules! count_type {
    ($(#[$doc:meta])* $name:ident, $min:expr, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(u32);

        impl $name {
            /// The least allowed.
            pub const MIN: u32 = $min;
            /// The most allowed.
            pub const MAX: u32 = $max;

            /// The number.
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = Invalid;

            fn try_from(number: i64) -> Result<Self, Invalid> {
                match u32::try_from(number) {
                    Ok(count) if (Self::MIN..=Self::MAX).contains(&count) => Ok(Self(count)),
                    _ => Err(Invalid(format!("must be a whole number from {} to {}", Self::MIN, Self::MAX))),
                }
            }
        }

        impl From<$name> for i64 {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

count_type!(
    /// How many seats of one type an order asks for. What a seat type allows in one order is its own, lower limit.
    Quantity,
    1,
    100
);
count_type!(
    /// How many seats of one type there are.
    Quota,
    0,
    100_000
);
count_type!(
    /// How many seats of one type one order may hold.
    MaxPerOrder,
    1,
    100
);
count_type!(
    /// A price in minor units of the conference's currency; zero is free.
    Price,
    0,
    100_000_000
);
count_type!(
    /// A share of a price, in hundredths.
    Percent,
    1,
    100
);
count_type!(
    /// An amount taken off a price, in minor units.
    AmountOff,
    1,
    100_000_000
);
count_type!(
    /// How many orders may use a promo code.
    MaxUses,
    1,
    100_000
);
count_type!(
    /// The place of a line in its order, or of a seat in its line: 1, 2, 3 …
    Ordinal,
    1,
    100
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_trimmed_and_has_2_to_70_characters() {
        assert_eq!(
            "  Rust Week ".parse::<Title>().unwrap().as_str(),
            "Rust Week"
        );
        assert!("x".parse::<Title>().is_err());
        assert!("é".repeat(70).parse::<Title>().is_ok());
        assert!("é".repeat(71).parse::<Title>().is_err());
        assert!("a\u{0}b".parse::<Title>().is_err());
    }

    #[test]
    fn an_email_address_needs_a_name_an_at_and_a_dotted_domain() {
        assert!("ada@example.org".parse::<EmailAddress>().is_ok());
        for text in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "a da@example.org",
            "a@b@c.org",
            "ada@.org",
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_slug_reads_as_part_of_an_address() {
        assert!("rust-week-2027".parse::<Slug>().is_ok());
        for text in [
            "ab",
            "Rust",
            "-rust",
            "rust-",
            "rust--week",
            "rüst",
            "rust week",
        ] {
            assert!(text.parse::<Slug>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_promo_code_is_read_in_any_case_and_kept_in_capitals() {
        assert_eq!(
            " early-bird ".parse::<PromoCode>().unwrap().as_str(),
            "EARLY-BIRD"
        );
        for text in ["", "AB", "EARLY BIRD", "ÉTÉ", "A?B", &"A".repeat(25)] {
            assert!(text.parse::<PromoCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_count_outside_its_bounds_is_refused() {
        for number in [0, -1, 101, 1_000_000_000, i64::MAX, i64::MIN] {
            assert!(Quantity::try_from(number).is_err(), "{number}");
        }
        assert_eq!(Quantity::try_from(100).unwrap().get(), 100);
        assert!(serde_json::from_str::<Quantity>("1.5").is_err());
        assert!(serde_json::from_str::<Quantity>("\"2\"").is_err());
    }
}
