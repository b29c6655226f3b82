//! Answers and problems as HTTP, with the headers that go with each.

use std::error::Error;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambda_http::{
    Body, RequestExt,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use shared::{Problem, ProblemType};

use crate::{Request, Response};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Extension of [`ProblemType::Busy`]: the seconds after which to try again. It also becomes the `Retry-After` header.
#[derive(Debug, Serialize, Deserialize)]
struct RetryAfter {
    retry_after: u32,
}

/// Extension of [`ProblemType::Fault`]: what to tell the people who run this.
#[derive(Debug, Serialize)]
struct Reference<'a> {
    request_id: &'a str,
}

/// Who may keep an answer; each use asks first whether it is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// The same for everybody.
    Public,
    /// For the caller's own browser only.
    Private,
}

/// The answer to a command: JSON that nothing keeps.
pub fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(bytes) => response(
            status,
            Body::Binary(bytes),
            [
                (header::CONTENT_TYPE, JSON),
                (header::CACHE_CONTROL, NO_STORE),
            ],
        ),
        Err(error) => unwritable(&error),
    }
}

/// The answer to a query as JSON, or 304 where the caller has it already.
pub fn cached_json(request: &Request, visibility: Visibility, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(bytes) => cached(request, visibility, JSON, bytes),
        Err(error) => unwritable(&error),
    }
}

/// The answer to a query, or 304 where the caller has it already.
pub fn cached(
    request: &Request,
    visibility: Visibility,
    content_type: HeaderValue,
    bytes: Vec<u8>,
) -> Response {
    let hash = digest(&SHA256, &bytes);
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    let cache_control = HeaderValue::from_static(match visibility {
        Visibility::Public => "public, no-cache",
        Visibility::Private => "private, no-cache",
    });
    let validators = [
        (header::ETAG, ascii(&etag)),
        (header::CACHE_CONTROL, cache_control),
    ];
    if has_already(request, &etag) {
        return response(StatusCode::NOT_MODIFIED, Body::Empty, validators);
    }
    let mut answer = response(StatusCode::OK, Body::Binary(bytes), validators);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    answer
}

/// Whether `If-None-Match` names this version. Weak tags count, as RFC 9110 has it for this header.
fn has_already(request: &Request, etag: &str) -> bool {
    let values = request.headers().get_all(header::IF_NONE_MATCH);
    let tags = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    tags.map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// A problem as `application/problem+json`, with the headers that its type calls for.
pub fn problem(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).map_or(Body::Empty, Body::Binary);
    let mut answer = response(
        status,
        body,
        [
            (header::CONTENT_TYPE, PROBLEM),
            (header::CACHE_CONTROL, NO_STORE),
        ],
    );
    let headers = answer.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(RetryAfter { retry_after }) = problem.extension() {
        headers.insert(header::RETRY_AFTER, retry_after.into());
    }
    if let Some(methods) = problem
        .extensions
        .get("allow")
        .and_then(|allow| allow.as_array())
    {
        let methods: Vec<&str> = methods
            .iter()
            .filter_map(|method| method.as_str())
            .collect();
        headers.insert(header::ALLOW, ascii(&methods.join(", ")));
    }
    answer
}

/// Too much at once, and nothing was changed: try again after so many seconds.
pub fn busy(retry_after: u32) -> Problem {
    let detail =
        "Too many people want the same right now. Nothing was changed; try again in a moment.";
    later(detail, retry_after)
}

/// It does not work right now: try again after so many seconds.
pub fn later(detail: &str, retry_after: u32) -> Problem {
    Problem::new(ProblemType::Busy, detail).with(RetryAfter { retry_after })
}

/// The `Idempotency-Key` came with another command before.
pub fn key_reused() -> Problem {
    Problem::new(
        ProblemType::IdempotencyKeyReused,
        "This Idempotency-Key came with another command before. Make a new one for a new intent.",
    )
}

/// The event store did not do its part. Only too much at once is the caller's to know: to wait.
pub fn broke(request: &Request, cause: &dyn Error, throttled: bool) -> Problem {
    if throttled {
        busy(1)
    } else {
        fault(request, cause)
    }
}

/// Something broke on our side. Logged here, once, with its whole cause; the caller learns none of it but the id under
/// which it stands in the log.
pub fn fault(request: &Request, cause: &dyn Error) -> Problem {
    let request_id = request_id(request);
    tracing::error!(
        request_id,
        method = %request.method(),
        path = request.uri().path(),
        cause = chain(cause),
        "the request failed"
    );
    let detail = "It is not your request. Sending the same again is safe.";
    Problem::new(ProblemType::Fault, detail).with(Reference { request_id })
}

/// An error with everything that led to it, in one line. SDK errors say next to nothing themselves.
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The invocation's id; empty outside Lambda and its gateway.
pub fn request_id(request: &Request) -> &str {
    request
        .lambda_context_ref()
        .map_or("", |context| context.request_id.as_str())
}

fn unwritable(error: &serde_json::Error) -> Response {
    tracing::error!(cause = %error, "an answer could not be written as JSON");
    problem(&Problem::new(
        ProblemType::Fault,
        "The answer could not be written.",
    ))
}

fn response<const N: usize>(
    status: StatusCode,
    body: Body,
    headers: [(HeaderName, HeaderValue); N],
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

/// A header's value from text that is known to be visible ASCII.
fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use lambda_http::http;
    use serde_json::json;

    use super::*;

    fn request(if_none_match: Option<&str>) -> Request {
        let mut request = http::Request::builder();
        if let Some(tags) = if_none_match {
            request = request.header("if-none-match", tags);
        }
        request.body(Body::Empty).unwrap()
    }

    #[test]
    fn who_has_the_answer_already_gets_304_and_no_body() {
        let answer = json!({ "remaining": 3 });
        let first = cached_json(&request(None), Visibility::Public, &answer);
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()["cache-control"], "public, no-cache");
        let etag = first.headers()["etag"].to_str().unwrap().to_owned();
        for tags in [etag.clone(), format!("\"x\", W/{etag}"), "*".into()] {
            let again = cached_json(&request(Some(&tags)), Visibility::Public, &answer);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{tags}");
            assert!(again.body().is_empty());
            assert_eq!(again.headers()["etag"], etag.as_str());
        }
        let changed = cached_json(&request(Some(&etag)), Visibility::Public, &json!({}));
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[test]
    fn a_problem_brings_the_headers_of_its_type() {
        let answer = problem(&busy(2));
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["retry-after"], "2");

        let answer = problem(&Problem::new(ProblemType::Unauthenticated, ""));
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");

        let allow = json!({ "allow": ["GET", "POST"] });
        let answer = problem(&Problem::new(ProblemType::MethodNotAllowed, "").with(allow));
        assert_eq!(answer.headers()["allow"], "GET, POST");
    }

    #[test]
    fn a_fault_tells_the_caller_nothing_of_its_cause() {
        let cause = std::io::Error::other("table plenary-events is on fire");
        let problem = fault(&request(None), &cause);
        assert_eq!(problem.kind(), Some(ProblemType::Fault));
        assert!(!serde_json::to_string(&problem).unwrap().contains("fire"));
    }
}
