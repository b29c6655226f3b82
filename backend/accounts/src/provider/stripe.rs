//! Stripe Checkout: a session is created for each top-up, and Stripe's webhook tells what came of it.
//!
//! <https://docs.stripe.com/api/checkout/sessions/create>, <https://docs.stripe.com/api/idempotent_requests>,
//! <https://docs.stripe.com/checkout/fulfillment>

use std::time::Duration;

use bytes::Bytes;
use domain::accounts::StreamId;
use http_body_util::Full;
use lambda_http::{
    BoxFuture,
    http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header},
};
use plenary_http::Outbound;
use serde::Deserialize;
use serde_json::Value;
use shared::{Currency, Money, Timestamp, TopUpId, account::TopUpFailure};

use super::{
    BadCallback, Checkout, NoCheckout, PaymentResult, Provider, ProviderAnswer, Secret, parse,
};

/// The header that signs its webhooks.
const SIGNATURE: &str = "stripe-signature";
/// The version of Stripe's interface that this adapter was written for, whatever the account's default is.
const VERSION: &str = "2025-05-28.basil";
/// A session takes about a second; the person waits no longer than for anything else.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Stripe.
pub struct Stripe {
    sessions: Uri,
    authorization: HeaderValue,
    secret: Secret,
    http: Outbound,
}

/// This Stripe cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum NoStripe {
    #[error("PAYMENT_CHECKOUT_URL is no address")]
    Address(#[from] lambda_http::http::uri::InvalidUri),
    #[error("STRIPE_KEY is no key")]
    Key(#[from] lambda_http::http::header::InvalidHeaderValue),
    #[error("there are no certificates to verify Stripe by")]
    Certificates(#[from] std::io::Error),
}

/// An event as Stripe's webhook sends it.
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Value,
}

/// What is needed of a Checkout Session.
#[derive(Deserialize)]
struct Session {
    id: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    payment_status: String,
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

/// Ours; a session that somebody else created on the same Stripe account has none of it.
#[derive(Default, Deserialize)]
struct Metadata {
    account: Option<String>,
    top_up_id: Option<TopUpId>,
}

impl Stripe {
    /// The Stripe at this address (`https://api.stripe.com`), with its secret key and the signing secret of its webhook.
    ///
    /// # Errors
    /// See [`NoStripe`].
    pub fn new(address: &str, key: &str, signing_secret: &str) -> Result<Self, NoStripe> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}"))?;
        authorization.set_sensitive(true);
        let address = address.trim_end_matches('/');
        Ok(Self {
            sessions: format!("{address}/v1/checkout/sessions").parse()?,
            authorization,
            secret: Secret::new(signing_secret),
            http: Outbound::new(TIME_LIMIT)?,
        })
    }

    async fn create(&self, checkout: &Checkout) -> Result<String, NoCheckout> {
        let request = Request::post(self.sessions.clone())
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("stripe-version", VERSION)
            // Stripe keeps it for a day and answers the same again; the page is gone before that.
            .header("idempotency-key", checkout.command_id.to_string())
            .body(Full::new(Bytes::from(form(checkout))))
            .map_err(|error| NoCheckout::Refused(error.to_string()))?;
        let answer = self.http.send(request).await;
        let answer = answer
            .map_err(|error| NoCheckout::Unavailable(plenary_http::respond::chain(&error)))?;
        if answer.status() != StatusCode::OK {
            return Err(refusal(answer.status(), answer.body()));
        }
        /// What is needed of a new session.
        #[derive(Deserialize)]
        struct Created {
            url: String,
        }
        let created: Created = serde_json::from_slice(answer.body()).map_err(|error| {
            NoCheckout::Unavailable(format!("a session that cannot be read: {error}"))
        })?;
        Ok(created.url)
    }
}

