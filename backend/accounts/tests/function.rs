//! The accounts function on a real engine: called by people, operators, the test provider and the queue.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use accounts::{
    Accounts,
    provider::{Secret, TestProvider},
};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use domain::accounts::{Accounts as Context, Rules, StreamId};
use event_store::{EventStore, Tables, create_tables};
use integration::{Data, IntegrationEvent, OrderPaymentRequested, OrderRefundDue};
use lambda_http::{
    Body, Request, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, http,
    request::RequestContext,
};
use plenary_http::now;
use serde_json::{Value, json};
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, ProblemType, RefundId, Timestamp,
};
use uuid::Uuid;

const SECRET: &str = "a secret";
const PAGE: &str = "http://127.0.0.1:3000/test-provider/checkout";

struct World {
    accounts: Accounts,
    store: EventStore<Context>,
}

/// An answer: its status and its body.
type Answer = (u16, Value);

impl World {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            dynoxide::Database::memory().unwrap(),
            std::future::pending(),
        ));
        let client = plenary_http::start::local_dynamodb(&endpoint);
        let tables = Tables {
            events: "account-events".into(),
            ..Tables::default()
        };
        create_tables(&client, &tables).await.unwrap();
        let provider = Box::new(TestProvider::new(PAGE.into(), SECRET));
        let url = "http://127.0.0.1:3000/";
        Self {
            store: EventStore::new(client.clone(), tables.clone()),
            accounts: Accounts::new(client, tables, Rules::default(), provider, url),
        }
    }

    async fn handle(&self, request: Request) -> Answer {
        let answer = self.accounts.handle(request).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// A person, or `olga` who is an operator, sends a command.
    async fn send(&self, who: &str, method: &str, path: &str, key: u128, body: Value) -> Answer {
        let groups = if who == "olga" { "[operator]" } else { "[]" };
        let claims = json!({ "jwt": { "claims": { "sub": who, "cognito:groups": groups } } });
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.authorizer = serde_json::from_value(claims).unwrap();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://plenary.example{path}"))
            .header("idempotency-key", Uuid::from_u128(key).to_string())
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let context = RequestContext::ApiGatewayV2(context);
        self.handle(request.with_request_context(context)).await
    }

    async fn top_up(&self, key: u128, minor: i64) -> Answer {
        let body = json!({ "amount": { "minor": minor, "currency": "EUR" } });
        self.send("ada", "POST", "/api/account/top-ups", key, body)
            .await
    }

    async fn operate(&self, what: &str, key: u128, body: Value) -> Answer {
        let path = format!("/api/accounts/ada/EUR/{what}");
        let method = if what == "credit-limit" {
            "PUT"
        } else {
            "POST"
        };
        self.send("olga", method, &path, key, body).await
    }

    /// The provider's callback, with this signature.
    async fn call_back(&self, provider: &str, body: &str, signature: Option<&str>) -> Answer {
        let path = format!("https://plenary.example/api/payments/{provider}/callback");
        let mut request = http::Request::post(path);
        if let Some(signature) = signature {
            request = request.header("plenary-signature", signature);
        }
        self.handle(request.body(Body::from(body)).unwrap()).await
    }

    async fn signed(&self, body: &Value) -> Answer {
        let body = body.to_string();
        let signature = Secret::new(SECRET).sign(body.as_bytes(), now());
        self.call_back("test", &body, Some(&signature)).await
    }

    /// Deliver messages; answers the ids of those that must come again.
    async fn deliver(&self, bodies: &[String]) -> Vec<String> {
        let mut batch = SqsEvent::default();
        batch.records = (0..)
            .zip(bodies)
            .map(|(number, body): (u32, _)| {
                let mut message = SqsMessage::default();
                message.message_id = Some(format!("m{number}"));
                message.body = Some(body.clone());
                message
            })
            .collect();
        let report = self.accounts.deliver(batch).await;
        report
            .batch_item_failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect()
    }

    /// What happened to Ada's account, by name.
    async fn log(&self) -> Vec<String> {
        let stream = StreamId::Account {
            currency: Currency::EUR,
            person: PersonId("ada".into()),
        };
        let commits = self.store.commits(&stream, 1).await.unwrap();
        let mut names = Vec::new();
        for commit in commits {
            for recorded in commit.unwrap().events() {
                let event = serde_json::to_value(recorded.event).unwrap();
                names.push(event["type"].as_str().unwrap().to_owned());
            }
        }
        names
    }
}

fn succeeded(top_up_id: &Value, number: u128, minor: i64) -> Value {
    json!({
        "id": Uuid::from_u128(number), "type": "payment.succeeded", "top_up_id": top_up_id,
        "account": "account#EUR#ada", "amount": { "minor": minor, "currency": "EUR" },
    })
}

fn failed(top_up_id: &Value, number: u128) -> Value {
    let mut body = succeeded(top_up_id, number, 5000);
    body["type"] = json!("payment.failed");
    body["reason"] = json!("declined");
    body
}

