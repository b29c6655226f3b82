//! The accounts function's cold start.

use accounts::{
    Accounts,
    provider::{Provider, Stripe, TestProvider},
};
use domain::accounts::Rules;
use event_store::Tables;
use lambda_http::Error;
use plenary_http::start::{dynamodb, logs, serve_with_queue, variable};

#[tokio::main]
async fn main() -> Result<(), Error> {
    logs();
    let tables = Tables {
        events: variable("ACCOUNT_EVENTS_TABLE")?,
        keys: variable("KEYS_TABLE")?,
    };
    let (client, rules, provider) = (dynamodb().await, Rules::default(), provider()?);
    let accounts = &Accounts::new(client, tables, rules, provider, &variable("PUBLIC_URL")?);
    serve_with_queue(
        |request| accounts.handle(request),
        |batch| accounts.deliver(batch),
    )
    .await
}

fn provider() -> Result<Box<dyn Provider>, Error> {
    let (address, secret) = (
        variable("PAYMENT_CHECKOUT_URL")?,
        variable("PAYMENT_SECRET")?,
    );
    match variable("PAYMENT_PROVIDER")?.as_str() {
        "test" => Ok(Box::new(TestProvider::new(address, &secret))),
        "stripe" => Ok(Box::new(Stripe::new(
            &address,
            &variable("STRIPE_KEY")?,
            &secret,
        )?)),
        _ => Err("PAYMENT_PROVIDER must be test or stripe".into()),
    }
}
