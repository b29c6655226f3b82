//! The JWT authorizer of API Gateway's HTTP APIs, on this machine: the same checks, the same claims handed on.
//!
//! RS256 only, by a key of the issuer's key set; `iss`; `aud` or, where there is none, `client_id`; `exp`, `nbf` and
//! `iat` without leeway. See "Control access to HTTP APIs with JWT authorizers" in the API Gateway guide.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use serde_json::{Map, Value};
use shared::Timestamp;

/// Verifies tokens of one issuer, made for one client.
pub struct Authorizer {
    keys: JwkSet,
    client_id: String,
    validation: Validation,
}

/// The claims of a valid token, as API Gateway hands them on: text all of them, lists as `[a b]`.
pub type Claims = HashMap<String, String>;

/// Why a request does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has no bearer token.
    Missing,
    /// Its token is not valid here and now.
    Invalid,
}

impl Authorizer {
    /// For tokens of this issuer with these keys, made for this client.
    pub fn new(issuer: &str, keys: JwkSet, client_id: &str) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        validation.leeway = 0;
        // `exp` must lie after now; the library lets the very second pass.
        validation.reject_tokens_expiring_in_less_than = 1;
        validation.validate_nbf = true;
        // Either of two claims may name the client; looked at below.
        validation.validate_aud = false;
        Self {
            keys,
            client_id: client_id.to_owned(),
            validation,
        }
    }

    /// The claims of the request's token.
    ///
    /// # Errors
    ///
    /// Where there is no token or it is not valid; which check failed is not told, as nobody honest needs it.
    pub fn claims(&self, headers: &HeaderMap, now: Timestamp) -> Result<Claims, Refused> {
        let token = bearer_token(headers).ok_or(Refused::Missing)?;
        let claims = self.verified(token).ok_or(Refused::Invalid)?;
        let issued_later = claims
            .get("iat")
            .and_then(Value::as_f64)
            .is_some_and(|iat| iat * 1000.0 > now.millis() as f64);
        if issued_later || !self.is_audience(&claims) {
            return Err(Refused::Invalid);
        }
        Ok(claims
            .into_iter()
            .map(|(name, value)| (name, as_text(&value)))
            .collect())
    }

    fn verified(&self, token: &str) -> Option<Map<String, Value>> {
        let jwk = self.key(token)?;
        // The algorithm is the validation's and never the token's own, which would let its maker choose.
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(decode(token, &key, &self.validation).ok()?.claims)
    }

    fn key(&self, token: &str) -> Option<&Jwk> {
        self.keys.find(&decode_header(token).ok()?.kid?)
    }

    fn is_audience(&self, claims: &Map<String, Value>) -> bool {
        let is_client = |value: &Value| value.as_str() == Some(&self.client_id);
        match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_client),
            Some(audience) => is_client(audience),
            None => claims.get("client_id").is_some_and(is_client),
        }
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(as_text).collect();
            format!("[{}]", values.join(" "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
    use serde_json::json;

    use super::*;
    use crate::issuer::SigningKey;

    const ISSUER: &str = "http://127.0.0.1:3000";
    const CLIENT: &str = "plenary-web";

    fn now() -> u64 {
        get_current_timestamp()
    }

    fn good() -> Value {
        json!({
            "iss": ISSUER, "aud": CLIENT, "sub": "ada", "iat": now() - 1, "nbf": now() - 1, "exp": now() + 60,
            "email_verified": true, "cognito:groups": ["organizer", "operator"],
        })
    }

    fn check(key: &SigningKey, token: &str) -> Result<Claims, Refused> {
        let keys = serde_json::from_value(key.jwks()).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let now = Timestamp::from_millis(now() as i64 * 1000);
        Authorizer::new(ISSUER, keys, CLIENT).claims(&headers, now)
    }

    fn with(name: &str, value: Value) -> Result<Claims, Refused> {
        let key = SigningKey::throwaway();
        let mut claims = good();
        claims[name] = value;
        check(&key, &key.sign(&claims).unwrap())
    }

    fn token_of(header: Value, claims: &Value, signature: &[u8]) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!(
            "{}.{}.{}",
            part(&header),
            part(claims),
            URL_SAFE_NO_PAD.encode(signature)
        )
    }

    #[test]
    fn a_good_token_gives_its_claims_as_api_gateway_does() {
        let key = SigningKey::throwaway();
        let claims = check(&key, &key.sign(&good()).unwrap()).unwrap();
        assert_eq!(claims["sub"], "ada");
        assert_eq!(claims["cognito:groups"], "[organizer operator]");
        assert_eq!(claims["email_verified"], "true");
    }

    #[test]
    fn without_aud_the_client_id_names_the_client() {
        let key = SigningKey::throwaway();
        let mut claims = good();
        claims.as_object_mut().unwrap().remove("aud");
        assert!(check(&key, &key.sign(&claims).unwrap()).is_err());
        claims["client_id"] = json!(CLIENT);
        assert!(check(&key, &key.sign(&claims).unwrap()).is_ok());
    }

    #[test]
    fn a_token_of_another_time_audience_or_issuer_is_refused() {
        for (claim, value) in [
            ("exp", json!(now())),
            ("exp", json!(now() - 1)),
            ("exp", Value::Null),
            ("exp", json!("tomorrow")),
            ("nbf", json!(now() + 30)),
            ("iat", json!(now() + 30)),
            ("aud", json!("another-app")),
            ("aud", json!(["another-app"])),
            ("iss", json!("http://127.0.0.1:3001")),
            ("iss", Value::Null),
        ] {
            assert_eq!(
                with(claim, value.clone()),
                Err(Refused::Invalid),
                "{claim} {value}"
            );
        }
    }

    #[test]
    fn a_forged_token_is_refused() {
        let (ours, theirs) = (SigningKey::throwaway(), SigningKey::throwaway());
        let kid = ours.jwks()["keys"][0]["kid"].clone();

        let signed_by_another = theirs.sign(&good()).unwrap();
        assert_eq!(check(&ours, &signed_by_another), Err(Refused::Invalid));

        let token = ours.sign(&good()).unwrap();
        let (_, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let mut changed = good();
        changed["sub"] = json!("somebody else");
        let header = json!({ "alg": "RS256", "kid": kid });
        let changed = token_of(header, &changed, &signature);
        assert_eq!(check(&ours, &changed), Err(Refused::Invalid));

        let unsigned = token_of(json!({ "alg": "none", "kid": kid }), &good(), b"");
        assert_eq!(check(&ours, &unsigned), Err(Refused::Invalid));

        assert_eq!(check(&ours, "not.a.token"), Err(Refused::Invalid));
        assert_eq!(check(&ours, ""), Err(Refused::Invalid));
    }

    #[test]
    fn the_public_key_used_as_an_hmac_secret_is_refused() {
        let key = SigningKey::throwaway();
        let jwk = key.jwks()["keys"][0].clone();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = jwk["kid"].as_str().map(str::to_owned);
        let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
        let token = encode(&header, &good(), &EncodingKey::from_secret(&modulus)).unwrap();
        assert_eq!(check(&key, &token), Err(Refused::Invalid));
    }

    #[test]
    fn a_request_without_a_bearer_token_is_told_apart() {
        let keys = serde_json::from_value(SigningKey::throwaway().jwks()).unwrap();
        let authorizer = Authorizer::new(ISSUER, keys, CLIENT);
        let mut headers = HeaderMap::new();
        let now = Timestamp::from_millis(0);
        assert_eq!(authorizer.claims(&headers, now), Err(Refused::Missing));
        headers.insert("authorization", "Basic abc".parse().unwrap());
        assert_eq!(authorizer.claims(&headers, now), Err(Refused::Missing));
    }
}
