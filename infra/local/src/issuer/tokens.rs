//! What stands in the tokens: the claims that Amazon Cognito gives, so that the functions meet the same here. One thing
//! more: name and e-mail stand in the access token too, where Cognito puts them only by a trigger of the user pool's.

use serde_json::{Value, json};
use shared::Timestamp;

use super::person::Person;

/// How long tokens hold, in seconds.
pub const LIFETIME: i64 = 3600;

/// The claims of an access token. Cognito puts the client into `client_id`; other issuers put it into `aud`. Here it
/// stands in both, as API Gateway accepts either.
pub fn access_claims(
    issuer: &str,
    client_id: &str,
    person: &Person,
    now: Timestamp,
    lifetime: i64,
) -> Value {
    let mut claims = claims(issuer, client_id, person, now, lifetime);
    claims["token_use"] = json!("access");
    claims["client_id"] = json!(client_id);
    claims
}

/// The claims of an id token.
pub fn id_claims(
    issuer: &str,
    client_id: &str,
    person: &Person,
    now: Timestamp,
    nonce: Option<&str>,
) -> Value {
    let mut claims = claims(issuer, client_id, person, now, LIFETIME);
    claims["token_use"] = json!("id");
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

fn claims(issuer: &str, client_id: &str, person: &Person, now: Timestamp, lifetime: i64) -> Value {
    let now = now.millis() / 1000;
    json!({
        "iss": issuer,
        "sub": person.subject(),
        "aud": client_id,
        "iat": now,
        "nbf": now,
        "exp": now.saturating_add(lifetime),
        "email": person.email,
        "name": person.name,
        "cognito:groups": person.roles,
    })
}
