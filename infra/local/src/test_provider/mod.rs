//! A payment provider on which nothing can be lost: it stands in for Stripe. It has a checkout page, on which a person
//! chooses how the payment goes, and it tells Plenary by signed callbacks, as providers do: later, perhaps twice, and
//! perhaps never.
//!
//! It knows nothing of Plenary but what a checkout session says and where callbacks go.

mod callback;
mod session;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client, Error};
use axum::{
    Form, Router,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use plenary_http::respond::chain;
use serde::Deserialize;
use shared::{Money, endpoint::Name};

pub use session::SECRET;

use crate::{
    background::Background,
    page::{dead_end, escape, fill, page},
    queue::Queue,
};
use callback::Outcome;
use session::Session;

/// Where the checkout page is on the system's address: what `PAYMENT_CHECKOUT_URL` ends with.
pub const PATH: &str = "/test-provider/checkout";

/// How late a late answer is: later than any hold lasts without being extended.
const LATE: Duration = Duration::from_secs(20 * 60);

/// The provider.
pub struct TestProvider {
    /// What it has still to tell.
    callbacks: Queue,
}

impl TestProvider {
    /// The provider that keeps what it has to tell in this DynamoDB.
    pub fn new(client: &Client) -> Self {
        Self {
            callbacks: Queue::new(client, "test-provider"),
        }
    }

    /// Do what a person does who comes by this link and pays.
    ///
    /// # Errors
    ///
    /// Where the link is not one that Plenary signed, or the payment cannot be kept.
    pub async fn pay(&self, checkout_url: &str) -> Result<(), String> {
        let asked: Option<Query<Asked>> = checkout_url
            .parse()
            .ok()
            .and_then(|url| Query::try_from_uri(&url).ok());
        let session = asked
            .and_then(|Query(asked)| Session::read(&asked.session, &asked.signature))
            .ok_or("the link to the test provider does not work")?;
        let kept = self.choose(&session, Choice::Pay).await;
        kept.map_err(|error| chain(&error))
    }

    async fn choose(&self, session: &Session, choice: Choice) -> Result<(), Error> {
        for (outcome, delay) in choice.answers() {
            let body = callback::body(session, *outcome);
            self.callbacks.send(&body, *delay).await?;
        }
        Ok(())
    }

    /// Tell what there is to tell to the Plenary at this address.
    ///
    /// # Errors
    ///
    /// Where this machine has no HTTP.
    pub fn call_back(&self, url: &str) -> io::Result<Background> {
        let callback_url = format!("{url}{}", Name::PaymentCallback.path(&[&"test"]));
        let to_plenary = callback::to_plenary(callback_url)?;
        Ok(self.callbacks.consume(1, callback::RETRIES, to_plenary))
    }
}

/// The provider's address.
pub fn routes(provider: Arc<TestProvider>) -> Router {
    Router::new()
        .route(PATH, get(ask).post(answer))
        .with_state(provider)
}

/// What the provider does about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Pay,
    Decline,
    Never,
    Twice,
    Late,
}

/// How each choice reads on the page, behind the value that the form sends.
const CHOICES: [(&str, &str, &str); 5] = [
    ("pay", "Pay", "The payment succeeds."),
    ("decline", "Decline", "The card is refused."),
    (
        "never",
        "Never answer",
        "Nothing is ever heard of the payment.",
    ),
    (
        "twice",
        "Answer twice",
        "It succeeds, and Plenary is told twice.",
    ),
    (
        "late",
        "Answer after 20 minutes",
        "It succeeds, when the seats may be gone.",
    ),
];

impl Choice {
    /// What Plenary is told, and after how long.
    fn answers(self) -> &'static [(Outcome, Duration)] {
        match self {
            Self::Pay => &[(Outcome::Succeeded, Duration::ZERO)],
            Self::Decline => &[(Outcome::Failed, Duration::ZERO)],
            Self::Never => &[],
            Self::Twice => &[(Outcome::Succeeded, Duration::ZERO); 2],
            Self::Late => &[(Outcome::Succeeded, LATE)],
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    session: String,
    signature: String,
}

async fn ask(asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        return refused();
    };
    match Session::read(&asked.session, &asked.signature) {
        Some(session) => uncached(checkout(&asked, &session)),
        None => refused(),
    }
}

#[derive(Deserialize)]
struct Answered {
    #[serde(flatten)]
    asked: Asked,
    choice: Choice,
}

async fn answer(
    State(provider): State<Arc<TestProvider>>,
    answered: Result<Form<Answered>, FormRejection>,
) -> Response {
    let Ok(Form(Answered { asked, choice })) = answered else {
        return refused();
    };
    let Some(session) = Session::read(&asked.session, &asked.signature) else {
        return refused();
    };
    if let Err(error) = provider.choose(&session, choice).await {
        tracing::error!(
            cause = chain(&error),
            "the payment provider could not keep a choice"
        );
        let page = dead_end(
            "The provider is out of order",
            "Nothing was paid. Go back and choose again.",
            "Go to the start page",
        );
        return uncached((StatusCode::SERVICE_UNAVAILABLE, page));
    }
    uncached(Redirect::to(&session.return_url))
}

/// The page on which a person chooses.
fn checkout(asked: &Asked, session: &Session) -> Html<String> {
    let amount = written(session.amount);
    let choices: String = CHOICES
        .iter()
        .map(|(value, name, effect)| {
            format!(
                r#"<li><button name="choice" value="{value}" data-test="provider-{value}"><span class="what">{name}</span> <span class="note">{effect}</span></button></li>"#
            )
        })
        .collect();
    let content = fill(
        include_str!("checkout.html"),
        &[
            ("amount", &escape(&amount)),
            ("description", &escape(&session.description)),
            ("action", PATH),
            ("session", &escape(&asked.session)),
            ("signature", &escape(&asked.signature)),
            ("choices", &choices),
        ],
    );
    page(&format!("Pay {amount}"), &content)
}

/// The page of a session that Plenary did not sign.
fn refused() -> Response {
    let page = dead_end(
        "This payment link does not work",
        "It is incomplete, or was changed on its way. Nothing was paid.",
        "Go to the start page and pay from there",
    );
    uncached((StatusCode::BAD_REQUEST, page))
}

fn uncached(response: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], response).into_response()
}

/// `EUR 50.00`. Currencies without, or with three decimals are those of ISO 4217.
fn written(amount: Money) -> String {
    let code = amount.currency.code();
    let decimals = match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    };
    let digits = format!("{:0width$}", amount.minor, width = decimals + 1);
    match digits.split_at(digits.len() - decimals) {
        (whole, "") => format!("{code} {whole}"),
        (whole, part) => format!("{code} {whole}.{part}"),
    }
}
