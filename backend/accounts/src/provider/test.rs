//! The built-in test provider. Its page is a signed link, so that nobody but this function can open one; the page itself
//! stands in `infra/local`, like the test issuer's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::accounts::StreamId;
use lambda_http::{BoxFuture, http::HeaderMap};
use serde::{Deserialize, Serialize};
use shared::{Money, Timestamp, TopUpId, account::TopUpFailure};
use uuid::Uuid;

use super::{
    BadCallback, Checkout, NoCheckout, PaymentResult, Provider, ProviderAnswer, Secret, parse,
};

/// The header that signs its callbacks.
const SIGNATURE: &str = "plenary-signature";

/// The built-in test provider.
pub struct TestProvider {
    checkout_url: String,
    secret: Secret,
}

/// What the page knows: the link's `session`, base64url of this as JSON, beside `signature`, the HMAC of that text.
#[derive(Serialize)]
struct Session<'a> {
    top_up_id: TopUpId,
    /// The account's stream, to be named again in the callback.
    account: String,
    amount: Money,
    return_url: &'a str,
    description: &'a str,
}

/// What its callbacks say.
#[derive(Debug, Deserialize)]
struct Callback {
    id: Uuid,
    #[serde(rename = "type")]
    kind: Kind,
    top_up_id: TopUpId,
    account: String,
    amount: Money,
    #[serde(default = "declined")]
    reason: TopUpFailure,
}

#[derive(Debug, Deserialize)]
enum Kind {
    #[serde(rename = "payment.succeeded")]
    Succeeded,
    #[serde(rename = "payment.failed")]
    Failed,
}

fn declined() -> TopUpFailure {
    TopUpFailure::Declined
}

impl TestProvider {
    /// With its page at this address, and this secret between the two.
    pub fn new(checkout_url: String, secret: &str) -> Self {
        Self {
            checkout_url,
            secret: Secret::new(secret),
        }
    }

    fn link(&self, checkout: &Checkout) -> Result<String, NoCheckout> {
        let session = Session {
            top_up_id: checkout.top_up_id,
            account: checkout.account.to_string(),
            amount: checkout.amount,
            return_url: &checkout.return_url,
            description: &checkout.description,
        };
        let session =
            serde_json::to_vec(&session).map_err(|error| NoCheckout::Refused(error.to_string()))?;
        let session = URL_SAFE_NO_PAD.encode(session);
        let signature = self.secret.tag(session.as_bytes());
        let url = &self.checkout_url;
        Ok(format!("{url}?session={session}&signature={signature}"))
    }
}

impl Provider for TestProvider {
    fn name(&self) -> &'static str {
        "test"
    }

    fn checkout<'a>(&'a self, checkout: &'a Checkout) -> BoxFuture<'a, Result<String, NoCheckout>> {
        Box::pin(async { self.link(checkout) })
    }

    fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ProviderAnswer>, BadCallback> {
        let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
        self.secret.verify(signature, body, now)?;
        let Callback {
            id,
            kind,
            top_up_id,
            account,
            amount,
            reason,
        } = parse(body)?;
        let account = account.parse::<StreamId>();
        Ok(Some(ProviderAnswer {
            account: account.map_err(|error| BadCallback::Unreadable(error.to_string()))?,
            top_up_id,
            result: match kind {
                Kind::Succeeded => PaymentResult::Succeeded {
                    amount,
                    reference: id.to_string(),
                },
                Kind::Failed => PaymentResult::Failed { reason },
            },
            id: id.to_string(),
        }))
    }
}
