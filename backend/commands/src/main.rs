//! The command function's cold start.

use commands::Commands;
use domain::booking::Rules;
use event_store::Tables;
use lambda_http::Error;
use plenary_http::start::{dynamodb, logs, number, serve, variable};

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let tables = Tables {
        events: variable("EVENTS_TABLE")?,
        keys: variable("KEYS_TABLE")?,
    };
    let rules = Rules {
        hold_minutes: number("HOLD_MINUTES")?,
        hold_cap_minutes: number("HOLD_CAP_MINUTES")?,
    };
    let commands = &Commands::new(dynamodb().await, tables, rules);
    serve(|request| commands.handle(request)).await
}
