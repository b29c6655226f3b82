//! The claims of a request's own token and no others: what a function asks for before it believes who calls.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use http_body_util::Full;
use jsonwebtoken::jwk::JwkSet;
use lambda_http::{
    RequestExt,
    aws_lambda_events::apigw::{
        ApiGatewayRequestAuthorizer as Authorizer,
        ApiGatewayRequestAuthorizerJwtDescription as Jwt, ApiGatewayV2httpRequestContext,
    },
    request::RequestContext,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    NoAnswer, Outbound, Request, now,
    token::{Claims, Refused, Verifier},
};

/// A key set is not asked for again sooner: a token can name any key it likes.
const SHORTEST_AGE: Duration = Duration::from_secs(60);
/// How long the issuer may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Verifies the tokens of one issuer, whose keys it asks for when it first needs them, and again when a token names one
/// that it does not know.
pub struct Tokens {
    issuer: String,
    client_id: String,
    http: Outbound,
    current: RwLock<Option<(Arc<Verifier>, Instant)>>,
}

/// The issuer's keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum NoKeys {
    #[error("the issuer did not answer")]
    NoAnswer(#[from] NoAnswer),
    #[error("the issuer's answer is not the document that was asked for: {0}")]
    Unreadable(String),
}

/// What is needed of an OpenID Connect discovery document.
#[derive(Deserialize)]
struct Discovery {
    jwks_uri: String,
}

impl Tokens {
    /// Of this issuer (the URL below which its discovery document stands), made for this client.
    ///
    /// # Errors
    /// This machine has no certificates to verify the issuer by.
    pub fn of(issuer: String, client_id: String) -> std::io::Result<Self> {
        Ok(Self {
            issuer,
            client_id,
            http: Outbound::new(TIME_LIMIT)?,
            current: RwLock::default(),
        })
    }

    /// What to believe of a request: its context with the claims of its own token, whatever came with it before; with
    /// none, where its token is missing or not valid.
    ///
    /// # Errors
    /// The issuer's keys could not be had.
    pub async fn vouch(&self, request: &Request) -> Result<RequestContext, NoKeys> {
        let mut context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.clone(),
            _ => ApiGatewayV2httpRequestContext::default(),
        };
        context.authorizer = self.claims(request).await?.map(authorized);
        Ok(RequestContext::ApiGatewayV2(context))
    }

    async fn claims(&self, request: &Request) -> Result<Option<Claims>, NoKeys> {
        let mut verifier = match self.current() {
            Some((verifier, _)) => verifier,
            None if request.headers().contains_key("authorization") => self.ask().await?,
            None => return Ok(None),
        };
        let mut claims = verifier.claims(request.headers(), now());
        let is_old = || {
            self.current()
                .is_none_or(|(_, since)| since.elapsed() > SHORTEST_AGE)
        };
        if claims == Err(Refused::UnknownKey) && is_old() {
            verifier = self.ask().await?;
            claims = verifier.claims(request.headers(), now());
        }
        Ok(claims.ok())
    }

    fn current(&self) -> Option<(Arc<Verifier>, Instant)> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ask the issuer for its keys.
    async fn ask(&self) -> Result<Arc<Verifier>, NoKeys> {
        let discovery = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let Discovery { jwks_uri } = self.get(&discovery).await?;
        let keys: JwkSet = self.get(&jwks_uri).await?;
        let verifier = Arc::new(Verifier::new(&self.issuer, keys, &self.client_id));
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Some((verifier.clone(), Instant::now()));
        Ok(verifier)
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, NoKeys> {
        let unreadable = |error: &dyn std::error::Error| NoKeys::Unreadable(error.to_string());
        let request = lambda_http::http::Request::get(url).body(Full::default());
        let answer = self
            .http
            .send(request.map_err(|error| unreadable(&error))?)
            .await?;
        serde_json::from_slice(answer.body()).map_err(|error| unreadable(&error))
    }
}

fn authorized(claims: Claims) -> Authorizer {
    let mut jwt = Jwt::default();
    jwt.claims = claims;
    let mut authorizer = Authorizer::default();
    authorizer.jwt = Some(jwt);
    authorizer
}
