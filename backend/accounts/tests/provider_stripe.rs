//! Stripe: what is sent to it, and what its answers and webhooks come to, by bodies in its documented format.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use accounts::provider::{
    BadCallback, BadSignature, Checkout, NoCheckout, PaymentResult, Provider, ProviderAnswer,
    Secret, Stripe,
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use shared::{Currency, Money, Timestamp, account::TopUpFailure};

const SECRET: &str = "whsec_test";
const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
const ACCOUNT: &str = "account#EUR#c0b6a1de-40f1-70c5-7b1c-5a9d2f6e8b66";
const TOP_UP: &str = "6a2e6e1c-7c0e-5a39-9a55-2f0d2b8f3c11";

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("stripe/", $name, ".json"))
    };
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn eur(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

/// What a webhook with this body, signed now, comes to.
fn read(body: &str) -> Result<Option<ProviderAnswer>, BadCallback> {
    let header = Secret::new(SECRET).sign(body.as_bytes(), now());
    let mut headers = HeaderMap::new();
    headers.insert("stripe-signature", header.parse().unwrap());
    let stripe = Stripe::new("https://api.stripe.com", KEY, SECRET).unwrap();
    stripe.read(&headers, body.as_bytes(), now())
}

fn answer(id: &str, result: PaymentResult) -> Result<Option<ProviderAnswer>, BadCallback> {
    Ok(Some(ProviderAnswer {
        id: id.into(),
        account: ACCOUNT.parse().unwrap(),
        top_up_id: TOP_UP.parse().unwrap(),
        result,
    }))
}

fn paid() -> PaymentResult {
    PaymentResult::Succeeded {
        amount: eur(5000),
        reference: "pi_3Q9tXvBnM5kLw2Rz1YcHdJfA".into(),
    }
}

#[test]
fn a_paid_session_is_a_success_of_what_was_paid() {
    assert_eq!(
        read(recorded!("completed")),
        answer("evt_1Q9tYaBnM5kLw2RzKpLmNoPq", paid())
    );
    assert_eq!(
        read(recorded!("async_payment_succeeded")),
        answer("evt_1Q9tYcBnM5kLw2RzYzAbCdEf", paid())
    );
}

#[test]
fn a_session_that_waits_for_a_slow_payment_method_is_no_answer_yet() {
    assert_eq!(read(recorded!("completed_unpaid")), Ok(None));
}

#[test]
fn a_failed_or_lapsed_session_is_a_failure() {
    let failed = |reason| PaymentResult::Failed { reason };
    assert_eq!(
        read(recorded!("async_payment_failed")),
        answer(
            "evt_1Q9tYdBnM5kLw2RzGhIjKlMn",
            failed(TopUpFailure::Declined)
        )
    );
    assert_eq!(
        read(recorded!("expired")),
        answer(
            "evt_1Q9tYeBnM5kLw2RzOpQrStUv",
            failed(TopUpFailure::Expired)
        )
    );
}

#[test]
fn what_is_not_about_a_top_up_is_of_no_concern() {
    assert_eq!(read(recorded!("payment_intent_succeeded")), Ok(None));
    assert_eq!(read(recorded!("completed_elsewhere")), Ok(None));
}

#[test]
fn a_signed_body_in_another_form_is_unreadable_and_one_that_is_not_signed_is_not_read() {
    for body in [
        "",
        "nonsense",
        "{}",
        &recorded!("completed").replace("\"eur\"", "\"euros\""),
        &recorded!("completed").replace("\"amount_total\": 5000", "\"amount_total\": null"),
        &recorded!("completed").replace(ACCOUNT, "order#1"),
        &recorded!("completed").replace(TOP_UP, "42"),
    ] {
        let refused = read(body).unwrap_err();
        assert!(matches!(refused, BadCallback::Unreadable(_)), "{body}");
    }
    let stripe = Stripe::new("https://api.stripe.com", KEY, SECRET).unwrap();
    let unsigned = stripe.read(&HeaderMap::new(), b"nonsense", now());
    assert_eq!(unsigned, Err(BadCallback::Signature(BadSignature::Missing)));
}

/// A request as the stand-in for Stripe met it.
#[derive(Clone, Debug)]
struct Met {
    headers: HeaderMap,
    body: String,
}

/// A Stripe that gives this answer, and what it met.
async fn stripe(status: StatusCode, answer: &'static str) -> (Stripe, Arc<Mutex<Vec<Met>>>) {
    let met = Arc::new(Mutex::new(Vec::new()));
    let keep = met.clone();
    let create = move |headers: HeaderMap, body: Bytes| async move {
        let body = String::from_utf8(body.to_vec()).unwrap();
        keep.lock().unwrap().push(Met { headers, body });
        (status, answer)
    };
    let routes = Router::new().route("/v1/checkout/sessions", post(create));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes).into_future());
    (Stripe::new(&address, KEY, SECRET).unwrap(), met)
}

