//! What was sent, read into types that cannot be wrong, or refused with the place and the reason.

use lambda_http::{Body, http::header::CONTENT_TYPE};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use shared::{
    CommandId, Problem, ProblemType,
    problem::{FieldError, FieldErrors},
};

use crate::Request;

/// The longest body that is read. The longest valid one, a hundred attendees, is about half of that.
const MAX_BODY_KB: usize = 64;
/// How much of a parser's message is passed on: it may quote what was sent.
const MAX_DETAIL: usize = 300;

/// The command's id, from the `Idempotency-Key` header.
///
/// # Errors
/// If there is none, or it is not a UUID.
pub fn idempotency_key(request: &Request) -> Result<CommandId, Problem> {
    let problem = |detail| Problem::new(ProblemType::IdempotencyKeyMissing, detail);
    let value = request.headers().get("idempotency-key").ok_or_else(|| {
        problem("Send an Idempotency-Key header: a new UUID for each intent, the same for each retry of it.")
    })?;
    value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| {
            problem(
                "The Idempotency-Key must be a UUID, such as 0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10.",
            )
        })
}

/// The body. No body at all is read as `{}`.
///
/// # Errors
/// If it is too long, not declared as JSON, not JSON, or not what `T` allows: then with the field and the reason.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let bytes = raw_body(request)?;
    if bytes.is_empty() {
        return from_json(b"{}");
    }
    if !is_json(request) {
        let detail = "Send the body with content-type: application/json.";
        return Err(Problem::new(ProblemType::UnsupportedMediaType, detail));
    }
    from_json(bytes)
}

/// The body as it came.
///
/// # Errors
/// If it is too long.
pub fn raw_body(request: &Request) -> Result<&[u8], Problem> {
    let bytes: &[u8] = match request.body() {
        Body::Empty => &[],
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        // Body is open for new kinds; one that cannot be read is as good as none.
        _ => &[],
    };
    if bytes.len() > MAX_BODY_KB * 1024 {
        let detail = format!("A body can have at most {MAX_BODY_KB} KB.");
        return Err(Problem::new(ProblemType::BodyTooLarge, detail));
    }
    Ok(bytes)
}

fn is_json(request: &Request) -> bool {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or("");
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // The parser calls it a mistake in the JSON as well where one of several forms is due and there are two.
        if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() && !error.inner().is_data() {
            return invalid(&path, "is not of the form that is expected here");
        }
        json_problem(&path, &error.into_inner())
    })?;
    json.end().map_err(|error| json_problem(".", &error))?;
    Ok(value)
}

fn json_problem(path: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => invalid(path, &error.to_string()),
        Category::Syntax | Category::Eof | Category::Io => Problem::new(
            ProblemType::MalformedJson,
            format!(
                "The body is not JSON from line {}, column {} on.",
                error.line(),
                error.column()
            ),
        ),
    }
}

/// The query string's parameters. `T` should refuse those that it does not know.
///
/// # Errors
/// If a parameter is unknown, repeated or not what `T` allows: with its name and the reason.
pub fn query<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let query = request.uri().query().unwrap_or("");
    let parameters = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(parameters)
        .map_err(|error| invalid(&error.path().to_string(), &error.inner().to_string()))
}

/// A problem with one place of a request.
pub(crate) fn invalid(path: &str, message: &str) -> Problem {
    let error = field_error(path, message);
    let detail = match error.field.as_str() {
        "" => format!("The request {}.", error.detail),
        field => format!("`{field}` {}.", error.detail),
    };
    Problem::new(ProblemType::InvalidRequest, detail).with(FieldErrors {
        errors: vec![error],
    })
}

