//! The processes function's cold start. Two things call it: its queue, with messages, and the schedule, without.

use domain::booking::Rules;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plenary_http::start::{dynamodb, logs, number, variable};
use processes::Processes;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let events = variable("EVENTS_TABLE")?;
    let rules = Rules {
        hold_minutes: number("HOLD_MINUTES")?,
        hold_cap_minutes: number("HOLD_CAP_MINUTES")?,
    };
    let availability = variable("AVAILABILITY_TABLE")?;
    let generations = variable("GENERATIONS_TABLE")?;
    let pools = (availability.as_str(), generations.as_str());
    let processes = &Processes::new(&dynamodb().await, events, pools, rules);
    lambda_runtime::run(service_fn(|call: LambdaEvent<Value>| async move {
        Box::pin(processes.call(call.payload))
            .await
            .map_err(Error::from)
    }))
    .await
}
