//! The operations function's cold start. Two things call it: people, by HTTP, and the schedule.

use std::time::Duration;

use lambda_http::Error;
use operations::Operations;
use plenary_http::start::{logs, serve_with_schedule};
use projector::Projector;

/// How long it works at a time: something is left of the function's minute for what is under way then.
const TURN: Duration = Duration::from_secs(45);

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let operations = &Operations::new(Projector::from_environment().await?);
    serve_with_schedule(
        |request| operations.handle(request),
        |event| operations.call(event, TURN),
    )
    .await
}
