//! What CloudFront and API Gateway do in AWS: one address for web app and API, tokens verified before a function is
//! called, limits on time and size, and the security headers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Method, Uri, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use plenary_http::{not_found, now, respond, token::Verifier};
use serde_json::json;
use shared::{
    Problem, ProblemType,
    endpoint::{Access, Endpoint, Resolved, resolve},
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{api_event::Incoming, functions::Functions, issuer::CLIENT_ID, web::Site};

/// API Gateway's limit on a body. The functions refuse much smaller ones by themselves.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// How long a request may take, a little less than API Gateway's 30 seconds.
const TIME_LIMIT: Duration = Duration::from_secs(29);

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'",
        ),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Everything that a request can reach.
pub struct Gateway {
    pub functions: Arc<Functions>,
    /// What API Gateway's JWT authorizer does.
    pub authorizer: Verifier,
    pub site: Site,
    /// Asked by the health check.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Becomes true once there is everything to see. Until then whoever wants to see something waits; what the functions
    /// themselves need does not, such as the issuer's keys and the payment provider's word.
    pub opened: watch::Receiver<bool>,
    /// `127.0.0.1:3000`
    pub authority: String,
}

impl Gateway {
    /// Its address, which is the issuer's as well.
    pub fn url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// Answer a request to the API.
    pub async fn api(self: &Arc<Self>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let endpoint = match resolve(parts.method.as_str(), parts.uri.path()) {
            Resolved::Endpoint(endpoint, _) => endpoint,
            Resolved::MethodNotAllowed(allow) => return method_not_allowed(&allow),
            Resolved::NotFound => return problem(&not_found()),
        };
        let request_id = Uuid::from_bytes(random()).to_string();
        let answered = tokio::time::timeout(TIME_LIMIT, async {
            match axum::body::to_bytes(body, MAX_BODY).await {
                Ok(body) => self.invoke(endpoint, &request_id, parts, body).await,
                Err(_) => problem(&Problem::new(
                    ProblemType::BodyTooLarge,
                    "The body is larger than 10 MB or was cut off.",
                )),
            }
        });
        match answered.await {
            Ok(response) => response,
            Err(_) => {
                tracing::warn!(
                    request_id,
                    endpoint = endpoint.path,
                    "a request took too long"
                );
                let detail = "It took too long, and may still be carried out. Sending the same again is safe.";
                fault(detail, &request_id)
            }
        }
    }

    async fn invoke(
        self: &Arc<Self>,
        endpoint: &'static Endpoint,
        request_id: &str,
        parts: Parts,
        body: Bytes,
    ) -> Response {
        let claims = self.authorizer.claims(&parts.headers, now()).ok();
        if claims.is_none() && endpoint.access != Access::Public {
            return problem(&Problem::new(
                ProblemType::Unauthenticated,
                "This needs a valid bearer token.",
            ));
        }
        let source = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let incoming = Incoming {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            body: &body,
            claims,
            route_key: format!("{} {}", endpoint.method, endpoint.path),
            request_id,
            source_ip: source.map_or("127.0.0.1".into(), |info| info.0.ip().to_string()),
            domain_name: &self.authority,
            received_at: now(),
        };
        let event = incoming.event();
        // A task of its own: a caller who hangs up does not stop a function half-way, and a panic ends in an answer.
        let gateway = self.clone();
        let called =
            tokio::spawn(async move { gateway.functions.answer(endpoint.function, &event).await });
        let cause = match called.await {
            Ok(Ok(response)) => return from_lambda(response),
            Ok(Err(error)) => respond::chain(&error),
            Err(panic) => panic.to_string(),
        };
        tracing::error!(
            cause,
            request_id,
            endpoint = endpoint.path,
            "a function failed"
        );
        fault(
            "It is not your request. Sending the same again is safe.",
            request_id,
        )
    }
}

/// The API and the web app.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/config.json", get(config))
        .fallback(everything_else)
        .with_state(gateway)
}

/// Whether the system can serve: whether it is open and its DynamoDB answers.
async fn health(State(gateway): State<Arc<Gateway>>) -> Response {
    if !*gateway.opened.borrow() {
        return problem(&respond::busy(1));
    }
    let asked = gateway.dynamodb.list_tables().limit(1).send();
    match tokio::time::timeout(Duration::from_secs(2), asked).await {
        Ok(Ok(_)) => Json(json!({ "status": "ok" })).into_response(),
        Ok(Err(_)) | Err(_) => problem(&respond::busy(1)),
    }
}

/// What the web app has to know of where it runs.
async fn config(State(gateway): State<Arc<Gateway>>) -> Response {
    let config = json!({ "issuer": gateway.url(), "client_id": CLIENT_ID });
    ([(header::CACHE_CONTROL, "no-cache")], Json(config)).into_response()
}

async fn everything_else(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut opened = gateway.opened.clone();
        // It never opens where the start failed and the system ends.
        if opened.wait_for(|opened| *opened).await.is_err() {
            return problem(&respond::busy(1));
        }
    }
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return gateway.api(request).await;
    }
    if let Some(elsewhere) = canonical(&gateway, request.uri(), request.headers()) {
        return elsewhere;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return problem(&not_found());
    }
    let page = gateway.site.get(path, request.headers());
    page.unwrap_or_else(|| problem(&not_found()))
}

/// Tokens are issued for `127.0.0.1`; who comes by the name `localhost` is sent there, as another name is another origin.
fn canonical(gateway: &Gateway, uri: &Uri, headers: &axum::http::HeaderMap) -> Option<Response> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let (name, _port) = host.split_once(':')?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    name.eq_ignore_ascii_case("localhost")
        .then(|| Redirect::temporary(&format!("{}{path}", gateway.url())).into_response())
}

/// An answer with the headers that protect whoever looks at it.
pub async fn secured(mut response: Response) -> Response {
    response.headers_mut().extend(SECURITY_HEADERS);
    response
}

fn method_not_allowed(allow: &[&str]) -> Response {
    let methods = allow.join(", ");
    let detail = format!("This address takes {methods}.");
    let about = Problem::new(ProblemType::MethodNotAllowed, detail);
    problem(&about.with(json!({ "allow": allow })))
}

fn fault(detail: &str, request_id: &str) -> Response {
    let about = Problem::new(ProblemType::Fault, detail);
    problem(&about.with(json!({ "request_id": request_id })))
}

/// A problem as the functions answer it.
pub fn problem(about: &Problem) -> Response {
    from_lambda(respond::problem(about))
}

fn from_lambda(response: lambda_http::Response<lambda_http::Body>) -> Response {
    response.map(|body| Body::from(body.to_vec()))
}

/// Sixteen random bytes, or zeros where the system has no randomness: an id in a log is not worth failing for.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes
}
