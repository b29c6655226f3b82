//! The whole system over HTTP, as a client meets it: started in this process on a free port, or the one that
//! `PLENARY_TEST_URL` names.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Parser;
use local::{Options, Running};
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::schemas::assert_conforms;

/// A running system.
pub struct System {
    pub url: String,
    client: Client,
    running: Option<(Running, TempDir)>,
}

/// Somebody who calls, or nobody.
#[derive(Clone)]
pub struct Person {
    url: String,
    client: Client,
    pub token: Option<String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
}

/// A client that shows where it is sent, as a test wants to see it.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
fn client() -> Client {
    Client::builder()
        .redirect(Policy::none())
        .build()
        .expect("an HTTP client")
}

/// A new id, for an order or a command.
pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// A data folder with nothing in it, and the options to start a system on it without demo conferences, serving nothing but
/// the API.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
fn fresh() -> (TempDir, Options) {
    let folder = TempDir::new().expect("a temporary folder");
    let options = Options {
        data: folder.path().join("data"),
        port: 0,
        no_demo: true,
        quiet: true,
        site: Some(folder.path().join("site")),
        ..Options::default()
    };
    std::fs::create_dir_all(folder.path().join("site")).expect("a folder");
    std::fs::write(folder.path().join("site/index.html"), "<!doctype html>").expect("a page");
    (folder, options)
}

/// Do this to the logs in a data folder on which nothing runs.
///
/// # Panics
/// If it is neither an export nor an import, or cannot be done.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
pub async fn log_command(data: &Path, arguments: &[&str]) {
    let data = data.to_str().expect("a path that is text");
    let line = [&["plenary", "--quiet", "--data", data], arguments].concat();
    let options = Options::try_parse_from(line).expect("a command line");
    let done = match &options.command {
        Some(local::Command::Export(export)) => export.run(&options).await,
        Some(local::Command::Import(import)) => import.run(&options).await,
        _ => panic!("neither an export nor an import"),
    };
    done.expect("it is done");
}

