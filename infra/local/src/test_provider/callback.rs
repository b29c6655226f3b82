//! The provider tells Plenary what came of a payment: a signed POST, again and again until it is taken or refused.

use std::{collections::HashSet, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{Method, Request, StatusCode, header},
};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use plenary_http::{now, respond::chain};
use serde_json::json;
use uuid::Uuid;

use super::session::{Session, sign};
use crate::queue::{Consumer, Message, Retries};

/// Until Plenary answers: a payment that was made is told of, however long that takes.
pub const RETRIES: Retries = Retries {
    first_pause: Duration::from_millis(200),
    longest_pause: Duration::from_secs(60),
    most_receives: None,
};
/// How long an answer may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What came of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    Failed,
}

/// The body that says so. Its id follows from what it says: said twice, it is the same event.
pub fn body(session: &Session, outcome: Outcome) -> String {
    let (name, reason) = match outcome {
        Outcome::Succeeded => ("payment.succeeded", None),
        Outcome::Failed => ("payment.failed", Some("declined")),
    };
    let mut body = json!({
        "id": Uuid::new_v5(&session.top_up_id.0, name.as_bytes()),
        "type": name,
        "top_up_id": session.top_up_id,
        "account": session.account,
        "amount": session.amount,
    });
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    body.to_string()
}

/// Posts what is in the queue to this address.
pub fn to_plenary(callback_url: String) -> Consumer {
    let http: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    Arc::new(move |messages| {
        let (http, callback_url) = (http.clone(), callback_url.clone());
        Box::pin(async move {
            let mut again = HashSet::new();
            for message in messages {
                if !is_settled(post(&http, &callback_url, &message).await) {
                    again.insert(message.id);
                }
            }
            again
        })
    })
}

/// Post one; answers the status of the answer, or why there was none.
async fn post(
    http: &Client<HttpConnector, Full<Bytes>>,
    callback_url: &str,
    message: &Message,
) -> Result<StatusCode, String> {
    // Signed anew each time, as a signature is believed for five minutes only.
    let at = now().millis() / 1000;
    let signature = format!("t={at},v1={}", sign(&format!("{at}.{}", message.body)));
    let request = Request::builder()
        .method(Method::POST)
        .uri(callback_url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("plenary-signature", signature)
        .body(Full::from(message.body.clone()))
        .map_err(|error| error.to_string())?;
    match tokio::time::timeout(TIME_LIMIT, http.request(request)).await {
        Ok(Ok(answer)) => Ok(answer.status()),
        Ok(Err(error)) => Err(chain(&error)),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

/// Whether it was taken, or is refused for good.
fn is_settled(answered: Result<StatusCode, String>) -> bool {
    match answered {
        Ok(status) if status.is_success() => true,
        Ok(status) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
            tracing::error!(%status, "a callback of the payment provider was refused");
            true
        }
        Ok(status) => {
            tracing::warn!(%status, "a callback of the payment provider failed; it comes again");
            false
        }
        Err(cause) => {
            tracing::warn!(
                cause,
                "a callback of the payment provider failed; it comes again"
            );
            false
        }
    }
}
