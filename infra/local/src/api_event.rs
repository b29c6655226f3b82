//! A request in the form in which API Gateway hands it to a function, and back: its HTTP API event, payload format 2.0.
//!
//! The event is written as JSON and read by lambda_http, so that the functions meet here what they meet in Lambda:
//! the same decoding of paths, queries and bodies, and the same request context.

use std::error::Error;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use axum::http::{HeaderMap, Method, Uri, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_http::{Body, Context, RequestExt};
use plenary_http::{Request, Response, token::Claims};
use serde_json::{Map, Value, json};
use shared::Timestamp;

/// What a function is told of a request.
pub struct Incoming<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    /// The claims of its token; none where it came without one.
    pub claims: Option<Claims>,
    /// The endpoint's method and path template, such as `GET /api/orders/{order_id}`.
    pub route_key: String,
    pub request_id: &'a str,
    pub source_ip: String,
    /// The gateway's own `host:port`.
    pub domain_name: &'a str,
    pub received_at: Timestamp,
}

impl Incoming<'_> {
    /// The event that says so.
    pub fn event(&self) -> Value {
        let (body, is_base64) = self.body();
        json!({
            "version": "2.0",
            "routeKey": self.route_key,
            "rawPath": self.uri.path(),
            "rawQueryString": self.uri.query().unwrap_or_default(),
            "headers": self.headers(),
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": self.domain_name,
                "domainPrefix": "local",
                "http": {
                    "method": self.method.as_str(),
                    "path": self.uri.path(),
                    "protocol": "HTTP/1.1",
                    "sourceIp": self.source_ip,
                    "userAgent": self.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()),
                },
                "authorizer": self.claims.as_ref().map(|claims| json!({ "jwt": { "claims": claims, "scopes": null } })),
                "requestId": self.request_id,
                "routeKey": self.route_key,
                "stage": "$default",
                "time": self.received_at.to_string(),
                "timeEpoch": self.received_at.millis(),
            },
            "body": body,
            "isBase64Encoded": is_base64,
        })
    }

    /// One value per name, several joined by commas, as payload format 2.0 has it. What a client says about hosts and
    /// proxies is the gateway's to say.
    fn headers(&self) -> Value {
        let mut headers = Map::new();
        for name in self.headers.keys() {
            let values: Vec<&str> = self
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .collect();
            headers.insert(name.to_string(), json!(values.join(",")));
        }
        headers.insert("host".into(), json!(self.domain_name));
        headers.insert("x-forwarded-for".into(), json!(self.source_ip));
        headers.insert("x-forwarded-proto".into(), json!("http"));
        Value::Object(headers)
    }

    /// Text travels as text, and everything else in base64.
    fn body(&self) -> (Option<String>, bool) {
        let content_type = self
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let says_text = content_type.starts_with("text/")
            || [
                "application/json",
                "application/xml",
                "application/javascript",
            ]
            .iter()
            .any(|text| content_type.starts_with(text));
        match std::str::from_utf8(self.body) {
            Ok("") => (None, false),
            Ok(text) if says_text => (Some(text.to_owned()), false),
            Ok(_) | Err(_) => (Some(STANDARD.encode(self.body)), true),
        }
    }
}

/// The request that lambda_http makes of an event.
///
/// # Errors
///
/// Where lambda_http does not take the event.
pub fn request(event: &Value) -> serde_json::Result<Request> {
    let mut context = Context::default();
    let request_id = event["requestContext"]["requestId"].as_str();
    context.request_id = request_id.unwrap_or_default().to_owned();
    let request = lambda_http::request::from_str(&event.to_string())?;
    Ok(request.with_lambda_context(context))
}

/// The response that API Gateway makes of a function's answer.
///
/// # Errors
///
/// Where the answer is not one of payload format 2.0.
pub fn response(answer: &[u8]) -> Result<Response, Box<dyn Error + Send + Sync>> {
    let answer: ApiGatewayV2httpResponse = serde_json::from_slice(answer)?;
    let body = match answer.body {
        Some(body) if answer.is_base64_encoded => Body::Binary(STANDARD.decode(body.as_ref())?),
        Some(body) => body,
        None => Body::Empty,
    };
    let mut response = Response::new(body);
    *response.status_mut() = u16::try_from(answer.status_code)?.try_into()?;
    *response.headers_mut() = answer.headers;
    for cookie in answer.cookies {
        let cookie = cookie.try_into()?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use lambda_http::request::RequestContext;

    use super::*;

    fn request(uri: &str, content_type: &str, body: &[u8]) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        headers.insert("host", "no host at all".parse().unwrap());
        headers.append("if-none-match", "\"a\"".parse().unwrap());
        headers.append("if-none-match", "\"b\"".parse().unwrap());
        let incoming = Incoming {
            method: &Method::POST,
            uri: &uri.parse().unwrap(),
            headers: &headers,
            body,
            claims: Some(Claims::from([("sub".into(), "ada".into())])),
            route_key: "POST /api/orders".into(),
            request_id: "r1",
            source_ip: "127.0.0.1".into(),
            domain_name: "127.0.0.1:3000",
            received_at: Timestamp::from_millis(0),
        };
        super::request(&incoming.event()).unwrap()
    }

    #[test]
    fn a_function_meets_what_it_meets_in_lambda() {
        let request = request("/api/orders?q=a%20b&q=c", "application/json", b"{}");
        assert_eq!(
            request.uri(),
            "http://127.0.0.1:3000/api/orders?q=a%20b&q=c"
        );
        assert_eq!(
            request.query_string_parameters_ref().unwrap().all("q"),
            Some(vec!["a b", "c"])
        );
        assert_eq!(request.body(), &Body::Text("{}".into()));
        assert_eq!(request.headers()["if-none-match"], "\"a\",\"b\"");
        let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
            panic!("not an HTTP API request");
        };
        assert_eq!(context.request_id.as_deref(), Some("r1"));
        let claims = &context
            .authorizer
            .as_ref()
            .unwrap()
            .jwt
            .as_ref()
            .unwrap()
            .claims;
        assert_eq!(claims["sub"], "ada");
    }

    #[test]
    fn a_body_that_is_no_text_arrives_as_bytes() {
        let bytes = request("/api/orders", "application/json", b"\xff\x00");
        assert_eq!(bytes.body().as_ref(), b"\xff\x00");
        assert_eq!(
            request("/api/orders", "image/png", b"").body(),
            &Body::Empty
        );
    }

    #[test]
    fn an_answer_arrives_as_the_function_made_it() {
        let answer = json!({
            "statusCode": 201, "headers": { "etag": "\"a\"" }, "multiValueHeaders": {}, "cookies": ["a=1", "b=2"],
            "body": "e30=", "isBase64Encoded": true,
        });
        let response = response(answer.to_string().as_bytes()).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["etag"], "\"a\"");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(response.body().as_ref(), b"{}");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for answer in [
            json!(null),
            json!("done"),
            json!({ "statusCode": 99, "headers": {}, "cookies": [] }),
            json!({ "statusCode": 70_000, "headers": {}, "cookies": [] }),
            json!({ "statusCode": 200, "headers": {}, "cookies": [], "body": "?", "isBase64Encoded": true }),
        ] {
            assert!(response(answer.to_string().as_bytes()).is_err(), "{answer}");
        }
    }
}