#[expect(clippy::expect_used, reason = "no test can go on without it")]
impl System {
    /// Start it without demo conferences, serving nothing but the API.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start() -> Self {
        Self::start_with(|_, _| {}).await
    }

    /// Start it with other options.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_with(change: impl FnOnce(&mut Options, &TempDir)) -> Self {
        if let Ok(url) = std::env::var("PLENARY_TEST_URL") {
            return Self {
                url,
                client: client(),
                running: None,
            };
        }
        let (folder, mut options) = fresh();
        change(&mut options, &folder);
        Self::run(folder, &options).await
    }

    async fn run(folder: TempDir, options: &Options) -> Self {
        let running = local::start(options).await.expect("the system starts");
        Self {
            url: running.url().to_owned(),
            client: client(),
            running: Some((running, folder)),
        }
    }

    /// The same system after a move: its logs and keys exported, and imported into an empty data folder. What serves the
    /// web app is said anew, and whoever was signed in has to sign in again.
    ///
    /// # Panics
    /// If it runs elsewhere, or one of the steps fails.
    pub async fn moved(self, site: Option<PathBuf>) -> Self {
        let (running, left) = self.running.expect("it runs in this process");
        running.stop().await;
        let file = left.path().join("log.ndjson");
        let file = file.to_str().expect("a path that is text");
        let data = left.path().join("data");
        log_command(&data, &["export", "--with-keys", file]).await;
        let (folder, options) = fresh();
        log_command(&options.data, &["import", file]).await;
        Self::run(folder, &Options { site, ..options }).await
    }

    /// The folder with its data; none where it runs elsewhere.
    pub fn data(&self) -> Option<PathBuf> {
        let (_, folder) = self.running.as_ref()?;
        Some(folder.path().join("data"))
    }

    /// Stop it; its data is in `data` of this folder.
    ///
    /// # Panics
    /// If it runs elsewhere.
    pub async fn stop(self) -> TempDir {
        let (running, folder) = self.running.expect("it runs in this process");
        running.stop().await;
        folder
    }

    /// One that runs already.
    pub fn at(url: String) -> Self {
        Self {
            url,
            client: client(),
            running: None,
        }
    }

    /// Every integration event that was published conforms to its schema. Answers how many there are of each type; none
    /// where the system runs elsewhere.
    ///
    /// # Panics
    /// If one does not conform.
    pub async fn published(&self) -> BTreeMap<String, usize> {
        let mut types = BTreeMap::new();
        if let Some((running, _)) = &self.running {
            for envelope in running.published().await.expect("the bus's archive") {
                let event = &envelope["detail"];
                assert_conforms(event);
                let name = event["type"].as_str().unwrap_or_default();
                *types.entry(name.to_owned()).or_default() += 1;
            }
        }
        types
    }

    /// Nobody: no token.
    pub fn nobody(&self) -> Person {
        self.with_token(None)
    }

    /// Somebody with this token, whatever it is.
    pub fn with_token(&self, token: Option<String>) -> Person {
        Person {
            url: self.url.clone(),
            client: self.client.clone(),
            token,
        }
    }

    /// Somebody with these roles.
    ///
    /// # Panics
    /// If the issuer gives no token.
    pub async fn person(&self, email: &str, roles: &[&str]) -> Person {
        self.person_named("Ada Lovelace", email, roles).await
    }

    /// Somebody of this name with these roles.
    ///
    /// # Panics
    /// If the issuer gives no token.
    pub async fn person_named(&self, name: &str, email: &str, roles: &[&str]) -> Person {
        let wanted = json!({ "email": email, "name": name, "roles": roles });
        let answer = self
            .nobody()
            .send(Method::POST, "/dev/token", &[], Some(wanted.to_string()))
            .await;
        let token = answer.body["access_token"]
            .as_str()
            .expect("an access token");
        self.with_token(Some(token.to_owned()))
    }

    /// A published conference of this organizer, with a pool of each quota at 100.00, once everybody can see it. Answers
    /// its id and the pools'.
    ///
    /// # Panics
    /// If a command is refused.
    pub async fn on_sale(&self, organizer: &Person, quotas: &[u32]) -> (String, Vec<String>) {
        let created = organizer
            .command("/api/conferences", conference(&new_id()))
            .await;
        let id = created.accepted()["conference_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let (mut pools, mut wrote) = (Vec::new(), Vec::new());
        for quota in quotas {
            let added = organizer
                .command(
                    &format!("/api/conferences/{id}/seat-types"),
                    seat_type(*quota),
                )
                .await;
            pools.push(
                added.accepted()["seat_type_id"]
                    .as_str()
                    .expect("an id")
                    .to_owned(),
            );
            wrote.push(added.wrote());
        }
        let published = organizer
            .command(&format!("/api/conferences/{id}/publish"), json!({}))
            .await;
        published.accepted();
        wrote.push(published.wrote());
        let page = format!("/api/conferences/{id}?min_version={}", wrote.join(","));
        self.nobody().get(&page).await.accepted();
        (id, pools)
    }
}

/// The body of a new conference, with a name and an address of its own: others may run tests on the same system.
pub fn conference(mark: &str) -> Value {
    json!({
        "name": format!("Rust Week {mark}"), "slug": format!("rust-{mark}"), "venue": "Jaarbeurs", "city": "Utrecht",
        "time_zone": "Europe/Amsterdam", "currency": "EUR",
        "starts_at": "2027-05-18T07:00:00Z", "ends_at": "2027-05-22T15:00:00Z",
    })
}

/// The body of a new seat type.
pub fn seat_type(quota: u32) -> Value {
    json!({ "name": "Standard", "price": 10_000, "quota": quota })
}

/// The body of an order of one line.
pub fn order(id: &str, conference: &str, pool: &str, quantity: u32, partial: bool) -> Value {
    let line = json!({ "seat_type_id": pool, "quantity": quantity });
    json!({ "order_id": id, "conference_id": conference, "lines": [line], "partial": partial })
}

