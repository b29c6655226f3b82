//! What Plenary asks the provider for: a checkout session, in the address of the checkout page, signed by Plenary.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use axum::http::Uri;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use shared::{Money, TopUpId};

/// The secret that Plenary and the provider share. It guards nothing here, where anybody may choose to pay; what matters
/// is that both sides do as with a secret that does.
pub const SECRET: &str = "plenary-on-this-machine";

/// A checkout session.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    pub top_up_id: TopUpId,
    /// What Plenary knows the account by; handed back as it came.
    pub account: String,
    pub amount: Money,
    pub return_url: String,
    pub description: String,
}

impl Session {
    /// Read a session that Plenary signed; none where it did not, or sends people anywhere but to a page.
    pub fn read(session: &str, signature: &str) -> Option<Self> {
        let expected = sign(session);
        verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).ok()?;
        let json = URL_SAFE_NO_PAD.decode(session).ok()?;
        let session: Self = serde_json::from_slice(&json).ok()?;
        let return_url: Uri = session.return_url.parse().ok()?;
        let is_page = matches!(return_url.scheme_str(), Some("http" | "https"));
        is_page.then_some(session)
    }
}

/// The HMAC-SHA-256 of a text under the secret, in hexadecimal.
pub fn sign(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, text.as_bytes());
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn encoded(return_url: &str) -> String {
        let session: Value = json!({
            "top_up_id": "00000000-0000-0000-0000-000000000007",
            "account": "account#EUR#ada",
            "amount": { "minor": 5000, "currency": "EUR" },
            "return_url": return_url,
            "description": "Top up your Plenary account",
        });
        URL_SAFE_NO_PAD.encode(session.to_string())
    }

    #[test]
    fn a_session_is_believed_only_as_it_was_signed() {
        let session = encoded("http://127.0.0.1:3000/account");
        let signature = sign(&session);
        assert_eq!(
            Session::read(&session, &signature).unwrap().amount.minor,
            5000
        );

        let other = encoded("http://127.0.0.1:3000/accounts");
        assert!(Session::read(&other, &signature).is_none());
        for forged in ["", &signature[1..], &signature.to_uppercase(), &sign("")] {
            assert!(Session::read(&session, forged).is_none(), "{forged}");
        }
    }

    #[test]
    fn nobody_is_sent_to_what_is_no_page() {
        for return_url in ["javascript:alert(1)", "/account", "data:text/html,x", ""] {
            let session = encoded(return_url);
            assert!(
                Session::read(&session, &sign(&session)).is_none(),
                "{return_url}"
            );
        }
    }

    #[test]
    fn a_signature_is_the_hmac_of_the_text() {
        // `openssl dgst -sha256 -hmac plenary-on-this-machine`
        assert_eq!(
            sign("a text"),
            "9004052510d85b6eae5a3faeafbd436da8c3111baa9978171ad5f31ac1c8fb12"
        );
    }
}