/// Where a parser's message points to, and what it says of the place, as the end of a sentence.
fn field_error(path: &str, message: &str) -> FieldError {
    let path = if path == "." { "" } else { path };
    let within = |name: &str| match path {
        "" => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let named = |prefix: &str| message.strip_prefix(prefix)?.split_once('`');
    let (field, detail) = if let Some((name, _)) = named("missing field `") {
        (within(name), "is missing".to_owned())
    } else if let Some((name, expected)) = named("unknown field `") {
        let expected = expected.trim_start_matches(", ");
        (
            within(name),
            format!("is not known here; {}", without_position(expected)),
        )
    } else if let Some((name, _)) = named("duplicate field `") {
        (within(name), "stands here more than once".to_owned())
    } else {
        let detail = without_position(message);
        let sentence = match detail {
            _ if detail.starts_with("must ") || detail.starts_with("is ") => detail.to_owned(),
            _ if detail.starts_with("invalid ") => format!("has an {detail}"),
            _ => format!("is not valid: {detail}"),
        };
        (path.to_owned(), sentence)
    };
    FieldError {
        field: shortened(&field),
        detail: shortened(&detail),
    }
}

/// The place is named by its path; the parser's line and column would say it twice.
fn without_position(message: &str) -> &str {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_DETAIL {
        return text.to_owned();
    }
    text.chars().take(MAX_DETAIL).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use lambda_http::http;
    use serde::Deserialize;
    use shared::{Timestamp, requests::Nothing, requests::PlaceOrder};

    use super::*;

    fn sent(content_type: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = http::Request::builder().uri("https://plenary.example/");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        request.body(body.into()).unwrap()
    }

    fn refusal(text: &str) -> Problem {
        body::<PlaceOrder>(&sent(Some("application/json"), text)).unwrap_err()
    }

    fn errors(problem: &Problem) -> Vec<(String, String)> {
        assert_eq!(problem.kind(), Some(ProblemType::InvalidRequest));
        let errors = problem.extension::<FieldErrors>().unwrap().errors;
        errors
            .into_iter()
            .map(|error| (error.field, error.detail))
            .collect()
    }

    #[test]
    fn no_body_is_read_as_an_empty_object() {
        assert_eq!(body(&sent(None, Body::Empty)), Ok(Nothing {}));
        assert_eq!(
            body(&sent(Some("application/json; charset=utf-8"), " {} ")),
            Ok(Nothing {})
        );
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let problem = refusal("{\n  \"order_id\": oops }");
        assert_eq!(problem.kind(), Some(ProblemType::MalformedJson));
        assert!(
            problem.detail.contains("line 2, column 15"),
            "{}",
            problem.detail
        );
        for text in ["{", "{} {}", "\u{0}"] {
            let problem = body::<Nothing>(&sent(Some("application/json"), text)).unwrap_err();
            assert_eq!(problem.kind(), Some(ProblemType::MalformedJson), "{text}");
        }
    }

    #[test]
    fn json_that_says_two_things_where_one_is_due_is_json() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Either {
            #[expect(dead_code, reason = "it is only read")]
            One(u8),
            #[expect(dead_code, reason = "it is only read")]
            Other(u8),
        }
        let text = r#"{"one": 1, "other": 2}"#;
        let problem = body::<Either>(&sent(Some("application/json"), text)).unwrap_err();
        assert_eq!(problem.kind(), Some(ProblemType::InvalidRequest));
    }

    #[test]
    fn another_content_type_is_refused() {
        for content_type in [None, Some("text/plain"), Some("application/jsonp")] {
            let problem = body::<Nothing>(&sent(content_type, "{}")).unwrap_err();
            assert_eq!(problem.kind(), Some(ProblemType::UnsupportedMediaType));
        }
    }

    #[test]
    fn a_body_above_the_limit_is_refused_unread() {
        let problem = refusal(&" ".repeat(MAX_BODY_KB * 1024 + 1));
        assert_eq!(problem.kind(), Some(ProblemType::BodyTooLarge));
        assert!(problem.detail.contains("64 KB"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place_and_reason() {
        let id = "0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10";
        let line = |rest| {
            format!(
                r#"{{"order_id":"{id}","conference_id":"{id}","lines":[{{"seat_type_id":"{id}",{rest}}}]}}"#
            )
        };
        let place = |text: &str, field: &str, detail: &str| {
            assert_eq!(
                errors(&refusal(text)),
                [(field.to_owned(), detail.to_owned())]
            );
        };
        let range = "must be a whole number from 1 to 100";
        place(&line(r#""quantity":0"#), "lines[0].quantity", range);
        place(&line(r#""quantity":-1"#), "lines[0].quantity", range);
        place(
            &line(r#""quantity":1000000000"#),
            "lines[0].quantity",
            range,
        );
        place(
            &line(r#""quantity":"2""#),
            "lines[0].quantity",
            r#"has an invalid type: string "2", expected i64"#,
        );
        place(
            &line(r#""quantity":1,"colour":2"#),
            "lines[0].colour",
            "is not known here; expected `seat_type_id` or `quantity`",
        );
        place(
            &format!(r#"{{"order_id":"{id}"}}"#),
            "conference_id",
            "is missing",
        );
        place(
            "[]",
            "",
            "has an invalid length 0, expected struct PlaceOrder with 5 elements",
        );
    }

    #[test]
    fn large_input_is_never_echoed() {
        let long = "x".repeat(10_000);
        for text in [
            format!(r#"{{"order_id":"{long}"}}"#),
            format!(r#"{{"{long}":1}}"#),
            format!(r#"{{"lines":"{long}"}}"#),
        ] {
            let problem = serde_json::to_string(&refusal(&text)).unwrap();
            assert!(problem.len() < 1_500, "{problem}");
        }
    }

    #[test]
    fn an_idempotency_key_is_a_uuid() {
        let with = |key: Option<&str>| {
            let mut request = sent(None, Body::Empty);
            if let Some(key) = key {
                request
                    .headers_mut()
                    .insert("idempotency-key", key.parse().unwrap());
            }
            idempotency_key(&request)
        };
        assert!(with(Some("0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10")).is_ok());
        for key in [None, Some(""), Some("42")] {
            assert_eq!(
                with(key).unwrap_err().kind(),
                Some(ProblemType::IdempotencyKeyMissing)
            );
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        q: Option<String>,
        from: Option<Timestamp>,
    }

    #[test]
    fn parameters_are_read_by_name_and_refused_by_name() {
        let parse = |text: &str| {
            let mut request = sent(None, Body::Empty);
            *request.uri_mut() = format!("https://plenary.example/?{text}").parse().unwrap();
            query::<Filter>(&request)
        };
        assert_eq!(
            parse("q=caf%C3%A9+x&from=2027-05-03T09:30:00Z"),
            Ok(Filter {
                q: Some("café x".into()),
                from: "2027-05-03T09:30:00Z".parse().ok(),
            })
        );
        assert_eq!(
            parse(""),
            Ok(Filter {
                q: None,
                from: None
            })
        );
        let field = |text| errors(&parse(text).unwrap_err())[0].0.clone();
        assert_eq!(field("from=tomorrow"), "from");
        assert_eq!(field("colour=red"), "colour");
        assert_eq!(field("q=a&q=b"), "q");
    }
}