#[expect(clippy::expect_used, reason = "no test can go on without it")]
impl Person {
    /// Any request.
    ///
    /// # Panics
    /// If nothing answers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.try_send(method, path, headers, body)
            .await
            .expect("an answer")
    }

    /// Any request, to a system that may die meanwhile.
    ///
    /// # Errors
    /// Nothing answered.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer {
            status,
            body,
            text,
            headers,
        })
    }

    /// A query.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// A command with a key of its own.
    pub async fn command(&self, path: &str, body: Value) -> Answer {
        self.command_again(Method::POST, path, &new_id(), &body)
            .await
    }

    /// Pay money in through the test payment provider, on whose page the person makes this choice (`pay`, `decline`,
    /// `never`, `twice`, `late`). Answers the top-up's answer.
    pub async fn pay_in(&self, minor: i64, order_id: Option<&str>, choice: &str) -> Answer {
        let mut body = json!({ "amount": { "minor": minor, "currency": "EUR" } });
        if let Some(order_id) = order_id {
            body["order_id"] = order_id.into();
        }
        let started = self.command("/api/account/top-ups", body).await;
        let checkout = started.accepted()["checkout_url"].as_str();
        let (page, session) = checkout
            .and_then(|url| url.split_once('?'))
            .expect("a page with a session");
        // The page's form says again what its address says, and the choice.
        let chosen = self
            .client
            .post(page)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{session}&choice={choice}"))
            .send()
            .await
            .expect("the provider's page");
        assert_eq!(chosen.status(), StatusCode::SEE_OTHER);
        started
    }

    /// Ask until the answer is as it should be: what follows from a command in the other context takes a moment.
    ///
    /// # Panics
    /// If it is not after half a minute.
    pub async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.get(path).await;
            if answer.status.is_success() && holds(&answer.body) {
                return answer;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{path} never came to hold: {}",
                answer.text
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Confirm an order that costs something, with money for it, and wait until it is confirmed.
    pub async fn buy(&self, order_id: &str, minor: i64) -> Answer {
        self.pay_in(minor, None, "pay").await;
        self.until("/api/account", |account| {
            account["accounts"][0]["balance"]["minor"].as_i64() >= Some(minor)
        })
        .await;
        let path = format!("/api/orders/{order_id}");
        let asked = self.command(&format!("{path}/confirm"), json!({})).await;
        asked.accepted();
        self.until(&path, |order| order["status"] == "confirmed")
            .await
    }

    /// A command with this key.
    pub async fn command_again(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Answer {
        self.send(
            method,
            path,
            &[("idempotency-key", key)],
            Some(body.to_string()),
        )
        .await
    }
}

impl Answer {
    /// The body of a success.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn accepted(&self) -> &Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        &self.body
    }

    /// The type of a problem, without the part that all have in common.
    ///
    /// # Panics
    /// If it is not a well-formed problem.
    #[track_caller]
    pub fn problem(&self) -> &str {
        assert!(
            self.status.is_client_error() || self.status.is_server_error(),
            "{}: {}",
            self.status,
            self.text
        );
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{}",
            self.text
        );
        assert_eq!(self.body["status"], self.status.as_u16(), "{}", self.text);
        assert!(
            self.body["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "{}",
            self.text
        );
        self.body["type"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("urn:plenary:problem:")
    }

    /// What it wrote, as a `min_version` parameter.
    pub fn wrote(&self) -> String {
        let pair = |wrote: &Value| {
            format!(
                "{}@{}",
                wrote["stream"].as_str().unwrap_or_default(),
                wrote["version"]
            )
        };
        let token: Vec<String> = self.body["wrote"]
            .as_array()
            .into_iter()
            .flatten()
            .map(pair)
            .collect();
        token.join(",").replace('#', "%23")
    }
}
