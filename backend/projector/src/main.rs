//! The projector's cold start.

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plenary_http::start::logs;
use projector::Projector;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let projector = &Projector::from_environment().await?;
    lambda_runtime::run(service_fn(|batch: LambdaEvent<Event>| async move {
        Ok::<_, Error>(projector.handle(batch.payload).await)
    }))
    .await
}
