//! The eraser's cold start. Two things call it: the booking event table's stream, with batches, and the schedule, without.

use eraser::Eraser;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plenary_http::start::{dynamodb, logs, variable};
use projector::Projector;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let eraser = &Eraser::new(
        &dynamodb().await,
        variable("EVENTS_TABLE")?,
        Projector::from_environment().await?,
        variable("ERASURES_TABLE")?,
    );
    lambda_runtime::run(service_fn(|call: LambdaEvent<Value>| async move {
        Box::pin(eraser.call(call.payload))
            .await
            .map_err(Error::from)
    }))
    .await
}
