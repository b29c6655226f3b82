//! `PutEvents`, as the AWS SDK sends it: JSON 1.1 over HTTP, the operation in a header.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use plenary_http::{now, respond::chain};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::Timestamp;
use uuid::Uuid;

use super::{Bus, NAME};
use crate::gateway::random;

/// Where the bus is on the system's address: what `EVENTBRIDGE_ENDPOINT` ends with.
pub const PATH: &str = "/eventbridge";

/// EventBridge's limit on the entries of one call.
const MOST_ENTRIES: usize = 10;

/// The bus's address.
pub fn routes(bus: Arc<Bus>) -> Router {
    Router::new()
        // The SDK joins an operation's path, which is a slash, to that of the endpoint.
        .route(&format!("{PATH}/"), post(put_events))
        .with_state(bus)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    source: String,
    detail_type: String,
    detail: String,
    event_bus_name: String,
    resources: Vec<String>,
    /// Seconds.
    time: Option<f64>,
}

/// Why an entry is not taken: a code of EventBridge's, and a sentence.
type Refused = (&'static str, &'static str);

async fn put_events(State(bus): State<Arc<Bus>>, headers: HeaderMap, body: Bytes) -> Response {
    if headers
        .get("x-amz-target")
        .is_none_or(|target| target != "AWSEvents.PutEvents")
    {
        return refuse(
            "UnknownOperationException",
            "Only PutEvents is served here.",
        );
    }
    let Ok(PutEvents { entries }) = serde_json::from_slice(&body) else {
        return refuse(
            "SerializationException",
            "The body is no PutEvents request.",
        );
    };
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        return refuse("ValidationException", "There must be one to ten entries.");
    }
    let mut results = Vec::new();
    for entry in entries {
        results.push(match put(&bus, entry).await {
            Ok(id) => json!({ "EventId": id }),
            Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        });
    }
    let failed = results
        .iter()
        .filter(|result| result.get("ErrorCode").is_some())
        .count();
    answer(
        StatusCode::OK,
        &json!({ "FailedEntryCount": failed, "Entries": results }),
    )
}

/// Take one entry; answers the event's id.
async fn put(bus: &Bus, entry: Entry) -> Result<String, Refused> {
    let invalid = |message| Err(("InvalidArgument", message));
    if entry.event_bus_name != NAME {
        return invalid("There is no event bus of this name.");
    }
    if entry.source.is_empty() || entry.detail_type.is_empty() {
        return invalid("Source and DetailType are needed.");
    }
    let Ok(detail @ Value::Object(_)) = serde_json::from_str(&entry.detail) else {
        return Err(("MalformedDetail", "Detail is no JSON object."));
    };
    let id = Uuid::from_bytes(random()).to_string();
    let given = entry
        .time
        .map(|seconds| Timestamp::from_millis((seconds * 1000.0) as i64));
    let envelope = json!({
        "version": "0",
        "id": id,
        "detail-type": entry.detail_type,
        "source": entry.source,
        "account": "000000000000",
        "time": given.unwrap_or_else(now),
        "region": "local",
        "resources": entry.resources,
        "detail": detail,
    });
    match bus.publish(&entry.detail_type, &envelope).await {
        Ok(()) => Ok(id),
        Err(error) => {
            tracing::warn!(
                cause = chain(&error),
                "an event could not be kept; its sender is told"
            );
            Err(("InternalFailure", "The event could not be kept."))
        }
    }
}

fn refuse(code: &str, message: &str) -> Response {
    answer(
        StatusCode::BAD_REQUEST,
        &json!({ "__type": code, "message": message }),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    (status, content_type, Json(body)).into_response()
}
