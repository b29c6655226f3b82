//! The HTTP interface, as a client meets it through the gateway.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::system::{Answer, Person, System, conference, new_id, order, seat_type};

/// Send a command twice with one key, and once more with another body: the second gets the first answer, the third is
/// refused. Answers the first.
async fn thrice(person: &Person, method: Method, path: &str, body: Value, other: Value) -> Answer {
    let key = new_id();
    let first = person
        .command_again(method.clone(), path, &key, &body)
        .await;
    first.accepted();
    let again = person
        .command_again(method.clone(), path, &key, &body)
        .await;
    assert_eq!(
        (again.status, &again.body),
        (first.status, &first.body),
        "{path}"
    );
    let reused = person.command_again(method, path, &key, &other).await;
    // Where the body can say nothing else, another body is not even a valid one.
    let problem = reused.problem();
    assert!(
        matches!(problem, "idempotency-key-reused" | "invalid-request"),
        "{path}: {problem}"
    );
    assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY);
    first
}

fn changed(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

#[tokio::test]
async fn the_whole_road_each_command_twice() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = system.person(&somebody(), &[]).await;

    let body = conference(&new_id());
    let created = thrice(
        &otto,
        Method::POST,
        "/api/conferences",
        body.clone(),
        changed(&body, "city", json!("Delft")),
    )
    .await;
    assert_eq!(created.status, StatusCode::CREATED);
    let id = created.body["conference_id"].as_str().unwrap().to_owned();
    let at = format!("/api/conferences/{id}");
    // A draft is nobody's business.
    assert_eq!(system.nobody().get(&at).await.problem(), "not-found");

    thrice(
        &otto,
        Method::PATCH,
        &at,
        json!({ "city": "Delft" }),
        json!({ "city": "Gouda" }),
    )
    .await;
    let seat_types = format!("{at}/seat-types");
    let added = thrice(
        &otto,
        Method::POST,
        &seat_types,
        seat_type(10),
        seat_type(11),
    )
    .await;
    let pool = added.body["seat_type_id"].as_str().unwrap().to_owned();
    let this = format!("{seat_types}/{pool}");
    thrice(
        &otto,
        Method::PATCH,
        &this,
        json!({ "quota": 12 }),
        json!({ "quota": 13 }),
    )
    .await;
    let published = thrice(
        &otto,
        Method::POST,
        &format!("{at}/publish"),
        json!({}),
        json!({ "x": 1 }),
    )
    .await;

    let seen = system
        .nobody()
        .get(&format!("{at}?min_version={}", published.wrote()))
        .await;
    assert_eq!(seen.accepted()["seat_types"][0]["remaining"], 12);
    assert_eq!(seen.body["city"], "Delft");

    let order_id = new_id();
    let place = order(&order_id, &id, &pool, 3, false);
    let placed = thrice(
        &ada,
        Method::POST,
        "/api/orders",
        place.clone(),
        order(&order_id, &id, &pool, 4, false),
    )
    .await;
    assert_eq!(placed.status, StatusCode::CREATED);
    assert_eq!(placed.body["lines"][0]["granted"], 3);
    assert_eq!(
        placed.body["total"],
        json!({ "minor": 30_000, "currency": "EUR" })
    );
    assert_eq!(placed.body["locator"].as_str().unwrap().len(), 6);
    let placed_again = ada
        .command("/api/orders", order(&order_id, &id, &pool, 4, false))
        .await;
    assert_eq!(placed_again.problem(), "order-exists");

    let mine = format!("/api/orders/{order_id}");
    let extended = thrice(
        &ada,
        Method::POST,
        &format!("{mine}/extend"),
        json!({}),
        json!({ "x": 1 }),
    )
    .await;
    assert_eq!(extended.body["can_extend"], false);
    let name = |name: &str| json!({ "attendees": [{ "line": 1, "seat": 1, "name": name, "email": "grace@example.org" }] });
    thrice(
        &ada,
        Method::POST,
        &format!("{mine}/attendees"),
        name("Grace Hopper"),
        name("Grace H."),
    )
    .await;
    ada.pay_in(30_000, None, "pay").await;
    let has_money = |accounts: &Value| accounts["accounts"][0]["balance"]["minor"] == 30_000;
    ada.until("/api/account", has_money).await;
    let confirmed = thrice(
        &ada,
        Method::POST,
        &format!("{mine}/confirm"),
        json!({}),
        json!({ "x": 1 }),
    )
    .await;
    assert_eq!(confirmed.body["status"], "awaiting_payment");

    let seen = ada
        .until(&mine, |order| order["status"] == "confirmed")
        .await;
    assert_eq!(
        seen.accepted()["lines"][0]["seats"][0]["attendee"]["name"],
        "Grace Hopper"
    );
    let happened: Vec<_> = seen.body["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| said(&entry["what"]))
        .collect();
    assert_eq!(
        happened,
        [
            "placed",
            "seats_held",
            "hold_extended",
            "attendee_assigned",
            "payment_requested",
            "confirmed"
        ]
    );

    let availability = format!("{at}/availability");
    let seen = system
        .nobody()
        .until(&availability, |pools| pools["seat_types"][0]["sold"] == 3)
        .await;
    let pool_now = &seen.accepted()["seat_types"][0];
    assert_eq!(
        (&pool_now["remaining"], &pool_now["sold"], &pool_now["held"]),
        (&json!(9), &json!(3), &json!(0))
    );

    let line = format!("{mine}/lines/1/cancel");
    let cancelled = thrice(
        &ada,
        Method::POST,
        &line,
        json!({ "seats": [2] }),
        json!({ "seats": [3] }),
    )
    .await;
    assert_eq!(
        cancelled.body["lines"][0]["seats"],
        json!(["confirmed", "cancelled", "confirmed"])
    );
    let all = thrice(
        &ada,
        Method::POST,
        &format!("{mine}/cancel"),
        json!({}),
        json!({ "x": 1 }),
    )
    .await;
    assert_eq!(all.body["status"], "cancelled");
    let seen = system
        .nobody()
        .get(&format!("{availability}?min_version={}", all.wrote()))
        .await;
    assert_eq!(seen.accepted()["seat_types"][0]["remaining"], 12);
    let seen = ada
        .get(&format!("/api/me/orders?min_version={}", all.wrote()))
        .await;
    assert_eq!(seen.accepted()["orders"][0]["status"], "cancelled");

    // The first answers still stand, and asking for them wrote nothing.
    let unpublished = thrice(
        &otto,
        Method::POST,
        &format!("{at}/unpublish"),
        json!({}),
        json!({ "x": 1 }),
    )
    .await;
    assert_eq!(unpublished.body["status"], "unpublished");
    assert_eq!(
        unpublished.body["wrote"][0]["version"], 6,
        "created, revised, added, revised, published, unpublished"
    );
    assert_eq!(all.body["wrote"].as_array().unwrap().len(), 2);
}

/// The address of somebody of whom nothing is known yet, on a system that others use as well.
fn somebody() -> String {
    format!("{}@example.org", new_id())
}

/// What a timeline's entry says: a word, or a word with more about it.
fn said(what: &Value) -> &str {
    let word = what.as_object().and_then(|what| what.keys().next());
    what.as_str()
        .or(word.map(String::as_str))
        .unwrap_or_default()
}

#[tokio::test]
async fn a_key_that_came_with_another_order_is_refused() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let (id, pools) = system.on_sale(&otto, &[10]).await;
    let key = new_id();
    let one = order(&new_id(), &id, &pools[0], 1, false);
    ada.command_again(Method::POST, "/api/orders", &key, &one)
        .await
        .accepted();
    let other = order(&new_id(), &id, &pools[0], 1, false);
    let refused = ada
        .command_again(Method::POST, "/api/orders", &key, &other)
        .await;
    assert_eq!(refused.problem(), "idempotency-key-reused");
}

