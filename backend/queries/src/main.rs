//! The query function's cold start.

use lambda_http::{Error, service_fn};
use plenary_http::start::{dynamodb, logs, variable};
use queries::Queries;
use read_model::Tables;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let tables = Tables {
        catalogue: variable("CATALOGUE_TABLE")?,
        availability: variable("AVAILABILITY_TABLE")?,
        orders: variable("ORDERS_TABLE")?,
        ..Tables::default()
    };
    let queries = &Queries::new(&dynamodb().await, &tables);
    lambda_http::run(service_fn(|request| async move {
        Ok::<_, Error>(queries.handle(request).await)
    }))
    .await
}
