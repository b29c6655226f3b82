//! A payment provider on which nothing can be lost: it stands in for Stripe. It has a checkout page, on which a person
//! chooses how the payment goes, and it tells Plenary by signed callbacks, as providers do: later, perhaps twice, and
//! perhaps never.
//!
//! It knows nothing of Plenary but what a checkout session says and where callbacks go.

mod callback;
mod session;

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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aws_lc_rs::hmac;
    use axum::{http::HeaderMap, routing::post};
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    use super::*;
    use crate::{engine::Engine, queue};

    const CALLBACK: &str = "/api/payments/test/callback";

    /// What Plenary was told: the signature, and the body as it was sent.
    type Told = Arc<Mutex<Vec<(String, String)>>>;

    /// A provider on an engine of its own, and a Plenary that answers callbacks with these statuses, and then with 200.
    struct Fixture {
        provider: Arc<TestProvider>,
        url: String,
        told: Told,
        engine: Engine,
        folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new(answers: &[u16]) -> Self {
            Self::on(tempfile::tempdir().unwrap(), answers).await
        }

        async fn on(folder: tempfile::TempDir, answers: &[u16]) -> Self {
            let file = folder.path().join("data");
            let engine = Engine::embedded(&file, 0).await.unwrap();
            queue::create_table(&engine.client()).await.unwrap();
            let provider = Arc::new(TestProvider::new(&engine.client()));
            let told = Told::default();
            let (telling, answers) = (told.clone(), answers.to_vec());
            let called_back = move |headers: HeaderMap, body: String| {
                let mut told = telling.lock().unwrap();
                let status = answers.get(told.len()).copied().unwrap_or(200);
                let signature = headers["plenary-signature"].to_str().unwrap().to_owned();
                told.push((signature, body));
                std::future::ready(StatusCode::from_u16(status).unwrap())
            };
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let router = routes(provider.clone()).route(CALLBACK, post(called_back));
            tokio::spawn(axum::serve(listener, router).into_future());
            Self {
                provider,
                url,
                told,
                engine,
                folder,
            }
        }

        fn call_back(&self) -> Background {
            self.provider.call_back(&self.url).unwrap()
        }

        /// The parameters of a session that Plenary signed.
        fn asked(&self) -> [(&'static str, String); 2] {
            let session = json!({
                "top_up_id": "00000000-0000-0000-0000-000000000007",
                "account": "account#EUR#ada",
                "amount": { "minor": 5000, "currency": "EUR" },
                "return_url": format!("{}/account", self.url),
                "description": "Top up <your> account",
            });
            let session = URL_SAFE_NO_PAD.encode(session.to_string());
            let signature = session::sign(&session);
            [("session", session), ("signature", signature)]
        }

        /// Choose on the page; answers where the person is sent.
        async fn choose(&self, choice: &str) -> String {
            let mut form = Vec::from(self.asked());
            form.push(("choice", choice.to_owned()));
            let answer = self.post(&form).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{choice}");
            answer.headers()["location"].to_str().unwrap().to_owned()
        }

        async fn post(&self, form: &[(&str, String)]) -> reqwest::Response {
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish();
            let stay = reqwest::redirect::Policy::none();
            let http = reqwest::Client::builder().redirect(stay).build().unwrap();
            let form = "application/x-www-form-urlencoded";
            let request = http.post(format!("{}{PATH}", self.url)).body(body);
            request.header("content-type", form).send().await.unwrap()
        }

        async fn get(&self, query: &[(&str, String)]) -> (StatusCode, String) {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(query)
                .finish();
            let answer = reqwest::get(format!("{}{PATH}?{query}", self.url)).await;
            let answer = answer.unwrap();
            (answer.status(), answer.text().await.unwrap())
        }

        /// What Plenary has been told once it was told so often, and some time has passed.
        async fn told(&self, count: usize) -> Vec<Value> {
            let enough = async {
                while self.told.lock().unwrap().len() < count {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let long = Duration::from_secs(10);
            tokio::time::timeout(long, enough).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            let told = self.told.lock().unwrap();
            assert_eq!(told.len(), count);
            let bodies = told.iter().map(|(_, body)| serde_json::from_str(body));
            bodies.map(Result::unwrap).collect()
        }
    }

    #[tokio::test]
    async fn the_page_says_what_is_asked_and_offers_each_choice() {
        let fixture = Fixture::new(&[]).await;
        let (status, page) = fixture.get(&fixture.asked()).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Pay EUR 50.00") && page.contains("Top up &lt;your&gt; account"));
        for (value, name, _) in CHOICES {
            let is_read: Result<Choice, _> = serde_json::from_value(json!(value));
            assert!(is_read.is_ok() && page.contains(name), "{name}");
        }
        assert!(!page.contains("style=") && !page.contains("<script"));
    }

    #[tokio::test]
    async fn a_session_that_was_changed_is_refused_and_nothing_is_told() {
        let fixture = Fixture::new(&[]).await;
        let callbacks = fixture.call_back();
        let [(_, session), (_, signature)] = fixture.asked();
        let forged = [
            ("session", session.replace('e', "f")),
            ("signature", signature.clone()),
        ];
        for query in [&forged[..], &forged[..1], &[]] {
            let (status, page) = fixture.get(query).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(page.contains("This payment link does not work"));
            assert!(!page.contains(&signature));
        }
        for choice in ["pay", "everything"] {
            let form = [&forged[..], &[("choice", choice.to_owned())]].concat();
            let refused = fixture.post(&form).await;
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        }
        fixture.told(0).await;
        callbacks.stop().await;
    }

    #[tokio::test]
    async fn a_payment_is_told_with_a_signature_over_time_and_body() {
        let fixture = Fixture::new(&[]).await;
        let callbacks = fixture.call_back();
        let sent_to = fixture.choose("pay").await;
        assert_eq!(sent_to, format!("{}/account", fixture.url));
        let told = &fixture.told(1).await[0];
        assert_eq!(told["type"], "payment.succeeded");
        assert_eq!(told["account"], "account#EUR#ada");
        assert_eq!(told["amount"], json!({ "minor": 5000, "currency": "EUR" }));

        let (signature, body) = fixture.told.lock().unwrap()[0].clone();
        let (at, tag) = signature.split_once(",v1=").unwrap();
        let at = at.strip_prefix("t=").unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let expected = hmac::sign(&key, format!("{at}.{body}").as_bytes());
        let expected = expected.as_ref().iter().map(|byte| format!("{byte:02x}"));
        assert_eq!(tag, expected.collect::<String>());
        callbacks.stop().await;
    }

    #[tokio::test]
    async fn each_choice_tells_what_it_says() {
        let fixture = Fixture::new(&[]).await;
        let callbacks = fixture.call_back();
        fixture.choose("never").await;
        fixture.told(0).await;
        fixture.choose("decline").await;
        let told = fixture.told(1).await;
        assert_eq!(told[0]["type"], "payment.failed");
        assert_eq!(told[0]["reason"], "declined");
        fixture.choose("twice").await;
        let told = fixture.told(3).await;
        assert_eq!(told[1]["type"], "payment.succeeded");
        assert_eq!(told[1], told[2]);
        callbacks.stop().await;
    }

    #[tokio::test]
    async fn a_late_answer_waits_until_it_is_due_and_survives_a_restart() {
        let fixture = Fixture::new(&[]).await;
        let callbacks = fixture.call_back();
        fixture.choose("late").await;
        fixture.told(0).await;
        callbacks.stop().await;
        fixture.engine.stop().await;

        let fixture = Fixture::on(fixture.folder, &[]).await;
        let kept = fixture.provider.callbacks.messages().await.unwrap();
        let waits = kept[0].due.millis() - kept[0].sent_at.millis();
        assert_eq!((kept.len(), waits), (1, 20 * 60 * 1000));
    }

    #[tokio::test]
    async fn it_tells_until_it_is_heard_and_no_more_once_it_is_refused() {
        let fixture = Fixture::new(&[500, 429, 204, 400]).await;
        let callbacks = fixture.call_back();
        fixture.choose("pay").await;
        fixture.told(3).await;
        fixture.choose("decline").await;
        fixture.told(4).await;
        callbacks.stop().await;
        let kept = fixture.provider.callbacks.messages().await.unwrap();
        assert_eq!(kept, []);
    }

    #[test]
    fn amounts_are_written_with_the_decimals_of_their_currency() {
        for (minor, code, expected) in [
            (5000, "EUR", "EUR 50.00"),
            (5, "EUR", "EUR 0.05"),
            (5000, "JPY", "JPY 5000"),
            (5, "KWD", "KWD 0.005"),
        ] {
            let currency = code.to_owned().try_into().unwrap();
            assert_eq!(written(Money { minor, currency }), expected);
        }
    }
}
