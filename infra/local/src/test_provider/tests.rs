//! The provider, with a browser on one side of it and a Plenary on the other.

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