#[tokio::test]
async fn bad_input_gets_a_precise_problem_and_writes_nothing() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = format!("ada-{}@example.org", new_id());
    let ada = system.person(&ada, &[]).await;
    let (id, pools) = system.on_sale(&otto, &[10]).await;
    let availability = format!("/api/conferences/{id}/availability");
    let before = ada.get(&availability).await.body;
    let good = order(&new_id(), &id, &pools[0], 1, false);
    let quantity = |quantity: Value| {
        let mut body = good.clone();
        body["lines"][0]["quantity"] = quantity;
        body.to_string()
    };

    for (body, status, problem, place) in [
        ("not json".to_owned(), 400, "malformed-json", Value::Null),
        (
            String::from("{\"order_id\":"),
            400,
            "malformed-json",
            Value::Null,
        ),
        ("[]".to_owned(), 422, "invalid-request", json!("")),
        (
            changed(&good, "colour", json!("red")).to_string(),
            422,
            "invalid-request",
            json!("colour"),
        ),
        (
            quantity(json!(0)),
            422,
            "invalid-request",
            json!("lines[0].quantity"),
        ),
        (
            quantity(json!(-1)),
            422,
            "invalid-request",
            json!("lines[0].quantity"),
        ),
        (
            quantity(json!(1_000_000_000)),
            422,
            "invalid-request",
            json!("lines[0].quantity"),
        ),
        (
            quantity(json!("2")),
            422,
            "invalid-request",
            json!("lines[0].quantity"),
        ),
        (
            changed(&good, "lines", json!([])).to_string(),
            422,
            "invalid-request",
            json!("lines"),
        ),
        (
            changed(&good, "order_id", json!("42")).to_string(),
            422,
            "invalid-request",
            json!("order_id"),
        ),
        (
            changed(&good, "conference_id", json!(new_id())).to_string(),
            404,
            "not-found",
            Value::Null,
        ),
        (quantity(json!(11)), 409, "too-many-per-order", Value::Null),
        (
            changed(&good, "colour", json!("x".repeat(1 << 20))).to_string(),
            413,
            "body-too-large",
            Value::Null,
        ),
    ] {
        let shown: String = body.chars().take(80).collect();
        let answer = ada
            .send(
                Method::POST,
                "/api/orders",
                &[("idempotency-key", &new_id())],
                Some(body),
            )
            .await;
        assert_eq!(
            (answer.problem(), answer.status.as_u16()),
            (problem, status),
            "{shown}: {}",
            answer.text
        );
        assert_eq!(
            answer.body["errors"][0]["field"], place,
            "{shown}: {}",
            answer.text
        );
        assert!(answer.text.len() < 2000, "{shown} is echoed");
    }

    let body = Some(good.to_string());
    let keyless = ada
        .send(Method::POST, "/api/orders", &[], body.clone())
        .await;
    assert_eq!(keyless.problem(), "idempotency-key-missing");
    let odd_key = ada
        .send(
            Method::POST,
            "/api/orders",
            &[("idempotency-key", "42")],
            body.clone(),
        )
        .await;
    assert_eq!(odd_key.problem(), "idempotency-key-missing");
    let headers = [
        ("idempotency-key", new_id()),
        ("content-type", "text/plain".to_owned()),
    ];
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let text = ada
        .send(
            Method::POST,
            &format!("/api/orders/{}/confirm", new_id()),
            &headers,
            None,
        )
        .await;
    assert_eq!(text.problem(), "not-found");
    assert_eq!(
        ada.send(Method::PUT, "/api/orders", &[], None)
            .await
            .problem(),
        "method-not-allowed"
    );
    assert_eq!(ada.get("/api/nothing").await.problem(), "not-found");
    assert_eq!(ada.get("/api/conferences/%ff").await.problem(), "not-found");
    assert_eq!(
        ada.get("/api/conferences?colour=red").await.problem(),
        "invalid-request"
    );
    assert_eq!(
        ada.get(&format!("{availability}?min_version=x"))
            .await
            .problem(),
        "invalid-request"
    );

    assert_eq!(ada.get(&availability).await.body, before);
    assert_eq!(
        ada.get("/api/me/orders").await.accepted()["orders"],
        json!([])
    );
}