fn checkout() -> Checkout {
    Checkout {
        command_id: "0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10".parse().unwrap(),
        top_up_id: TOP_UP.parse().unwrap(),
        account: ACCOUNT.parse().unwrap(),
        amount: eur(5000),
        description: "Top-up of your Plenary account".into(),
        return_url: "https://plenary.example/account".into(),
        until: now().plus_minutes(720),
    }
}

#[tokio::test]
async fn a_session_is_created_with_all_that_its_webhook_must_bring_back() {
    let (stripe, met) = stripe(StatusCode::OK, recorded!("session_created")).await;
    let url = stripe.checkout(&checkout()).await.unwrap();
    assert!(url.starts_with("https://checkout.stripe.com/c/pay/cs_test_"));

    let Met { headers, body } = met.lock().unwrap()[0].clone();
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(headers["stripe-version"], "2025-05-28.basil");
    assert_eq!(
        headers["idempotency-key"],
        "0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10"
    );
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let expected = [
        ("mode", "payment"),
        ("client_reference_id", TOP_UP),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "5000"),
        (
            "line_items[0][price_data][product_data][name]",
            "Top-up of your Plenary account",
        ),
        ("adaptive_pricing[enabled]", "false"),
        ("metadata[account]", ACCOUNT),
        ("metadata[top_up_id]", TOP_UP),
        ("success_url", "https://plenary.example/account"),
        ("cancel_url", "https://plenary.example/account"),
        ("expires_at", "1800043200"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields, BTreeMap::from(expected));
}

#[tokio::test]
async fn the_same_checkout_asked_for_again_is_the_same_request() {
    let (stripe, met) = stripe(StatusCode::OK, recorded!("session_created")).await;
    let first = stripe.checkout(&checkout()).await.unwrap();
    assert_eq!(stripe.checkout(&checkout()).await.unwrap(), first);
    let met = met.lock().unwrap();
    assert_eq!(met[0].body, met[1].body);
    assert_eq!(
        met[0].headers["idempotency-key"],
        met[1].headers["idempotency-key"]
    );
}

#[tokio::test]
async fn what_passes_is_told_from_what_does_not() {
    for (status, body, passes) in [
        (StatusCode::BAD_REQUEST, recorded!("error_400"), false),
        (StatusCode::UNAUTHORIZED, recorded!("error_401"), false),
        (StatusCode::CONFLICT, "{}", true),
        (StatusCode::TOO_MANY_REQUESTS, recorded!("error_429"), true),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            recorded!("error_500"),
            true,
        ),
        (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>", true),
        (StatusCode::OK, "<html>maintenance</html>", true),
    ] {
        let (stripe, _) = stripe(status, body).await;
        let error = stripe.checkout(&checkout()).await.unwrap_err();
        let is_passing = matches!(error, NoCheckout::Unavailable(_));
        assert_eq!(is_passing, passes, "{status}: {error}");
        // Messages may quote what was sent; the log gets the codes only.
        assert!(!error.to_string().contains("sk_test"), "{error}");
    }
    let (stripe, _) = stripe(StatusCode::BAD_REQUEST, recorded!("error_400")).await;
    let error = stripe.checkout(&checkout()).await.unwrap_err().to_string();
    assert!(error.contains("parameter_invalid_integer"), "{error}");
}

#[tokio::test]
async fn a_stripe_that_does_not_answer_may_do_so_later() {
    let nobody = Stripe::new("http://127.0.0.1:9", KEY, SECRET).unwrap();
    let error = nobody.checkout(&checkout()).await.unwrap_err();
    assert!(matches!(error, NoCheckout::Unavailable(_)), "{error}");
}