fn eur(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

/// A queue's message with an event as EventBridge wraps it.
fn on_bus(id: u128, data: impl Into<Data>) -> String {
    let event = IntegrationEvent {
        id: Uuid::from_u128(id),
        subject: "order#1".into(),
        time: Timestamp::from_millis(1_800_000_000_000),
        sequence: 1,
        correlation_id: Uuid::from_u128(8),
        causation_id: None,
        data: data.into(),
    };
    json!({ "version": "0", "source": event.source(), "detail-type": event.detail_type(), "detail": event })
        .to_string()
}

fn payment_requested(id: u128, payment: u128, minor: i64) -> String {
    let data = OrderPaymentRequested {
        order_id: OrderId(Uuid::from_u128(1)),
        payment_id: PaymentId(Uuid::from_u128(payment)),
        conference_id: ConferenceId(Uuid::from_u128(2)),
        person_id: PersonId("ada".into()),
        amount: eur(minor),
    };
    on_bus(id, data)
}

fn refund_due(id: u128, refund: u128, payment: u128, minor: i64) -> String {
    let data = OrderRefundDue {
        order_id: OrderId(Uuid::from_u128(1)),
        refund_id: RefundId(Uuid::from_u128(refund)),
        payment_id: PaymentId(Uuid::from_u128(payment)),
        conference_id: ConferenceId(Uuid::from_u128(2)),
        person_id: PersonId("ada".into()),
        amount: eur(minor),
    };
    on_bus(id, data)
}

fn is(answer: &Answer, kind: ProblemType) -> bool {
    (answer.0, answer.1["type"].as_str()) == (kind.status(), Some(kind.uri()))
}

#[tokio::test]
async fn a_top_up_answers_the_page_to_pay_at_and_the_same_again() {
    let world = World::new().await;
    let (status, answer) = world.top_up(1, 5000).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(
        answer["amount"],
        json!({ "minor": 5000, "currency": "EUR" })
    );
    assert_eq!(
        answer["wrote"],
        json!([{ "stream": "account#EUR#ada", "version": 3 }])
    );
    let url = answer["checkout_url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{PAGE}?session=")), "{url}");
    assert_eq!(world.top_up(1, 5000).await, (201, answer.clone()));

    let other = world.top_up(1, 6000).await;
    assert!(is(&other, ProblemType::IdempotencyKeyReused), "{other:?}");
    let paid = world
        .signed(&succeeded(&answer["top_up_id"], 1, 5000))
        .await;
    assert_eq!(paid.0, 200);
    assert_eq!(world.top_up(1, 5000).await, (201, answer));
    assert_eq!(
        world.log().await,
        [
            "AccountOpened",
            "AccountApproved",
            "TopUpStarted",
            "TopUpCredited"
        ]
    );
}

#[tokio::test]
async fn an_amount_outside_its_bounds_is_refused_where_it_stands() {
    let world = World::new().await;
    for minor in [0, 99, -5000, 10_000_001] {
        let refused = world.top_up(1, minor).await;
        assert!(is(&refused, ProblemType::InvalidRequest), "{refused:?}");
        assert_eq!(refused.1["errors"][0]["field"], "amount");
    }
    assert_eq!(world.log().await, [""; 0]);
}

#[tokio::test]
async fn the_providers_word_counts_once_however_often_and_late_it_comes() {
    let world = World::new().await;
    let (_, answer) = world.top_up(1, 5000).await;
    let id = &answer["top_up_id"];
    for callback in [
        failed(id, 1),
        failed(id, 1),
        succeeded(id, 2, 5000),
        succeeded(id, 2, 5000),
        succeeded(id, 3, 5000),
        failed(id, 4),
    ] {
        assert_eq!(world.signed(&callback).await, (200, json!({})));
    }
    let log = world.log().await;
    assert_eq!(log[2..], ["TopUpStarted", "TopUpFailed", "TopUpCredited"]);

    let unknown = json!(Uuid::from_u128(99));
    let refused = world.signed(&succeeded(&unknown, 5, 5000)).await;
    assert!(is(&refused, ProblemType::NotFound), "{refused:?}");
    let other = world.signed(&succeeded(id, 6, 6000)).await;
    assert!(is(&other, ProblemType::EntryDiffers), "{other:?}");
}

