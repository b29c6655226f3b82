//! The port to payment providers: a page at which a person pays, and the provider's signed word on what came of it.
//!
//! | module | holds |
//! |---|---|
//! | `test` | a provider that is built in: its page takes any choice, and no money |
//! | `stripe` | Stripe Checkout |
//! | `signature` | the signature of callbacks, which both share |

mod signature;
mod stripe;
mod test;

use domain::accounts::StreamId;
use lambda_http::{BoxFuture, http::HeaderMap};
use shared::{CommandId, Money, Timestamp, TopUpId, account::TopUpFailure};

pub use signature::{BadSignature, Secret};
pub use stripe::Stripe;
pub use test::TestProvider;

/// A payment provider.
pub trait Provider: Send + Sync {
    /// Its name, in its callback's address and in the ledger.
    fn name(&self) -> &'static str;

    /// The address of a page at which the person can pay. The same top-up leads to the same page, however often this is
    /// asked.
    ///
    /// # Errors
    /// See [`NoCheckout`].
    fn checkout<'a>(&'a self, checkout: &'a Checkout) -> BoxFuture<'a, Result<String, NoCheckout>>;

    /// Read what was sent to the callback's address; none where it is of no concern here.
    ///
    /// # Errors
    /// It is not the provider's word, or not one that this version understands.
    fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ProviderAnswer>, BadCallback>;
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// The command that started the top-up; it makes asking twice harmless.
    pub command_id: CommandId,
    pub top_up_id: TopUpId,
    pub account: StreamId,
    pub amount: Money,
    /// What the page says it is for.
    pub description: String,
    /// Where the page sends people back to.
    pub return_url: String,
    /// Until when it can be paid.
    pub until: Timestamp,
}

/// A provider's word on a top-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAnswer {
    /// The provider's own id of it: the same when it is sent again.
    pub id: String,
    pub account: StreamId,
    pub top_up_id: TopUpId,
    pub result: PaymentResult,
}

/// What came of a top-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentResult {
    /// The provider took this much, and calls it so.
    Succeeded {
        amount: Money,
        reference: String,
    },
    Failed {
        reason: TopUpFailure,
    },
}

/// The provider gave no page. Its cause is for operators.
#[derive(Debug, thiserror::Error)]
pub enum NoCheckout {
    /// It did not answer, or it has too much to do: asking again later is safe and may help.
    #[error("the payment provider does not answer: {0}")]
    Unavailable(String),
    /// It does not want what it was asked: asking the same again will not help.
    #[error("the payment provider refused: {0}")]
    Refused(String),
}

/// What came to the callback's address is not to be acted upon.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCallback {
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// It is signed, so it is the provider's; and it is not what the provider documents.
    #[error("the signed body cannot be read: {0}")]
    Unreadable(String),
}

/// The body of a callback as JSON.
fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, BadCallback> {
    serde_json::from_slice(body).map_err(|error| BadCallback::Unreadable(error.to_string()))
}