#[tokio::test]
async fn bad_conferences_are_refused_with_the_reason() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let good = conference(&new_id());
    for (field, value, problem) in [
        ("name", json!("x"), "invalid-request"),
        ("slug", json!("No Slug"), "invalid-request"),
        ("currency", json!("euro"), "invalid-request"),
        (
            "starts_at",
            json!("2027-02-30T00:00:00Z"),
            "invalid-request",
        ),
        (
            "ends_at",
            json!("2027-05-18T06:59:59Z"),
            "ends-before-start",
        ),
        ("time_zone", json!("Europe/Atlantis"), "unknown-time-zone"),
    ] {
        let refused = otto
            .command("/api/conferences", changed(&good, field, value))
            .await;
        assert_eq!(
            (refused.problem(), &refused.body["errors"][0]["field"]),
            (problem, &json!(field))
        );
    }
    otto.command("/api/conferences", good.clone())
        .await
        .accepted();
    assert_eq!(
        otto.command("/api/conferences", good).await.problem(),
        "slug-taken"
    );
}

#[tokio::test]
async fn a_token_that_is_missing_expired_or_forged_gets_in_nowhere() {
    let system = System::start().await;
    let wanted = json!({ "email": "ada@example.org", "name": "Ada", "roles": ["organizer"], "expires_in": -1 });
    let expired = system
        .nobody()
        .send(Method::POST, "/dev/token", &[], Some(wanted.to_string()))
        .await;
    let expired = expired.body["access_token"].as_str().unwrap().to_owned();
    let sound = system
        .person("ada@example.org", &["organizer"])
        .await
        .token
        .unwrap();
    let (signed, signature) = sound.rsplit_once('.').unwrap();
    let other_signature: String = signature.chars().rev().collect();
    let mut forged = sound.clone();
    forged.replace_range(40..41, if &forged[40..41] == "A" { "B" } else { "A" });
    for token in [
        None,
        Some(String::new()),
        Some("nonsense".into()),
        Some(expired),
        Some(forged),
        Some(format!("{signed}.{other_signature}")),
        Some(format!("{signed}.")),
    ] {
        let caller = system.with_token(token.clone());
        for answer in [
            caller.command("/api/orders", json!({})).await,
            caller
                .command("/api/conferences", conference(&new_id()))
                .await,
            caller.get("/api/me/orders").await,
        ] {
            assert_eq!(answer.problem(), "unauthenticated", "{token:?}");
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
    }
}

#[tokio::test]
async fn what_the_issuer_cannot_read_is_a_problem_too() {
    let system = System::start().await;
    let nobody = system.nobody();
    let post = async |path, body: &str| {
        let body = Some(body.to_owned());
        nobody.send(Method::POST, path, &[], body).await
    };
    assert_eq!(post("/dev/token", "{").await.problem(), "malformed-json");
    assert_eq!(post("/dev/token", "{}").await.problem(), "invalid-request");
    assert_eq!(
        post("/oidc/authorize", "{}").await.problem(),
        "invalid-request"
    );
    for path in ["/oidc/authorize", "/oidc/logout"] {
        let answer = nobody.get(&format!("{path}?state=1&state=2")).await;
        assert_eq!(answer.problem(), "invalid-request", "{path}");
    }
    // What a client of OAuth 2 understands instead.
    let refused = post("/oidc/token", "{}").await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["error"]),
        (400, &json!("invalid_request"))
    );
}

