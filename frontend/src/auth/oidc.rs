//! The road to the identity provider and back.

use gloo_net::http::Request;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::{Identity, token};
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

/// Why a sign-in did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// The person, or the identity provider, said no.
    Cancelled,
    /// This tab did not ask for it, or it took too long.
    NotAsked,
    /// The identity provider could not be reached, or its answer is not to be trusted.
    Unreachable,
}

#[derive(Deserialize)]
struct Config {
    issuer: String,
    client_id: String,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    end_session_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
    expires_in: i64,
}

/// Send the person to the identity provider; they come back to `return_to`, a path of this site.
pub async fn sign_in(return_to: String) -> Result<(), SignInError> {
    let (config, discovery) = provider().await?;
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
        ("client_id", &config.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", "openid email profile"),
        ("state", &signing_in.state),
        ("nonce", &signing_in.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    tab::set(KEPT_AS, &signing_in);
    go(&format!(
        "{}?{parameters}",
        discovery.authorization_endpoint
    ))
}

/// The person is back with this query string: get their token, and say where they wanted to go.
pub async fn finish_sign_in(client: Client, query: &str) -> Result<String, SignInError> {
    let answer =
        web_sys::UrlSearchParams::new_with_str(query).map_err(|_| SignInError::NotAsked)?;
    let asked: SigningIn = tab::get(KEPT_AS).ok_or(SignInError::NotAsked)?;
    if answer.get("state").as_deref() != Some(&asked.state) {
        return Err(SignInError::NotAsked);
    }
    // A code is good for one exchange, whatever comes of it.
    tab::remove(KEPT_AS);
    let code = answer.get("code").ok_or(SignInError::Cancelled)?;

    let (config, discovery) = provider().await?;
    let redirect_uri = redirect_uri();
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", &config.client_id),
        ("redirect_uri", &redirect_uri),
        ("code", &code),
        ("code_verifier", &asked.verifier),
    ]);
    let request = Request::post(&discovery.token_endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .map_err(|_| SignInError::Unreachable)?;
    let tokens: Tokens = read(request).await?;

    let claims = token::claims(&tokens.id_token)
        .filter(|claims| {
            claims.iss == discovery.issuer
                && claims.aud == config.client_id
                && claims.nonce.as_ref() == Some(&asked.nonce)
        })
        .ok_or(SignInError::Unreachable)?;
    client.session.begin(Identity {
        name: if claims.name.is_empty() {
            claims.email.clone()
        } else {
            claims.name
        },
        email: claims.email,
        access_token: tokens.access_token,
        id_token: tokens.id_token,
        expires_at: client.clock.now().millis() + tokens.expires_in * 1000,
    });
    Ok(asked.return_to)
}

/// Forget the person here and at the identity provider, and show the front page.
pub async fn sign_out(client: Client) {
    let Some(identity) = client.session.0.get_untracked() else {
        return;
    };
    client.forget_person();
    let home = format!("{}/", origin());
    let address = match provider().await {
        Ok((config, discovery)) => discovery.end_session_endpoint.map(|endpoint| {
            let parameters = form(&[
                ("id_token_hint", &identity.id_token),
                ("client_id", &config.client_id),
                ("post_logout_redirect_uri", &home),
            ]);
            format!("{endpoint}?{parameters}")
        }),
        Err(_) => None,
    };
    _ = go(&address.unwrap_or(home));
}

async fn provider() -> Result<(Config, Discovery), SignInError> {
    let config: Config = get("/config.json").await?;
    let issuer = config.issuer.trim_end_matches('/');
    let discovery = get(&format!("{issuer}/.well-known/openid-configuration")).await?;
    Ok((config, discovery))
}

async fn get<T: DeserializeOwned>(url: &str) -> Result<T, SignInError> {
    let request = Request::get(url).build();
    read(request.map_err(|_| SignInError::Unreachable)?).await
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, SignInError> {
    let response = request.send().await.map_err(|_| SignInError::Unreachable)?;
    if !response.ok() {
        return Err(SignInError::Unreachable);
    }
    response.json().await.map_err(|_| SignInError::Unreachable)
}

fn redirect_uri() -> String {
    format!("{}/signed-in", origin())
}

fn go(address: &str) -> Result<(), SignInError> {
    let gone = window().location().assign(address);
    gone.map_err(|_| SignInError::Unreachable)
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
