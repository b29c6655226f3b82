//! The cold start of a function: logs, and a DynamoDB client from the environment.

use std::{convert::Infallible, env, fmt, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, SharedCredentialsProvider},
};
use lambda_http::{
    Adapter, Error, LambdaEvent, RequestExt, Service, lambda_runtime, request::LambdaRequest,
    service_fn,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
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
pub async fn serve<F>(handle: impl Fn(Request) -> F + Sync) -> Result<(), Error>
where
    F: Future<Output = Response> + Send,
{
    let tokens = tokens()?;
    let (tokens, handle) = (&tokens, &handle);
    lambda_http::run(service_fn(|request| async move {
        Ok::<_, Infallible>(vouched(tokens, handle, request).await)
    }))
    .await
}

/// Run a function that has an HTTP face, as [`serve`] does, and takes batches of a queue's messages as well.
///
/// # Errors
/// A variable is not set, or Lambda's runtime ended.
pub async fn serve_with_queue<F, B, G, R>(
    handle: impl Fn(Request) -> F + Sync,
    deliver: impl Fn(B) -> G + Sync,
) -> Result<(), Error>
where
    F: Future<Output = Response> + Send,
    B: DeserializeOwned + Send,
    G: Future<Output = R> + Send,
    R: Serialize,
{
    let deliver = &deliver;
    serve_beside(handle, "Records", |batch| async move {
        let delivered = deliver(serde_json::from_value(batch)?);
        let report = delivered.await;
        serde_json::to_value(report)
    })
    .await
}

/// Run a function that has an HTTP face, as [`serve`] does, and is called by a schedule as well.
///
/// # Errors
/// A variable is not set, or Lambda's runtime ended.
pub async fn serve_with_schedule<F, G, E>(
    handle: impl Fn(Request) -> F + Sync,
    call: impl Fn(Value) -> G + Sync,
) -> Result<(), Error>
where
    F: Future<Output = Response> + Send,
    G: Future<Output = Result<Value, E>> + Send,
    E: Into<Error>,
{
    serve_beside(handle, "schedule", call).await
}

/// Run a function that has an HTTP face, and takes other events, all of which have this member and no event of API Gateway
/// has.
async fn serve_beside<F, G, E>(
    handle: impl Fn(Request) -> F + Sync,
    member: &str,
    call: impl Fn(Value) -> G + Sync,
) -> Result<(), Error>
where
    F: Future<Output = Response> + Send,
    G: Future<Output = Result<Value, E>> + Send,
    E: Into<Error>,
{
    let tokens = tokens()?;
    let (tokens, handle, call) = (&tokens, &handle, &call);
    let http = &Adapter::from(service_fn(|request| async move {
        Ok::<_, Infallible>(vouched(tokens, handle, request).await)
    }));
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let LambdaEvent { payload, context } = event;
        if payload.get(member).is_some() {
            // Boxed, as the requests are: the compiler measures what is not, all the way down to the SDK.
            return Box::pin(call(payload)).await.map_err(Into::into);
        }
        let request = LambdaRequest::ApiGatewayV2(serde_json::from_value(payload)?);
        let answered = http.clone().call(LambdaEvent::new(request, context)).await;
        let Ok(response) = answered;
        serde_json::to_value(response).map_err(Error::from)
    }))
    .await
}

fn tokens() -> Result<Tokens, Error> {
    Ok(Tokens::of(
        variable("TOKEN_ISSUER")?,
        variable("TOKEN_AUDIENCE")?,
    )?)
}

/// Answer a request as whoever its own token says.
async fn vouched<F>(tokens: &Tokens, handle: &impl Fn(Request) -> F, request: Request) -> Response
where
    F: Future<Output = Response>,
{
    match tokens.vouch(&request).await {
        Ok(context) => handle(request.with_request_context(context)).await,
        Err(no_keys) => respond::problem(&fault(&request, &no_keys)),
    }
}

/// The DynamoDB of the environment: the one at `DYNAMODB_ENDPOINT`, where that is set, or else AWS's.
pub async fn dynamodb() -> Client {
    Client::new(&aws("DYNAMODB_ENDPOINT").await)
}

/// A DynamoDB on this machine.
pub fn local_dynamodb(endpoint: &str) -> Client {
    Client::new(&local(endpoint))
}

/// How a service of AWS is reached: at the endpoint that this variable names, where it is set, or else in AWS with the
/// region and the credentials that the function was given.
pub async fn aws(endpoint_variable: &str) -> SdkConfig {
    if let Ok(endpoint) = env::var(endpoint_variable) {
        return local(&endpoint);
    }
    let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts());
    #[cfg(not(feature = "aws"))]
    let config = config.http_client(plain_http());
    config.load().await
}

/// How a stand-in for a service of AWS is reached on this machine: plain HTTP, and credentials that mean nothing.
pub fn local(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("local"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts())
        .http_client(plain_http())
        .build()
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
