//! Paying, over HTTP: two contexts, the bus between them and a payment provider, as a person meets them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::time::Duration;

use local::{Deliveries, Options};
use plenary_http::clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::system::{Person, System, new_id, order};
use tokio::sync::Mutex;

/// The clock is one for the whole process: tests that move it, and those that hold seats, take turns.
static CLOCK: Mutex<()> = Mutex::const_new(());

fn balance(accounts: &Value) -> i64 {
    accounts["accounts"][0]["balance"]["minor"]
        .as_i64()
        .unwrap_or(0)
}

async fn has(person: &Person, minor: i64) {
    person
        .until("/api/account", |accounts| balance(accounts) == minor)
        .await;
}

/// An order of so many seats at 100.00; its id and path.
async fn place(person: &Person, conference: &str, pool: &str, quantity: u32) -> (String, String) {
    let id = new_id();
    let placed = person
        .command("/api/orders", order(&id, conference, pool, quantity, false))
        .await;
    placed.accepted();
    let path = format!("/api/orders/{id}");
    (id, path)
}

async fn ask(person: &Person, order: &str) {
    let asked = person.command(&format!("{order}/confirm"), json!({})).await;
    assert_eq!(asked.accepted()["status"], "awaiting_payment");
}

async fn becomes(person: &Person, order: &str, status: &str) -> Value {
    person
        .until(order, |order| order["status"] == status)
        .await
        .body
}

/// What a timeline says that went back, and is back.
fn refunds(order: &Value) -> (i64, i64) {
    let entries = order["timeline"].as_array().unwrap();
    let sum = |word: &str| -> i64 {
        let amounts = entries.iter().map(|entry| &entry["what"][word]["amount"]);
        amounts.filter_map(|amount| amount["minor"].as_i64()).sum()
    };
    (sum("refund_due"), sum("refunded"))
}

