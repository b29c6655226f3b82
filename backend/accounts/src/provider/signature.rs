//! Signatures in Stripe's scheme: a header `t=<unix seconds>,v1=<hex>`, where the hex digits are the HMAC-SHA-256 of
//! `t`, a dot and the raw body. <https://docs.stripe.com/webhooks/signature>

use std::fmt::Write;

use aws_lc_rs::hmac;
use shared::Timestamp;

/// How far the time of a signature may lie from now, either way: longer, and a message that somebody recorded could be
/// sent again; shorter, and clocks would have to agree better than they do.
const TOLERANCE_MILLIS: i64 = 5 * 60 * 1000;

/// A secret that the provider and this system share.
pub struct Secret(hmac::Key);

/// Why a signature does not count. Which of these it was is for operators; whoever sent it learns only that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("there is no signature")]
    Missing,
    #[error("the signature has not the form t=…,v1=…")]
    Malformed,
    #[error("the signature is of another time")]
    OutOfTime,
    #[error("the signature is not over this body under this secret")]
    Wrong,
}

impl Secret {
    /// From its text.
    pub fn new(text: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes()))
    }

    /// Verify a signature header against the body that came with it.
    ///
    /// Several `v1` may stand in a header while a secret is replaced: one that fits is enough. Values of other schemes
    /// are passed over.
    ///
    /// # Errors
    /// See [`BadSignature`].
    pub fn verify(
        &self,
        header: Option<&str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), BadSignature> {
        let header = header.ok_or(BadSignature::Missing)?;
        let pairs = || {
            header
                .split(',')
                .filter_map(|pair| pair.trim().split_once('='))
        };
        let mut times = pairs().filter(|(name, _)| *name == "t");
        let (Some((_, time)), None) = (times.next(), times.next()) else {
            return Err(BadSignature::Malformed);
        };
        let seconds: i64 = time.parse().map_err(|_| BadSignature::Malformed)?;
        let off_by = seconds
            .checked_mul(1000)
            .and_then(|millis| now.millis().checked_sub(millis));
        if off_by.is_none_or(|millis| millis.saturating_abs() > TOLERANCE_MILLIS) {
            return Err(BadSignature::OutOfTime);
        }
        let signed = signed(time, body);
        let mut given = pairs()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, digits)| from_hex(digits))
            .peekable();
        given.peek().ok_or(BadSignature::Malformed)?;
        // Compared in constant time: how long it takes tells nothing of how much was right.
        given
            .any(|tag| hmac::verify(&self.0, &signed, &tag).is_ok())
            .then_some(())
            .ok_or(BadSignature::Wrong)
    }

    /// The header that signs a body now.
    pub fn sign(&self, body: &[u8], now: Timestamp) -> String {
        let time = now.millis().div_euclid(1000).to_string();
        let tag = self.tag(&signed(&time, body));
        format!("t={time},v1={tag}")
    }

    /// The HMAC of some bytes, in hex digits.
    pub(crate) fn tag(&self, bytes: &[u8]) -> String {
        let tag = hmac::sign(&self.0, bytes);
        tag.as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn signed(time: &str, body: &[u8]) -> Vec<u8> {
    [time.as_bytes(), b".", body].concat()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(nibble(*high)? * 16 + nibble(*low)?).ok(),
        _ => None,
    };
    digits.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn verify(header: &str, body: &[u8], now: i64) -> Result<(), BadSignature> {
        Secret::new("whsec_test").verify(Some(header), body, at(now))
    }

    /// Made by `printf '%s' '1800000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
    const KNOWN: &str = "45705be2a45ab5acdd1395cc695e9e7073125385ec24194921c401dff44176f8";

    #[test]
    fn a_signature_is_an_hmac_over_time_and_body() {
        let header = format!("t=1800000000,v1={KNOWN}");
        assert_eq!(
            Secret::new("whsec_test").sign(BODY, at(1_800_000_000)),
            header
        );
        assert_eq!(verify(&header, BODY, 1_800_000_000), Ok(()));
        let spaced = format!("t=1800000000, v1={}, v0=6ffbb5", KNOWN.to_uppercase());
        assert_eq!(verify(&spaced, BODY, 1_800_000_000), Ok(()));
    }

    #[test]
    fn another_secret_or_another_body_is_refused() {
        let header = format!("t=1800000000,v1={KNOWN}");
        let other = Secret::new("whsec_other").verify(Some(&header), BODY, at(1_800_000_000));
        assert_eq!(other, Err(BadSignature::Wrong));
        let altered = verify(&header, br#"{"id":"evt_2"}"#, 1_800_000_000);
        assert_eq!(altered, Err(BadSignature::Wrong));
        let moved = header.replace("1800000000", "1800000001");
        assert_eq!(
            verify(&moved, BODY, 1_800_000_000),
            Err(BadSignature::Wrong)
        );
    }

    #[test]
    fn a_signature_counts_for_five_minutes_either_way() {
        let header = format!("t=1800000000,v1={KNOWN}");
        for (now, expected) in [
            (1_800_000_300, Ok(())),
            (1_799_999_700, Ok(())),
            (1_800_000_301, Err(BadSignature::OutOfTime)),
            (1_799_999_699, Err(BadSignature::OutOfTime)),
        ] {
            assert_eq!(verify(&header, BODY, now), expected, "{now}");
        }
    }

    #[test]
    fn one_of_several_signatures_is_enough_while_a_secret_is_replaced() {
        let other = Secret::new("whsec_old").tag(b"whatever");
        let both = format!("t=1800000000,v1={other},v1={KNOWN}");
        assert_eq!(verify(&both, BODY, 1_800_000_000), Ok(()));
        let neither = format!("t=1800000000,v1={other},v1={other}");
        assert_eq!(
            verify(&neither, BODY, 1_800_000_000),
            Err(BadSignature::Wrong)
        );
    }

    #[test]
    fn no_signature_and_garbage_are_refused() {
        let none = Secret::new("whsec_test").verify(None, BODY, at(0));
        assert_eq!(none, Err(BadSignature::Missing));
        for header in [
            "",
            "garbage",
            "t=,v1=00",
            "t=soon,v1=00",
            "v1=00",
            "t=1800000000",
            "t=1800000000,v1=xyz",
            "t=1800000000,v1=0",
            "t=1800000000,v0=00",
            "t=1800000000,t=1800000000,v1=00",
            "t=1800000000,v1=é",
        ] {
            let verified = verify(header, BODY, 1_800_000_000);
            assert_eq!(verified, Err(BadSignature::Malformed), "{header}");
        }
        for time in [i64::MAX, i64::MIN, -1, 0] {
            let header = format!("t={time},v1=00");
            let verified = verify(&header, BODY, 1_800_000_000);
            assert_eq!(verified, Err(BadSignature::OutOfTime), "{header}");
        }
        let empty = verify("t=1800000000,v1=", BODY, 1_800_000_000);
        assert_eq!(empty, Err(BadSignature::Wrong));
    }
}
