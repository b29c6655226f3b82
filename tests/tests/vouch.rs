//! A function believes a request's own token and nothing else, whatever the gateway let through.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use lambda_http::{Request, RequestExt, request::RequestContext};
use plenary_http::{Caller, Tokens};
use serde_json::json;
use tests::system::System;

/// A request as the gateway hands it on, with these claims and this token.
fn request(claims: Option<&str>, token: Option<&str>) -> Request {
    let authorizer = claims.map(|sub| json!({ "jwt": { "claims": { "sub": sub } } }));
    let token = token.map(|token| format!("Bearer {token}"));
    let event = json!({
        "version": "2.0", "routeKey": "GET /api/me/orders", "rawPath": "/api/me/orders", "rawQueryString": "",
        "headers": token.map_or(json!({}), |token| json!({ "authorization": token })),
        "requestContext": {
            "accountId": "1", "apiId": "1", "domainName": "x", "domainPrefix": "x", "requestId": "1",
            "http": { "method": "GET", "path": "/api/me/orders", "protocol": "HTTP/1.1", "sourceIp": "x" },
            "routeKey": "GET /api/me/orders", "stage": "$default", "time": "", "timeEpoch": 0,
            "authorizer": authorizer,
        },
        "isBase64Encoded": false,
    });
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

async fn believed(tokens: &Tokens, request: Request) -> Option<Caller> {
    let context: RequestContext = tokens.vouch(&request).await.unwrap();
    Caller::of(&request.with_request_context(context))
}

#[tokio::test]
async fn only_a_valid_token_says_who_calls() {
    let system = System::start().await;
    let ada = system.person("ada@example.org", &["organizer"]).await;
    let token = ada.token.unwrap();
    let tokens = Tokens::of(system.url.clone(), "plenary-web".into()).unwrap();

    let caller = believed(&tokens, request(None, Some(&token)))
        .await
        .unwrap();
    assert!(caller.is_organizer);
    assert_eq!(caller.email.unwrap().as_str(), "ada@example.org");
    // What the gateway says of a caller counts for nothing beside the token.
    let claimed = believed(&tokens, request(Some("eve"), Some(&token))).await;
    assert_eq!(claimed.unwrap().person, caller.person);
    assert_eq!(believed(&tokens, request(Some("eve"), None)).await, None);
    assert_eq!(
        believed(&tokens, request(Some("eve"), Some("nonsense"))).await,
        None
    );

    let other = Tokens::of(system.url, "another-app".into()).unwrap();
    assert_eq!(believed(&other, request(None, Some(&token))).await, None);
}

#[tokio::test]
async fn without_the_issuers_keys_nobody_is_believed_and_nobody_without_a_token_waits() {
    let tokens = Tokens::of("http://127.0.0.1:9".into(), "plenary-web".into()).unwrap();
    assert!(tokens.vouch(&request(None, Some("a.b.c"))).await.is_err());
    assert_eq!(believed(&tokens, request(Some("eve"), None)).await, None);
}