#[tokio::test]
async fn only_organizers_organize_and_only_their_own() {
    let system = System::start().await;
    let ada = system.person("ada@example.org", &[]).await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let oona = system.person("oona@example.org", &["organizer"]).await;
    let olga = system.person("olga@example.org", &["operator"]).await;
    assert_eq!(
        ada.command("/api/conferences", conference(&new_id()))
            .await
            .problem(),
        "forbidden"
    );
    let (id, _) = system.on_sale(&otto, &[10]).await;
    let unpublish = format!("/api/conferences/{id}/unpublish");
    for (person, problem) in [(&ada, "forbidden"), (&oona, "forbidden")] {
        assert_eq!(
            person.command(&unpublish, json!({})).await.problem(),
            problem
        );
    }
    olga.command(&unpublish, json!({})).await.accepted();
}

#[tokio::test]
async fn somebody_elses_order_is_not_there() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let (ada, bob) = (
        system.person("ada@example.org", &[]).await,
        system.person("bob@example.org", &[]).await,
    );
    let (id, pools) = system.on_sale(&otto, &[10]).await;
    let order_id = new_id();
    let placed = ada
        .command("/api/orders", order(&order_id, &id, &pools[0], 2, false))
        .await;
    let mine = format!("/api/orders/{order_id}");
    ada.get(&format!("{mine}?min_version={}", placed.wrote()))
        .await
        .accepted();
    for there in [
        mine.clone(),
        format!("{mine}/ticket.svg"),
        format!("{mine}/calendar.ics"),
    ] {
        assert_eq!(bob.get(&there).await.problem(), "not-found");
    }
    for (command, body) in [
        ("confirm", json!({})),
        ("cancel", json!({})),
        ("extend", json!({})),
        ("lines/1/cancel", json!({ "seats": [1] })),
        (
            "attendees",
            json!({ "attendees": [{ "line": 1, "seat": 1, "name": "Eve" }] }),
        ),
    ] {
        assert_eq!(
            bob.command(&format!("{mine}/{command}"), body)
                .await
                .problem(),
            "not-found"
        );
    }
    assert_eq!(
        bob.get("/api/me/orders").await.accepted()["orders"],
        json!([])
    );
}

