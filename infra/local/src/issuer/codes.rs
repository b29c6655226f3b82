//! Authorization codes: each is good once, for a minute, and only for the client that can show the PKCE verifier.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use shared::Timestamp;

use super::person::Person;

/// Milliseconds for which a code can be redeemed.
const LIFETIME: i64 = 60_000;

/// What a person agreed to when the code was given.
#[derive(Clone, Debug)]
pub struct Grant {
    pub person: Person,
    pub redirect_uri: String,
    /// BASE64URL(SHA256(verifier)), RFC 7636.
    pub code_challenge: String,
    pub nonce: Option<String>,
}

/// The codes that have been given and not yet redeemed.
#[derive(Default)]
pub struct Codes(Mutex<HashMap<String, (Grant, Timestamp)>>);

impl Codes {
    /// A code for this grant. None only where the system has no randomness.
    pub fn give(&self, grant: Grant, now: Timestamp) -> Option<String> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        let code = URL_SAFE_NO_PAD.encode(bytes);
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (_, given)| is_fresh(*given, now));
        codes.insert(code.clone(), (grant, now));
        Some(code)
    }

    /// Take the grant of a code. The code is used up by this, whether or not the rest is right.
    pub fn redeem(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Option<Grant> {
        let taken = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(code);
        let (grant, given) = taken?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let is_his = constant_time::verify_slices_are_equal(
            challenge.as_bytes(),
            grant.code_challenge.as_bytes(),
        )
        .is_ok();
        (is_fresh(given, now) && grant.redirect_uri == redirect_uri && is_his).then_some(grant)
    }
}

fn is_fresh(given: Timestamp, now: Timestamp) -> bool {
    now.millis() - given.millis() < LIFETIME
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const REDIRECT: &str = "http://127.0.0.1:3000/signed-in";
    const NOW: i64 = 1_800_000_000_000;

    fn given() -> (Codes, String) {
        let person = Person::with_email("ada@example.org".parse().unwrap(), "Ada".parse().unwrap());
        let grant = Grant {
            person,
            redirect_uri: REDIRECT.into(),
            code_challenge: CHALLENGE.into(),
            nonce: None,
        };
        let codes = Codes::default();
        let code = codes.give(grant, Timestamp::from_millis(NOW)).unwrap();
        (codes, code)
    }

    fn redeem(codes: &Codes, code: &str, redirect: &str, verifier: &str, after: i64) -> bool {
        let now = Timestamp::from_millis(NOW + after);
        codes.redeem(code, redirect, verifier, now).is_some()
    }

    #[test]
    fn a_code_is_good_once() {
        let (codes, code) = given();
        assert!(redeem(&codes, &code, REDIRECT, VERIFIER, 1000));
        assert!(!redeem(&codes, &code, REDIRECT, VERIFIER, 1000));
    }

    #[test]
    fn a_wrong_verifier_uses_the_code_up() {
        let (codes, code) = given();
        assert!(!redeem(&codes, &code, REDIRECT, CHALLENGE, 0));
        assert!(!redeem(&codes, &code, REDIRECT, VERIFIER, 0));
    }

    #[test]
    fn a_code_is_bound_to_its_redirect_and_to_its_minute() {
        let (codes, code) = given();
        assert!(!redeem(
            &codes,
            &code,
            "http://127.0.0.1:3000/",
            VERIFIER,
            0
        ));
        let (codes, code) = given();
        assert!(!redeem(&codes, &code, REDIRECT, VERIFIER, LIFETIME));
    }
}
