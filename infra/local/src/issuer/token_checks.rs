//! What the verifier makes of this issuer's tokens, and of those that somebody would like it to take for them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::json;

use lambda_http::http::HeaderMap;
use plenary_http::token::{Claims, Refused, Verifier};
use serde_json::Value;
use shared::Timestamp;

use super::SigningKey;

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
    Verifier::new(ISSUER, keys, CLIENT).claims(&headers, now)
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
    assert_eq!(check(&ours, &signed_by_another), Err(Refused::UnknownKey));
    let under_our_name = theirs.under_the_name_of(&ours).sign(&good()).unwrap();
    assert_eq!(check(&ours, &under_our_name), Err(Refused::Invalid));

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
    let verifier = Verifier::new(ISSUER, keys, CLIENT);
    let mut headers = HeaderMap::new();
    let now = Timestamp::from_millis(0);
    assert_eq!(verifier.claims(&headers, now), Err(Refused::Missing));
    headers.insert("authorization", "Basic abc".parse().unwrap());
    assert_eq!(verifier.claims(&headers, now), Err(Refused::Missing));
}
