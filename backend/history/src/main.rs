//! The history function's cold start.

use history::History;
use lambda_http::Error;
use plenary_http::start::{dynamodb, logs, serve, variable};

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let (events, account_events) = (variable("EVENTS_TABLE")?, variable("ACCOUNT_EVENTS_TABLE")?);
    let history = &History::new(&dynamodb().await, events, account_events);
    serve(|request| history.handle(request)).await
}
