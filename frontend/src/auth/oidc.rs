//! The road to the identity provider and back.

use gloo_net::http::Request;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::{Identity, SignInError, front_page, go, token};
use crate::{
    api::Client,
    browser::{encode, origin, tab},
};

/// What this tab must remember while the person is away at the identity provider.
const KEPT_AS: &str = "signing-in";

#[derive(Serialize, Deserialize)]
struct SigningIn {
    state: String,
    nonce: String,
    verifier: String,
    return_to: String,
}

/// What is known of the identity provider.
struct Provider {
    client_id: String,
    discovery: Value,
}

/// Send the person to the identity provider; they come back to `return_to`, a path of this site.
pub async fn sign_in(return_to: String) -> Result<(), SignInError> {
    let provider = provider().await?;
    let signing_in = SigningIn {
        state: random_text()?,
        nonce: random_text()?,
        verifier: random_text()?,
        return_to,
    };
    let challenge = sha256(&signing_in.verifier).await?;
    let redirect_uri = redirect_uri();
    let parameters = form(&[
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", "openid email profile"),
        ("state", &signing_in.state),
        ("nonce", &signing_in.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    tab::set(KEPT_AS, &signing_in);
    let endpoint = text(&provider.discovery, "authorization_endpoint")?;
    go(&format!("{endpoint}?{parameters}"))
}

/// The person is back with this query string: get their token, and say where they wanted to go.
pub async fn finish_sign_in(client: Client, query: String) -> Result<String, SignInError> {
    let answer =
        web_sys::UrlSearchParams::new_with_str(&query).map_err(|_| SignInError::NotAsked)?;
    let asked: SigningIn = tab::get(KEPT_AS).ok_or(SignInError::NotAsked)?;
    if answer.get("state").as_deref() != Some(&asked.state) {
        return Err(SignInError::NotAsked);
    }
    // A code is good for one exchange, whatever comes of it.
    tab::remove(KEPT_AS);
    let code = answer.get("code").ok_or(SignInError::Cancelled)?;

    let provider = provider().await?;
    let redirect_uri = redirect_uri();
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &redirect_uri),
        ("code", &code),
        ("code_verifier", &asked.verifier),
    ]);
    let endpoint = text(&provider.discovery, "token_endpoint")?;
    let request = Request::post(&endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .map_err(|_| SignInError::Unreachable)?;
    let tokens = read(request).await?;

    let id_token = text(&tokens, "id_token")?;
    let claims = token::claims(&id_token).ok_or(SignInError::Unreachable)?;
    let expected = [
        ("iss", text(&provider.discovery, "issuer")?),
        ("aud", provider.client_id),
        ("nonce", asked.nonce),
    ];
    for (claim, value) in expected {
        if text(&claims, claim)? != value {
            return Err(SignInError::Unreachable);
        }
    }
    let email = text(&claims, "email").unwrap_or_default();
    let lifetime = tokens.get("expires_in").and_then(Value::as_i64);
    client.session.begin(Identity {
        name: text(&claims, "name").unwrap_or_else(|_| email.clone()),
        email,
        organizes: token::has_group(&claims, &["organizer", "operator"]),
        operates: token::has_group(&claims, &["operator"]),
        access_token: text(&tokens, "access_token")?,
        id_token,
        expires_at: client.clock.now().millis() + lifetime.unwrap_or(0) * 1000,
    });
    Ok(asked.return_to)
}

/// Where the identity provider forgets the person, and sends them to the front page.
pub async fn sign_out_address(id_token: String) -> Result<String, SignInError> {
    let provider = provider().await?;
    let endpoint = text(&provider.discovery, "end_session_endpoint")?;
    let home = front_page();
    let parameters = form(&[
        ("id_token_hint", &id_token),
        ("client_id", &provider.client_id),
        // OpenID Connect's name for it, and Cognito's own.
        ("post_logout_redirect_uri", &home),
        ("logout_uri", &home),
    ]);
    Ok(format!("{endpoint}?{parameters}"))
}

async fn provider() -> Result<Provider, SignInError> {
    let config = get("/config.json").await?;
    let issuer = text(&config, "issuer")?;
    let issuer = issuer.trim_end_matches('/');
    Ok(Provider {
        client_id: text(&config, "client_id")?,
        discovery: get(&format!("{issuer}/.well-known/openid-configuration")).await?,
    })
}

async fn get(url: &str) -> Result<Value, SignInError> {
    let request = Request::get(url).build();
    read(request.map_err(|_| SignInError::Unreachable)?).await
}

async fn read(request: Request) -> Result<Value, SignInError> {
    let response = request.send().await.map_err(|_| SignInError::Unreachable)?;
    if !response.ok() {
        return Err(SignInError::Unreachable);
    }
    response.json().await.map_err(|_| SignInError::Unreachable)
}

/// A member of a provider's answer that must be there and be text.
fn text(answer: &Value, name: &str) -> Result<String, SignInError> {
    let text = answer.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(SignInError::Unreachable)
}

fn redirect_uri() -> String {
    format!("{}/signed-in", origin())
}

/// `application/x-www-form-urlencoded`.
fn form(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// 256 random bits as text: unguessable, and long enough for a PKCE verifier (RFC 7636, section 4.1).
fn random_text() -> Result<String, SignInError> {
    let mut bytes = [0; 32];
    let crypto = window().crypto().map_err(|_| SignInError::Unreachable)?;
    crypto
        .get_random_values_with_u8_array(&mut bytes)
        .map_err(|_| SignInError::Unreachable)?;
    Ok(token::encode_base64url(&bytes))
}

async fn sha256(text: &str) -> Result<String, SignInError> {
    let digest = window()
        .crypto()
        .and_then(|crypto| {
            let bytes = Uint8Array::from(text.as_bytes());
            crypto
                .subtle()
                .digest_with_str_and_buffer_source("SHA-256", &bytes)
        })
        .map_err(|_| SignInError::Unreachable)?;
    let digest = JsFuture::from(digest)
        .await
        .map_err(|_| SignInError::Unreachable)?;
    let buffer: ArrayBuffer = digest.dyn_into().map_err(|_| SignInError::Unreachable)?;
    Ok(token::encode_base64url(&Uint8Array::new(&buffer).to_vec()))
}