#[tokio::test]
async fn a_shortfall_says_what_is_free_instead() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let (id, pools) = system.on_sale(&otto, &[3]).await;
    ada.command("/api/orders", order(&new_id(), &id, &pools[0], 2, false))
        .await
        .accepted();
    let refused = ada
        .command("/api/orders", order(&new_id(), &id, &pools[0], 2, false))
        .await;
    assert_eq!(refused.problem(), "seats-unavailable");
    let shortfall = &refused.body["shortfalls"][0];
    assert_eq!(
        (&shortfall["remaining"], &shortfall["held"]),
        (&json!(1), &json!(2))
    );
    assert!(shortfall["next_release_at"].is_string());
    let partial = ada
        .command("/api/orders", order(&new_id(), &id, &pools[0], 2, true))
        .await;
    assert_eq!(partial.accepted()["status"], "partly_reserved");
}

#[tokio::test]
async fn an_unchanged_view_is_answered_with_304() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let (id, pools) = system.on_sale(&otto, &[10]).await;
    let page = format!("/api/conferences/{id}");
    let first = system.nobody().get(&page).await;
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    let again = system
        .nobody()
        .send(Method::GET, &page, &[("if-none-match", &etag)], None)
        .await;
    assert_eq!(
        (again.status, again.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    let placed = otto
        .command("/api/orders", order(&new_id(), &id, &pools[0], 2, false))
        .await;
    let there = format!("{page}?min_version={}", placed.wrote());
    let changed = system
        .nobody()
        .send(Method::GET, &there, &[("if-none-match", &etag)], None)
        .await;
    assert_eq!(changed.accepted()["seat_types"][0]["remaining"], 8);
}

#[tokio::test]
async fn a_confirmed_order_has_a_ticket_and_a_calendar_entry() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let (id, pools) = system.on_sale(&otto, &[10]).await;
    let order_id = new_id();
    let placed = otto
        .command("/api/orders", order(&order_id, &id, &pools[0], 2, false))
        .await;
    let there = |what: &str, answer: &Answer| {
        format!(
            "/api/orders/{order_id}/{what}?min_version={}",
            answer.wrote()
        )
    };
    assert_eq!(
        otto.get(&there("ticket.svg", &placed)).await.problem(),
        "not-found"
    );
    let confirmed = otto.buy(&order_id, 20_000).await;
    let ticket = otto.get(&there("ticket.svg", &confirmed)).await;
    assert_eq!(ticket.headers["content-type"], "image/svg+xml");
    assert!(ticket.text.contains("<svg"));
    let calendar = otto.get(&there("calendar.ics", &confirmed)).await;
    assert!(
        calendar.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/calendar")
    );
    assert!(
        calendar.text.contains("DTSTART:20270518T070000Z"),
        "{}",
        calendar.text
    );
    assert!(
        calendar
            .text
            .contains(confirmed.body["locator"].as_str().unwrap())
    );
}

