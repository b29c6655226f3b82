//! A local OpenID Connect issuer: discovery, key set, code flow with PKCE, sign-out. It stands in for Amazon Cognito and
//! is spoken to in the same way; that it asks for no password is the one thing that must never leave this machine.

mod authorization;
mod codes;
mod key;
mod page;
mod person;
#[cfg(test)]
mod token_checks;
mod tokens;

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    body::to_bytes,
    extract::{
        Query, Request, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use shared::{
    Problem, ProblemType,
    text::{EmailAddress, PersonName},
};

use authorization::{Parameters, Refusal};
use codes::{Codes, Grant};
pub use key::SigningKey;
use page::Typed;
pub use person::{OFFERED, Person};
use plenary_http::now;

use crate::{gateway::problem, page::dead_end};

/// The one client: the web app.
pub const CLIENT_ID: &str = "plenary-web";

/// What is sent here is a few hundred bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The issuer.
pub struct Issuer {
    /// Its address, which is the web app's too.
    url: String,
    key: SigningKey,
    codes: Codes,
}

impl Issuer {
    /// An issuer at this address, signing with this key.
    pub fn new(url: &str, key: SigningKey) -> Self {
        Self {
            url: url.to_owned(),
            key,
            codes: Codes::default(),
        }
    }

    /// The public keys by which its tokens are verified.
    pub fn jwks(&self) -> Value {
        self.key.jwks()
    }

    /// An access token for this person that holds for so many seconds.
    pub fn access_token(&self, person: &Person, lifetime: i64) -> Option<String> {
        let claims = tokens::access_claims(&self.url, CLIENT_ID, person, now(), lifetime);
        self.key.sign(&claims)
    }

    fn redirect_uri(&self) -> String {
        format!("{}/signed-in", self.url)
    }
}

/// The issuer's addresses.
pub fn routes(issuer: Arc<Issuer>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oidc/jwks.json", get(jwks))
        .route("/oidc/authorize", get(ask).post(answer))
        .route("/oidc/token", post(token))
        .route("/oidc/logout", get(logout))
        .route("/dev/token", post(dev_token))
        .with_state(issuer)
}

async fn discovery(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    let url = &issuer.url;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/oidc/authorize"),
        "token_endpoint": format!("{url}/oidc/token"),
        "end_session_endpoint": format!("{url}/oidc/logout"),
        "jwks_uri": format!("{url}/oidc/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    Json(issuer.jwks())
}

async fn ask(
    State(issuer): State<Arc<Issuer>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let Ok(Query(parameters)) = parameters else {
        return malformed();
    };
    match parameters.check(CLIENT_ID, &issuer.redirect_uri()) {
        Ok(()) => uncached(page::sign_in(&parameters, None)),
        Err(refusal) => refuse(&parameters, refusal),
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    parameters: Parameters,
    #[serde(flatten)]
    typed: Typed,
}

async fn answer(
    State(issuer): State<Arc<Issuer>>,
    answer: Result<Form<Answer>, FormRejection>,
) -> Response {
    let Ok(Form(Answer { parameters, typed })) = answer else {
        return malformed();
    };
    if let Err(refusal) = parameters.check(CLIENT_ID, &issuer.redirect_uri()) {
        return refuse(&parameters, refusal);
    }
    let person = match typed.person() {
        Ok(person) => person,
        Err(wrong) => {
            let page = page::sign_in(&parameters, Some(&wrong));
            return uncached((StatusCode::UNPROCESSABLE_ENTITY, page));
        }
    };
    let grant = Grant {
        person,
        redirect_uri: parameters.redirect_uri.clone(),
        code_challenge: parameters.code_challenge.clone(),
        nonce: parameters.nonce.clone().filter(|nonce| !nonce.is_empty()),
    };
    match issuer.codes.give(grant, now()) {
        Some(code) => send_back(&parameters, &[("code", &code), ("iss", &issuer.url)]),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refuse(parameters: &Parameters, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Untrusted(reason) => uncached((StatusCode::BAD_REQUEST, refused(reason))),
        Refusal::Told(error, description) => send_back(
            parameters,
            &[("error", error), ("error_description", description)],
        ),
    }
}

/// The page of a request that leads nowhere.
fn refused(reason: &str) -> Html<String> {
    let reason = format!("{reason} Nothing was shared.");
    let way_out = "Go to the start page and sign in from there";
    dead_end("This sign-in link does not work", &reason, way_out)
}

/// Redirect to the client, whose address has been checked, with these values and its own state.
fn send_back(parameters: &Parameters, values: &[(&str, &str)]) -> Response {
    let state = parameters
        .state
        .as_deref()
        .filter(|state| !state.is_empty());
    let query = values
        .iter()
        .copied()
        .chain(state.map(|state| ("state", state)));
    uncached(Redirect::to(&with_query(&parameters.redirect_uri, query)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenRequest {
    grant_type: String,
    code: String,
    redirect_uri: String,
    client_id: String,
    code_verifier: String,
}

async fn token(
    State(issuer): State<Arc<Issuer>>,
    request: Result<Form<TokenRequest>, FormRejection>,
) -> Response {
    let refuse = |error: &str| {
        let body = Json(json!({ "error": error }));
        uncached((StatusCode::BAD_REQUEST, body))
    };
    let Ok(Form(request)) = request else {
        return refuse("invalid_request");
    };
    if request.grant_type != "authorization_code" {
        return refuse("unsupported_grant_type");
    }
    if request.client_id != CLIENT_ID {
        return refuse("invalid_client");
    }
    let grant = issuer.codes.redeem(
        &request.code,
        &request.redirect_uri,
        &request.code_verifier,
        now(),
    );
    let Some(grant) = grant else {
        return refuse("invalid_grant");
    };
    let nonce = grant.nonce.as_deref();
    let id_claims = tokens::id_claims(&issuer.url, CLIENT_ID, &grant.person, now(), nonce);
    let (Some(access_token), Some(id_token)) = (
        issuer.access_token(&grant.person, tokens::LIFETIME),
        issuer.key.sign(&id_claims),
    ) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    uncached(Json(json!({
        "access_token": access_token,
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": tokens::LIFETIME,
    })))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Logout {
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// The issuer keeps no session, so that signing out is for the client; it only sends the person back.
async fn logout(
    State(issuer): State<Arc<Issuer>>,
    request: Result<Query<Logout>, QueryRejection>,
) -> Response {
    let Ok(Query(request)) = request else {
        return malformed();
    };
    let home = format!("{}/", issuer.url);
    let target = request.post_logout_redirect_uri.unwrap_or(home.clone());
    if target != issuer.url && !target.starts_with(&home) {
        let reason = "The post_logout_redirect_uri is not one of this site.";
        return uncached((StatusCode::BAD_REQUEST, refused(reason)));
    }
    let state = request.state.as_deref().map(|state| ("state", state));
    uncached(Redirect::to(&with_query(&target, state)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DevToken {
    email: EmailAddress,
    name: PersonName,
    #[serde(default)]
    roles: Vec<String>,
    /// Seconds; negative for a token that has expired.
    #[serde(default = "lifetime")]
    expires_in: i64,
}

fn lifetime() -> i64 {
    tokens::LIFETIME
}

/// A token for scripts and tests, for anybody and any role.
async fn dev_token(State(issuer): State<Arc<Issuer>>, request: Request) -> Response {
    let wanted: DevToken = match read(request).await {
        Ok(wanted) => wanted,
        Err(about) => return problem(&about),
    };
    let person = Person {
        email: wanted.email,
        name: wanted.name,
        roles: wanted.roles,
    };
    match issuer.access_token(&person, wanted.expires_in) {
        Some(token) => uncached(Json(json!({ "access_token": token }))),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The body of a request, read as strictly as the functions read theirs.
async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.map_err(|_| {
        let detail = "The body is too long, or was cut off.";
        Problem::new(ProblemType::BodyTooLarge, detail)
    })?;
    plenary_http::body(&plenary_http::Request::from_parts(
        parts,
        body.to_vec().into(),
    ))
}

/// What did not come as a browser or a client sends it. Nobody can be sent back to an address that cannot be read.
fn malformed() -> Response {
    let detail = "The parameters cannot be read: each may be given once, as application/x-www-form-urlencoded.";
    problem(&Problem::new(ProblemType::InvalidRequest, detail))
}

fn uncached(response: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], response).into_response()
}

/// The address with these values behind it. It is one of ours, checked, and has no query of its own.
fn with_query<'a>(url: &str, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    match query.extend_pairs(values).finish() {
        query if query.is_empty() => url.to_owned(),
        query => format!("{url}?{query}"),
    }
}
