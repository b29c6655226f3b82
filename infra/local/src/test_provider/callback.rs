//! The provider tells Plenary what came of a payment: a signed POST, again and again until it is taken or refused.

use std::{collections::HashSet, io, sync::Arc, time::Duration};

use axum::http::{Request, StatusCode, header};
use http_body_util::Full;
use plenary_http::{Outbound, now, respond::chain};
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
///
/// # Errors
///
/// Where this machine has no HTTP.
pub fn to_plenary(callback_url: String) -> io::Result<Consumer> {
    let http = Arc::new(Outbound::new(TIME_LIMIT)?);
    let callback_url: Arc<str> = callback_url.into();
    Ok(Arc::new(move |messages| {
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
    }))
}

/// Post one; answers the status of the answer, or why there was none.
async fn post(
    http: &Outbound,
    callback_url: &str,
    message: &Message,
) -> Result<StatusCode, String> {
    // Signed anew each time, as a signature is believed for five minutes only.
    let at = now().millis() / 1000;
    let signature = format!("t={at},v1={}", sign(&format!("{at}.{}", message.body)));
    let request = Request::post(callback_url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("plenary-signature", signature)
        .body(Full::from(message.body.clone()))
        .map_err(|error| error.to_string())?;
    match http.send(request).await {
        Ok(answer) => Ok(answer.status()),
        Err(error) => Err(chain(&error)),
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
