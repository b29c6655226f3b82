//! Cold start of the command function.

use std::sync::Arc;

use commands::Commands;
use plenary_http::{Request, start};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    start::logs();
    let commands = Arc::new(Commands::new(start::dynamodb().await));
    lambda_http::run(lambda_http::service_fn(move |request: Request| {
        let commands = commands.clone();
        async move { Ok::<_, std::convert::Infallible>(commands.handle(request).await) }
    }))
    .await
}
