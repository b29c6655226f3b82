//! The publisher's cold start.

use aws_lambda_events::event::dynamodb::Event;
use aws_sdk_eventbridge::Client;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plenary_http::start::{aws, dynamodb, logs, variable};
use publisher::{Places, Publisher};

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let places = Places {
        booking: variable("EVENTS_TABLE")?,
        accounts: variable("ACCOUNT_EVENTS_TABLE")?,
        publications: variable("PUBLICATIONS_TABLE")?,
        bus: variable("EVENT_BUS")?,
    };
    let events = Client::new(&aws("EVENTBRIDGE_ENDPOINT").await);
    let publisher = &Publisher::new(&dynamodb().await, events, places);
    lambda_runtime::run(service_fn(|batch: LambdaEvent<Event>| async move {
        Ok::<_, Error>(publisher.handle(batch.payload).await)
    }))
    .await
}
