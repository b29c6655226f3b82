//! The query function's cold start.

use lambda_http::{Error, service_fn};
use queries::Queries;

#[tokio::main]
async fn main() -> Result<(), Error> {
    plenary_http::start::logs();
    let queries = &Queries::new(plenary_http::start::dynamodb().await);
    lambda_http::run(service_fn(|request| async move {
        Ok::<_, Error>(queries.handle(request).await)
    }))
    .await
}