fn form(checkout: &Checkout) -> String {
    let top_up_id = checkout.top_up_id.to_string();
    let Money { minor, currency } = checkout.amount;
    form_urlencoded::Serializer::new(String::new())
        .append_pair("mode", "payment")
        .append_pair("client_reference_id", &top_up_id)
        .append_pair("line_items[0][quantity]", "1")
        .append_pair(
            "line_items[0][price_data][currency]",
            &currency.code().to_ascii_lowercase(),
        )
        .append_pair("line_items[0][price_data][unit_amount]", &minor.to_string())
        .append_pair(
            "line_items[0][price_data][product_data][name]",
            &checkout.description,
        )
        // What is paid is what is credited: in the account's currency, whatever the person's card is in.
        .append_pair("adaptive_pricing[enabled]", "false")
        .append_pair("metadata[account]", &checkout.account.to_string())
        .append_pair("metadata[top_up_id]", &top_up_id)
        .append_pair("success_url", &checkout.return_url)
        .append_pair("cancel_url", &checkout.return_url)
        .append_pair(
            "expires_at",
            &checkout.until.millis().div_euclid(1000).to_string(),
        )
        .finish()
}

/// Stripe's no. Its message may quote what was sent, a part of the key even, so only its codes are kept.
fn refusal(status: StatusCode, body: &[u8]) -> NoCheckout {
    let error = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let code = |name: &str| error["error"][name].as_str().unwrap_or("-").to_owned();
    let (kind, code, parameter) = (code("type"), code("code"), code("param"));
    let what = format!("status {status}, type {kind}, code {code}, param {parameter}");
    // 409: another request with the same idempotency key is still under way.
    let is_passing = status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::CONFLICT;
    if is_passing {
        NoCheckout::Unavailable(what)
    } else {
        NoCheckout::Refused(what)
    }
}

impl Provider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn checkout<'a>(&'a self, checkout: &'a Checkout) -> BoxFuture<'a, Result<String, NoCheckout>> {
        Box::pin(self.create(checkout))
    }

    fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ProviderAnswer>, BadCallback> {
        let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
        self.secret.verify(signature, body, now)?;
        let Event { id, kind, data } = parse(body)?;
        let result: fn(&Session) -> Result<Option<PaymentResult>, BadCallback> = match kind.as_str()
        {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => paid,
            "checkout.session.async_payment_failed" => |_| failed(TopUpFailure::Declined),
            "checkout.session.expired" => |_| failed(TopUpFailure::Expired),
            _ => return Ok(None),
        };
        let session: Session = serde_json::from_value(data.object).map_err(unreadable)?;
        let Metadata {
            account: Some(account),
            top_up_id: Some(top_up_id),
        } = &session.metadata
        else {
            return Ok(None);
        };
        let account: StreamId = account.parse().map_err(unreadable)?;
        Ok(result(&session)?.map(|result| ProviderAnswer {
            id,
            account,
            top_up_id: *top_up_id,
            result,
        }))
    }
}

/// A slow payment method completes a session first, and succeeds or fails days later: unpaid, it is no answer yet.
fn paid(session: &Session) -> Result<Option<PaymentResult>, BadCallback> {
    if session.payment_status != "paid" {
        return Ok(None);
    }
    let reference = session.payment_intent.as_ref().unwrap_or(&session.id);
    Ok(Some(PaymentResult::Succeeded {
        amount: amount(session)?,
        reference: reference.clone(),
    }))
}

#[expect(clippy::unnecessary_wraps, reason = "as a success has it")]
fn failed(reason: TopUpFailure) -> Result<Option<PaymentResult>, BadCallback> {
    Ok(Some(PaymentResult::Failed { reason }))
}

fn amount(session: &Session) -> Result<Money, BadCallback> {
    let missing = || unreadable("a paid session without an amount");
    let currency = session.currency.as_ref().ok_or_else(missing)?;
    Ok(Money {
        minor: session.amount_total.ok_or_else(missing)?,
        currency: Currency::try_from(currency.to_ascii_uppercase()).map_err(unreadable)?,
    })
}

fn unreadable(cause: impl std::fmt::Display) -> BadCallback {
    BadCallback::Unreadable(cause.to_string())
}
