//! The projector's cold start.

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plenary_http::start::{dynamodb, logs, variable};
use projector::Projector;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let booking = event_store::Tables {
        events: variable("EVENTS_TABLE")?,
        keys: variable("KEYS_TABLE")?,
    };
    let views = read_model::Tables {
        catalogue: variable("CATALOGUE_TABLE")?,
        availability: variable("AVAILABILITY_TABLE")?,
        orders: variable("ORDERS_TABLE")?,
        promo_codes: variable("PROMO_CODES_TABLE")?,
        accounts: variable("ACCOUNTS_TABLE")?,
        entries: variable("ENTRIES_TABLE")?,
        proceeds: variable("PROCEEDS_TABLE")?,
        dead_letters: variable("DEAD_LETTERS_TABLE")?,
    };
    let account_events = variable("ACCOUNT_EVENTS_TABLE")?;
    let projector = &Projector::new(dynamodb().await, booking, account_events, views);
    lambda_runtime::run(service_fn(|batch: LambdaEvent<Event>| async move {
        Ok::<_, Error>(projector.handle(batch.payload).await)
    }))
    .await
}
