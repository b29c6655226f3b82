//! The query function's cold start.

use lambda_http::Error;
use plenary_http::start::{dynamodb, logs, serve, variable};
use queries::Queries;
use read_model::Tables;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let tables = Tables {
        catalogue: variable("CATALOGUE_TABLE")?,
        availability: variable("AVAILABILITY_TABLE")?,
        orders: variable("ORDERS_TABLE")?,
        promo_codes: variable("PROMO_CODES_TABLE")?,
        accounts: variable("ACCOUNTS_TABLE")?,
        entries: variable("ENTRIES_TABLE")?,
        proceeds: variable("PROCEEDS_TABLE")?,
        log: variable("LOG_TABLE")?,
        analytics: variable("ANALYTICS_TABLE")?,
        popularity: variable("POPULARITY_TABLE")?,
        generations: variable("GENERATIONS_TABLE")?,
        ..Tables::default()
    };
    let queries = &Queries::new(&dynamodb().await, &tables);
    serve(|request| queries.handle(request)).await
}