#[tokio::test]
async fn promo_codes_and_what_an_organizer_ends_each_command_twice() {
    let system = System::start().await;
    let otto = system.person(&somebody(), &["organizer"]).await;
    let ada = system.person(&somebody(), &[]).await;
    let (id, pools) = system.on_sale(&otto, &[10]).await;
    let codes = format!("/api/conferences/{id}/promo-codes");
    let early = json!({ "code": "early-bird", "discount": { "percent": 33 }, "max_uses": 1 });
    let added = thrice(
        &otto,
        Method::POST,
        &codes,
        early.clone(),
        changed(&early, "max_uses", json!(2)),
    )
    .await;
    assert_eq!(
        (added.status, &added.body["code"]),
        (StatusCode::CREATED, &json!("EARLY-BIRD"))
    );
    assert_eq!(
        otto.command(&codes, early.clone()).await.problem(),
        "promo-code-exists"
    );
    assert_eq!(ada.command(&codes, early).await.problem(), "forbidden");
    for (field, value) in [
        ("discount", json!({ "percent": 0 })),
        ("discount", json!({ "percent": 101 })),
        ("discount", json!({ "amount": -5 })),
        ("discount", json!({ "percent": 5, "amount": 5 })),
        ("code", json!("A B")),
        ("max_uses", json!(0)),
    ] {
        let body = json!({ "code": "OTHER", "discount": { "percent": 5 } });
        let refused = otto.command(&codes, changed(&body, field, value)).await;
        assert_eq!(refused.problem(), "invalid-request", "{}", refused.text);
    }

    let terms = format!("{codes}/early-bird?min_version={}", added.wrote());
    let terms = system.nobody().get(&terms).await;
    assert_eq!(terms.accepted()["discount"], json!({ "percent": 33 }));
    let place = |id: &str| {
        let mut body = order(id, added_conference(&added), &pools[0], 2, false);
        body["promo_codes"] = json!(["early-bird"]);
        body
    };
    let order_id = new_id();
    let placed = ada.command("/api/orders", place(&order_id)).await;
    // 100.00 less 33 % is 67.00, for each of two seats.
    assert_eq!(placed.accepted()["total"]["minor"], 13_400);
    assert_eq!(
        placed.body["lines"][0]["discounts"],
        json!([{ "code": "EARLY-BIRD", "per_seat": { "minor": 3_300, "currency": "EUR" } }])
    );
    let used_up = ada.command("/api/orders", place(&new_id())).await;
    assert_eq!(used_up.problem(), "promo-code-refused");
    assert_eq!(used_up.body["reason"], "used_up");

    let withdraw = format!("{codes}/EARLY-BIRD/withdraw");
    let withdrawn = thrice(&otto, Method::POST, &withdraw, json!({}), json!({ "x": 1 })).await;
    assert_eq!(withdrawn.body["withdrawn"], true);
    let gone = format!("{codes}/EARLY-BIRD?min_version={}", withdrawn.wrote());
    assert_eq!(system.nobody().get(&gone).await.problem(), "not-found");
    let listed = otto.get(&codes).await;
    let listed = &listed.accepted()["promo_codes"][0];
    assert_eq!(
        (&listed["held"], &listed["withdrawn"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(ada.get(&codes).await.problem(), "forbidden");

    let top_up = json!({ "amount": { "minor": 10_000, "currency": "EUR" } });
    let other = json!({ "amount": { "minor": 10_001, "currency": "EUR" } });
    let path = "/api/account/top-ups";
    let started = thrice(&ada, Method::POST, path, top_up, other).await;
    assert_eq!(started.status, StatusCode::CREATED);

    let cancel = format!("/api/conferences/{id}/cancel");
    let cancelled = thrice(&otto, Method::POST, &cancel, json!({}), json!({ "x": 1 })).await;
    assert_eq!(cancelled.body["status"], "cancelled");
    ada.until(&format!("/api/orders/{order_id}"), |order| {
        order["status"] == "cancelled"
    })
    .await;
    let mine = otto
        .until("/api/me/conferences", |mine| {
            mine["conferences"][0]["status"] == "cancelled"
        })
        .await;
    assert_eq!(mine.body["conferences"].as_array().unwrap().len(), 1);
}

fn added_conference(added: &Answer) -> &str {
    added.body["conference_id"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_operators_commands_about_accounts_each_twice() {
    let system = System::start().await;
    let ada = system.person(&somebody(), &[]).await;
    let olga = system.person("olga@example.org", &["operator"]).await;
    let started = ada.pay_in(10_000, None, "pay").await;
    let has_money = |accounts: &Value| accounts["accounts"][0]["balance"]["minor"] == 10_000;
    ada.until("/api/account", has_money).await;
    let stream = started.body["wrote"][0]["stream"].as_str().unwrap();
    let account = format!("/api/accounts/{}/EUR", stream.rsplit('#').next().unwrap());
    let why = json!({ "reason": "a check" });
    let other = json!({ "reason": "another" });
    let nothing = || (json!({}), json!({ "x": 1 }));
    let steps = [
        ("block", why.clone(), other.clone(), "blocked"),
        ("unblock", nothing().0, nothing().1, "active"),
    ];
    for (step, body, other, status) in steps {
        let path = format!("{account}/{step}");
        let answer = thrice(&olga, Method::POST, &path, body, other).await;
        assert_eq!(answer.body["status"], status);
    }
    let limit = format!("{account}/credit-limit");
    let limited = thrice(
        &olga,
        Method::PUT,
        &limit,
        json!({ "limit": 5_000 }),
        json!({ "limit": 1 }),
    )
    .await;
    assert_eq!(limited.body["credit_limit"]["minor"], 5_000);
    let entry = started.body["top_up_id"].as_str().unwrap();
    let reverse = format!("{account}/entries/{entry}/reverse");
    let reversed = thrice(&olga, Method::POST, &reverse, why.clone(), other).await;
    assert_eq!(reversed.body["balance"]["minor"], 0);
    // Taken back already, whoever asks again.
    let again = olga.command(&reverse, why).await;
    assert_eq!(again.accepted()["wrote"], json!([]));
    let close = format!("{account}/close");
    let closed = thrice(&olga, Method::POST, &close, json!({}), json!({ "x": 1 })).await;
    assert_eq!(closed.body["status"], "closed");
    let kinds = ada
        .until("/api/account/statement?currency=EUR", |statement| {
            statement["entries"].as_array().unwrap().len() == 2
        })
        .await;
    assert_eq!(kinds.body["entries"][0]["kind"], "reversal");
}