#[tokio::test]
async fn a_callback_without_a_valid_signature_changes_nothing() {
    let world = World::new().await;
    let (_, answer) = world.top_up(1, 5000).await;
    let body = succeeded(&answer["top_up_id"], 1, 5000).to_string();
    let sign = |secret: &str, body: &str, minutes| {
        Secret::new(secret).sign(body.as_bytes(), now().plus_minutes(minutes))
    };
    let right = sign(SECRET, &body, 0);
    for (body, signature) in [
        (&body, None),
        (&body, Some("garbage".to_owned())),
        (&body, Some(sign("another secret", &body, 0))),
        (&body.replace("5000", "9000"), Some(right.clone())),
        (&body, Some(sign(SECRET, &body, -6))),
        (&body, Some(sign(SECRET, &body, 6))),
    ] {
        let refused = world.call_back("test", body, signature.as_deref()).await;
        assert!(is(&refused, ProblemType::InvalidSignature), "{refused:?}");
    }
    let elsewhere = world.call_back("stripe", &body, Some(&right)).await;
    assert!(is(&elsewhere, ProblemType::NotFound), "{elsewhere:?}");
    let garbage = world.signed(&json!({ "type": "payment.succeeded" })).await;
    assert!(is(&garbage, ProblemType::InvalidRequest), "{garbage:?}");
    assert_eq!(world.log().await.len(), 3);
}

#[tokio::test]
async fn an_orders_events_are_followed_up_once_however_often_they_come() {
    let world = World::new().await;
    let (_, answer) = world.top_up(1, 5000).await;
    world
        .signed(&succeeded(&answer["top_up_id"], 1, 5000))
        .await;
    let events = [
        payment_requested(1, 10, 4000),
        payment_requested(1, 10, 4000),
        payment_requested(2, 11, 2000),
        refund_due(3, 20, 10, 1500),
        payment_requested(2, 11, 2000),
        refund_due(3, 20, 10, 1500),
    ];
    assert_eq!(world.deliver(&events).await, [""; 0]);
    let log = world.log().await;
    assert_eq!(log[4..], ["ChargePosted", "ChargeDeclined", "RefundPosted"]);
}

#[tokio::test]
async fn what_contradicts_the_ledger_or_cannot_be_read_comes_again_and_the_rest_does_not() {
    let world = World::new().await;
    let events = [
        refund_due(1, 20, 10, 1500),
        "nonsense".to_owned(),
        "{}".to_owned(),
        payment_requested(2, 10, 4000).replace(".v1", ".v9"),
        on_bus(
            3,
            integration::ConferenceCancelled {
                conference_id: ConferenceId(Uuid::from_u128(2)),
            },
        ),
        payment_requested(4, 10, 4000),
        payment_requested(5, 10, 5000),
    ];
    // A refund of no charge, three that say nothing to this version, and a known payment of another amount.
    let again = world.deliver(&events).await;
    assert_eq!(again, ["m0", "m1", "m2", "m3", "m6"]);
    let log = world.log().await;
    assert_eq!(log, ["AccountOpened", "AccountApproved", "ChargeDeclined"]);
}

#[tokio::test]
async fn operators_decide_about_accounts_and_nobody_else() {
    let world = World::new().await;
    let (_, started) = world.top_up(1, 5000).await;
    let id = &started["top_up_id"];
    world.signed(&succeeded(id, 1, 5000)).await;

    let why = json!({ "reason": "called back by the bank" });
    let path = "/api/accounts/ada/EUR/block";
    let refused = world.send("ada", "POST", path, 9, why.clone()).await;
    assert!(is(&refused, ProblemType::Forbidden), "{refused:?}");

    let (status, blocked) = world.operate("block", 2, why.clone()).await;
    assert_eq!((status, &blocked["status"]), (200, &json!("blocked")));
    let started = world.top_up(3, 5000).await;
    assert!(is(&started, ProblemType::AccountNotOpenToThis));
    assert_eq!(started.1["status"], "blocked");
    let (_, unblocked) = world.operate("unblock", 4, json!({})).await;
    assert_eq!(unblocked["status"], "active");
    let (_, limited) = world
        .operate("credit-limit", 5, json!({ "limit": 700 }))
        .await;
    assert_eq!(limited["credit_limit"]["minor"], 700);
    let denied = world.operate("deny", 6, why.clone()).await;
    assert!(is(&denied, ProblemType::AccountNotOpenToThis));
    let (_, approved) = world.operate("approve", 7, json!({})).await;
    assert_eq!(approved["wrote"], json!([]));

    let closed = world.operate("close", 8, json!({})).await;
    assert!(is(&closed, ProblemType::AccountNotSettled), "{closed:?}");
    assert_eq!(closed.1["balance"]["minor"], 5000);
    let reverse = format!("entries/{}/reverse", id.as_str().unwrap());
    let (_, reversed) = world.operate(&reverse, 10, why.clone()).await;
    assert_eq!(reversed["balance"]["minor"], 0);
    let (_, closed) = world.operate("close", 11, json!({})).await;
    assert_eq!(closed["status"], "closed");

    for path in [
        "/api/accounts/bob/EUR/block",
        "/api/accounts/ada/euros/block",
    ] {
        let refused = world.send("olga", "POST", path, 12, why.clone()).await;
        assert!(is(&refused, ProblemType::NotFound), "{refused:?}");
    }
    let nameless = world.operate("block", 13, json!({})).await;
    assert!(is(&nameless, ProblemType::InvalidRequest), "{nameless:?}");
}
