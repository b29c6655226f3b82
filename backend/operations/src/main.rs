//! The operations function's cold start.

use lambda_http::Error;
use operations::Operations;
use plenary_http::start::{logs, serve};
use projector::Projector;

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let operations = &Operations::new(Projector::from_environment().await?);
    serve(|request| operations.handle(request)).await
}
