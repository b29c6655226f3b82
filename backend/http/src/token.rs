//! Bearer tokens: the checks that API Gateway's JWT authorizer makes, made again in the function, so that a route that
//! lost its authorizer still lets nobody in.
//!
//! RS256 only, by a key of the issuer's key set; `iss`; `aud` or, where there is none, `client_id`; `exp`, `nbf` and
//! `iat` without leeway. See "Control access to HTTP APIs with JWT authorizers" in the API Gateway guide.

use std::collections::HashMap;

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use lambda_http::http::{HeaderMap, header};
use serde_json::{Map, Value};
use shared::Timestamp;

/// Verifies tokens of one issuer, made for one client.
pub struct Verifier {
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
    /// Its token names a key that is not in the key set; the issuer may have changed its keys.
    UnknownKey,
    /// Its token is not valid here and now.
    Invalid,
}

impl Verifier {
    /// For tokens of this issuer with these keys, made for this client.
    pub fn new(issuer: &str, keys: JwkSet, client_id: &str) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        // All times are looked at below, by one clock: the caller's.
        validation.validate_exp = false;
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
        let jwk = self.key(token)?;
        let claims = self.verified(token, jwk).ok_or(Refused::Invalid)?;
        if !is_of_now(&claims, now) || !self.is_audience(&claims) {
            return Err(Refused::Invalid);
        }
        Ok(claims
            .into_iter()
            .map(|(name, value)| (name, as_text(&value)))
            .collect())
    }

    fn verified(&self, token: &str, jwk: &Jwk) -> Option<Map<String, Value>> {
        // The algorithm is the validation's and never the token's own, which would let its maker choose.
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(decode(token, &key, &self.validation).ok()?.claims)
    }

    fn key(&self, token: &str) -> Result<&Jwk, Refused> {
        let header = decode_header(token).map_err(|_| Refused::Invalid)?;
        let kid = header.kid.ok_or(Refused::Invalid)?;
        self.keys.find(&kid).ok_or(Refused::UnknownKey)
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

/// Whether it was issued, may be used already, and has not expired; the very second of its expiry is too late.
fn is_of_now(claims: &Map<String, Value>, now: Timestamp) -> bool {
    let now = now.millis() as f64;
    let reached = |name: &str| match claims.get(name) {
        None => Some(true),
        Some(time) => time.as_f64().map(|time| time * 1000.0 <= now),
    };
    let expires = claims.get("exp").and_then(Value::as_f64);
    expires.is_some_and(|expires| expires * 1000.0 > now)
        && reached("nbf") == Some(true)
        && reached("iat") == Some(true)
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