/// Pay in, book, pay, give a seat up, and see each step on the statement and at the organizer's.
async fn journey(system: &System) {
    let otto = system
        .person(&format!("{}@example.org", new_id()), &["organizer"])
        .await;
    let ada = system
        .person(&format!("{}@example.org", new_id()), &[])
        .await;
    let (conference, pools) = system.on_sale(&otto, &[10]).await;
    let (_, mine) = place(&ada, &conference, &pools[0], 3).await;

    // Without money: declined, the hold stays, and how much is missing is said.
    ask(&ada, &mine).await;
    let declined = ada
        .until(&mine, |order| {
            let last = order["timeline"].as_array().unwrap().last().unwrap();
            last["what"]["payment_declined"].is_object()
        })
        .await;
    assert_eq!(declined.body["status"], "reserved");
    let last = declined.body["timeline"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    let why = &last["what"]["payment_declined"];
    assert_eq!(why["reason"], "insufficient_funds");
    assert_eq!(why["shortfall"]["minor"], 30_000);

    // Money for the order pays it without another word.
    let id = mine.rsplit('/').next().unwrap();
    ada.pay_in(35_000, Some(id), "twice").await;
    let confirmed = becomes(&ada, &mine, "confirmed").await;
    assert_eq!(confirmed["paid"]["minor"], 30_000);
    has(&ada, 5_000).await;

    let one = ada
        .command(&format!("{mine}/lines/1/cancel"), json!({ "seats": [2] }))
        .await;
    one.accepted();
    has(&ada, 15_000).await;
    let after = ada
        .until(&mine, |order| refunds(order) == (10_000, 10_000))
        .await;
    assert_eq!(after.body["paid"]["minor"], 20_000);

    let statement = ada
        .until("/api/account/statement?currency=EUR", |statement| {
            statement["entries"].as_array().unwrap().len() == 3
        })
        .await;
    let entries = statement.body["entries"].as_array().unwrap();
    let amounts: Vec<_> = entries
        .iter()
        .map(|entry| &entry["amount"]["minor"])
        .collect();
    assert_eq!(amounts, [&json!(10_000), &json!(-30_000), &json!(35_000)]);
    let balances: Vec<_> = entries
        .iter()
        .map(|entry| &entry["balance"]["minor"])
        .collect();
    assert_eq!(balances, [&json!(15_000), &json!(5_000), &json!(35_000)]);

    let proceeds = format!("/api/conferences/{conference}/proceeds");
    let net = otto
        .until(&proceeds, |proceeds| proceeds["net"]["minor"] == 20_000)
        .await;
    assert_eq!(net.body["charged"]["minor"], 30_000);
    assert_eq!(ada.get(&proceeds).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_pays_in_books_pays_and_gets_back_what_is_given_up() {
    let _turn = CLOCK.lock().await;
    let system = System::start().await;
    journey(&system).await;
    let published = system.published().await;
    for (name, times) in [
        ("order.placed.v1", 1),
        ("order.payment-requested.v1", 2),
        ("account.charge-declined.v1", 1),
        ("account.top-up-credited.v1", 1),
        ("account.charge-posted.v1", 1),
        ("order.confirmed.v1", 1),
        ("order.refund-due.v1", 1),
        ("account.refund-posted.v1", 1),
    ] {
        assert_eq!(published.get(name), Some(&times), "{name}: {published:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_comes_about_when_every_message_comes_twice_and_in_any_order() {
    let _turn = CLOCK.lock().await;
    let system = System::start_with(|options: &mut Options, _| {
        options.deliveries = Deliveries::Shuffled(7);
    })
    .await;
    for _ in 0..3 {
        journey(&system).await;
    }
    system.published().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_card_costs_nothing_and_can_be_tried_again() {
    let _turn = CLOCK.lock().await;
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let (conference, pools) = system.on_sale(&otto, &[10]).await;
    let (id, mine) = place(&ada, &conference, &pools[0], 1).await;
    ada.pay_in(10_000, Some(&id), "decline").await;
    let failed = ada
        .until("/api/account", |accounts| {
            accounts["accounts"][0]["failed_top_ups"][0]["reason"] == "declined"
        })
        .await;
    assert_eq!(balance(&failed.body), 0);
    assert_eq!(ada.get(&mine).await.body["status"], "reserved");
    ada.pay_in(10_000, Some(&id), "pay").await;
    becomes(&ada, &mine, "confirmed").await;
    has(&ada, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_twenty_minutes_late_ends_in_seats_while_they_are_free_and_in_a_refund_otherwise()
{
    let _turn = CLOCK.lock().await;
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let bob = system.person("bob@example.org", &[]).await;
    for (taken, status) in [(1, "confirmed"), (2, "refunded")] {
        let (conference, pools) = system.on_sale(&otto, &[4]).await;
        let (id, mine) = place(&ada, &conference, &pools[0], 3).await;
        ada.pay_in(30_000, Some(&id), "late").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(ada.get(&mine).await.body["status"], "reserved", "not yet");

        clock::advance(19);
        assert_eq!(ada.get(&mine).await.body["status"], "expired");
        // Somebody else takes what the hold gave free: of four seats one, or more than Ada can do without.
        place(&bob, &conference, &pools[0], taken).await;
        clock::advance(1);
        let ended = becomes(&ada, &mine, status).await;
        if status == "confirmed" {
            assert_eq!(ended["paid"]["minor"], 30_000);
            has(&ada, 0).await;
        } else {
            has(&ada, 30_000).await;
            let told = ada
                .until(&mine, |order| refunds(order) == (30_000, 30_000))
                .await;
            let entries = told.body["timeline"].as_array().unwrap();
            let why = entries
                .iter()
                .find_map(|entry| entry["what"]["refund_due"]["reason"].as_str());
            assert_eq!(why, Some("seats_gone"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_conference_is_cancelled_every_order_is_and_what_was_paid_goes_back() {
    let _turn = CLOCK.lock().await;
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let (conference, pools) = system.on_sale(&otto, &[20]).await;
    let mut orders = Vec::new();
    for number in 0..6 {
        let person = system
            .person(&format!("person-{number}@example.org"), &[])
            .await;
        let (id, path) = place(&person, &conference, &pools[0], 2).await;
        if number % 2 == 0 {
            person.buy(&id, 20_000).await;
        }
        orders.push((person, path, number % 2 == 0));
    }
    let cancel = format!("/api/conferences/{conference}/cancel");
    let foreign = system.person("eve@example.org", &["organizer"]).await;
    assert_eq!(
        foreign.command(&cancel, json!({})).await.problem(),
        "forbidden"
    );
    let cancelled = otto.command(&cancel, json!({})).await;
    assert_eq!(cancelled.accepted()["status"], "cancelled");
    for (person, path, paid) in &orders {
        becomes(person, path, "cancelled").await;
        if *paid {
            has(person, 20_000).await;
        }
    }
    let late = order(&new_id(), &conference, &pools[0], 1, false);
    let late = orders[0].0.command("/api/orders", late).await;
    assert_eq!(late.problem(), "conference-cancelled");
    let proceeds = format!("/api/conferences/{conference}/proceeds");
    let went_back =
        |proceeds: &Value| proceeds["net"]["minor"] == 0 && proceeds["charged"]["minor"] == 60_000;
    otto.until(&proceeds, went_back).await;
    let published = system.published().await;
    assert_eq!(published.get("conference.cancelled.v1"), Some(&1));
    assert_eq!(published.get("order.cancelled.v1"), Some(&6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_ran_out_is_released_by_the_schedule() {
    let _turn = CLOCK.lock().await;
    let system = System::start_with(|options: &mut Options, _| {
        options.schedule = Duration::from_millis(300);
    })
    .await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let (conference, pools) = system.on_sale(&otto, &[4]).await;
    let ada = system.person("ada@example.org", &[]).await;
    place(&ada, &conference, &pools[0], 3).await;
    clock::advance(15);
    // The view counts it as free at once; that the log says so is seen by the pool's version.
    let pool = format!("seats#{conference}#{}", pools[0]);
    let there = format!("/api/conferences/{conference}/availability");
    let released = |availability: &Value| availability["as_of"][&pool] == 3;
    let seen = otto.until(&there, released).await;
    assert_eq!(seen.body["seat_types"][0]["remaining"], 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsigned_callback_or_one_of_another_provider_moves_no_money() {
    let system = System::start().await;
    let ada = system.person("ada@example.org", &[]).await;
    let started = ada.pay_in(10_000, None, "never").await;
    let body = json!({
        "id": new_id(),
        "type": "payment.succeeded",
        "top_up_id": started.body["top_up_id"],
        "account": started.body["wrote"][0]["stream"],
        "amount": { "minor": 10_000, "currency": "EUR" },
    });
    let stale = "t=1800000000,v1=00";
    for (path, signature) in [
        ("/api/payments/test/callback", None),
        ("/api/payments/test/callback", Some(stale)),
        ("/api/payments/stripe/callback", Some(stale)),
    ] {
        let headers: Vec<_> = signature
            .map(|signature| ("plenary-signature", signature))
            .into_iter()
            .collect();
        let answer = system
            .nobody()
            .send(Method::POST, path, &headers, Some(body.to_string()))
            .await;
        assert!(answer.status.is_client_error(), "{}", answer.text);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(balance(&ada.get("/api/account").await.body), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_an_operator_decides_about_accounts() {
    let system = System::start().await;
    let ada = system.person("ada@example.org", &[]).await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let olga = system.person("olga@example.org", &["operator"]).await;
    let started = ada.pay_in(10_000, None, "pay").await;
    has(&ada, 10_000).await;
    let stream = started.body["wrote"][0]["stream"].as_str().unwrap();
    let sub = stream.rsplit('#').next().unwrap();
    let block = format!("/api/accounts/{sub}/EUR/block");
    let why = json!({ "reason": "a check" });
    for person in [&ada, &otto] {
        assert_eq!(
            person.command(&block, why.clone()).await.problem(),
            "forbidden"
        );
    }
    let blocked = olga.command(&block, why.clone()).await;
    assert_eq!(blocked.accepted()["status"], "blocked");
    ada.until("/api/account", |accounts| {
        accounts["accounts"][0]["status"] == "blocked"
    })
    .await;
}
