//! The cold start of a function: logs, and a DynamoDB client from the environment.

use std::{convert::Infallible, env, fmt, time::Duration};

use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{Client, config::Credentials};
use lambda_http::{RequestExt, service_fn};
use tracing_subscriber::EnvFilter;

use crate::{Request, Response, Tokens, fault, respond};

/// What a function needs from its environment and does not find there. It ends the cold start: a function that guesses
/// its tables is worse than one that does not start.
#[derive(thiserror::Error)]
pub enum ConfigError {
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    #[error("the environment variable {0} is not a whole number above zero")]
    NotANumber(&'static str),
}

/// `main` shows an error that it ends with in this form, so it is the sentence for the operator.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A variable of the environment.
///
/// # Errors
/// It is not set, or empty.
pub fn variable(name: &'static str) -> Result<String, ConfigError> {
    env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or(ConfigError::Missing(name))
}

/// A variable of the environment that is a whole number above zero.
///
/// # Errors
/// It is not set, or no such number.
pub fn number(name: &'static str) -> Result<i64, ConfigError> {
    let number = variable(name)?.parse().ok();
    number
        .filter(|number| *number > 0)
        .ok_or(ConfigError::NotANumber(name))
}

/// Log lines to standard output; as JSON where this runs as a Lambda function. `PLENARY_LOG` (else `RUST_LOG`) says
/// how much, such as `info` or `warn,event_store=debug`.
pub fn logs() {
    let wanted = env::var("PLENARY_LOG").or_else(|_| env::var("RUST_LOG"));
    let filter = EnvFilter::new(wanted.as_deref().unwrap_or("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false);
    if env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        // CloudWatch adds the time itself.
        lines.json().flatten_event(true).without_time().init();
    } else {
        lines.init();
    }
}

/// Run a function with an HTTP face: each request is vouched for by its own token and then handled. `TOKEN_ISSUER` and
/// `TOKEN_AUDIENCE` say whose tokens, made for whom.
///
/// # Errors
/// A variable is not set, or Lambda's runtime ended.
pub async fn serve<F>(handle: impl Fn(Request) -> F + Sync) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Response> + Send,
{
    let tokens = Tokens::of(variable("TOKEN_ISSUER")?, variable("TOKEN_AUDIENCE")?)?;
    let (tokens, handle) = (&tokens, &handle);
    lambda_http::run(service_fn(|request: Request| async move {
        let believed = tokens.vouch(&request).await;
        Ok::<_, Infallible>(match believed {
            Ok(context) => handle(request.with_request_context(context)).await,
            Err(no_keys) => respond::problem(&fault(&request, &no_keys)),
        })
    }))
    .await
}

/// The DynamoDB of the environment: the one at `DYNAMODB_ENDPOINT`, where that is set, or else AWS's, with the
/// region and the credentials that the function was given.
pub async fn dynamodb() -> Client {
    if let Ok(endpoint) = env::var("DYNAMODB_ENDPOINT") {
        return local_dynamodb(&endpoint);
    }
    let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts());
    #[cfg(not(feature = "aws"))]
    let config = config.http_client(plain_http());
    Client::new(&config.load().await)
}

/// A DynamoDB on this machine: plain HTTP, and credentials that mean nothing.
pub fn local_dynamodb(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .timeout_config(timeouts())
        .http_client(plain_http());
    Client::from_conf(config.build())
}

fn plain_http() -> aws_sdk_dynamodb::config::SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

/// An answer of DynamoDB takes milliseconds. One that does not come is asked for again well before the person, or the
/// function's own limit, gives up.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}
