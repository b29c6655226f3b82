//! The logs over HTTP: streams commit by commit, how things stood at any moment, and what would have been.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use reqwest::Method;
use serde_json::{Value, json};
use shared::history::{AccountThen, AvailabilityThen, OrderThen, SeatMoments, StreamPage, WhatIf};
use tests::system::{Person, System, new_id, order};

/// The moment at which the last event of a stream up to a version happened.
async fn moment_of(operator: &Person, stream: &str, version: u64) -> String {
    let page = stream_page(operator, stream, "").await;
    let commits = page["commits"].as_array().unwrap();
    let by_then = commits
        .iter()
        .rfind(|commit| commit["version"].as_u64() <= Some(version));
    by_then.unwrap()["entries"][0]["at"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn stream_page(operator: &Person, stream: &str, query: &str) -> Value {
    let path = format!("/api/streams/{}{query}", stream.replace('#', "%23"));
    operator.get(&path).await.accepted().clone()
}

fn read<T: serde::de::DeserializeOwned>(body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_is_shown_commit_by_commit_and_as_of_any_moment() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let olga = system.person("olga@example.org", &["operator"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let (conference, pools) = system.on_sale(&otto, &[10]).await;
    let pool = &pools[0];
    let order_id = new_id();
    let placed = ada.command("/api/orders", order(&order_id, &conference, pool, 3, false));
    placed.await.accepted();
    ada.buy(&order_id, 30_000).await;
    let cancel = format!("/api/orders/{order_id}/cancel");
    ada.command(&cancel, json!({})).await.accepted();
    let is_refunded = |order: &Value| order["timeline"].to_string().contains("refunded");
    ada.until(&format!("/api/orders/{order_id}"), is_refunded)
        .await;

    // The order's stream, whole and in pages.
    let stream = format!("order#{order_id}");
    let page: StreamPage = read(&stream_page(&olga, &stream, "").await);
    assert!(
        page.commits
            .iter()
            .all(|commit| commit.fits && commit.hash.len() == 64)
    );
    assert_eq!(page.next, None);
    let events: Vec<_> = page
        .commits
        .iter()
        .flat_map(|commit| &commit.entries)
        .flat_map(|entry| &entry.events)
        .collect();
    assert!(
        events
            .iter()
            .zip(1..)
            .all(|(event, version)| event.version == version)
    );
    assert!(events.iter().all(|event| event.words.ends_with('.')));
    assert_eq!(events[0].name, "OrderPlaced");
    assert!(!json!(page).to_string().contains("ada@example.org"));
    let mut from = Some(1);
    let mut paged = Vec::new();
    while let Some(version) = from {
        let one: StreamPage =
            read(&stream_page(&olga, &stream, &format!("?from={version}&limit=1")).await);
        paged.extend(one.commits);
        from = one.next;
    }
    assert_eq!(paged, page.commits);

    // The order, the account and the seats at each step.
    let order_at = async |query: &str| -> OrderThen {
        read(
            olga.get(&format!("/api/history/orders/{order_id}{query}"))
                .await
                .accepted(),
        )
    };
    let first = order_at("?version=2").await;
    assert_eq!(json!(first.status), "reserved");
    assert_eq!(
        (first.lines[0].requested, first.lines[0].seats.len()),
        (3, 3)
    );
    assert_eq!(first.lines[0].name.as_str(), "Standard");
    let confirmed = events
        .iter()
        .find(|event| event.name == "OrderConfirmed")
        .unwrap();
    let then = order_at(&format!("?version={}", confirmed.version)).await;
    assert_eq!(json!(then.status), "confirmed");
    let latest = order_at("").await;
    assert_eq!(json!(latest.status), "cancelled");
    assert_eq!(latest.version, latest.latest_version);
    let bought_at = moment_of(&olga, &stream, confirmed.version).await;
    let by_time = order_at(&format!("?at={bought_at}")).await;
    assert_eq!(
        (by_time.version, json!(by_time.status)),
        (confirmed.version, json!("confirmed"))
    );

    let path = format!("/api/history/conferences/{conference}/availability");
    let stood: AvailabilityThen =
        read(otto.get(&format!("{path}?at={bought_at}")).await.accepted());
    let seats = &stood.pools[0];
    assert_eq!(seats.name, "Standard");
    assert_eq!((seats.then.quota, seats.then.remaining), (10, 7));
    let now = otto
        .until(&path, |now| now["pools"][0]["now"]["remaining"] == 10)
        .await;
    let now: AvailabilityThen = read(&now.body);
    assert_eq!(now.pools[0].then, now.pools[0].now);

    // Their timeline: every moment at which a seat changed hands.
    let path = format!("/api/history/conferences/{conference}/moments");
    let moments: SeatMoments = read(otto.get(&path).await.accepted());
    assert_eq!(moments.earlier, None);
    let words: Vec<_> = moments
        .moments
        .iter()
        .map(|moment| moment.words.as_str())
        .collect();
    for (words, happened) in words.iter().zip(["10 seats", "held", "sold", "free"]) {
        assert!(words.contains(happened), "{words}");
    }
    let sold_at = moments.moments[2].at;
    let until: SeatMoments = read(
        otto.get(&format!("{path}?until={sold_at}"))
            .await
            .accepted(),
    );
    assert_eq!(until.moments, moments.moments[..3]);

    let path = format!(
        "/api/history/accounts/{}/EUR",
        page.commits[0].entries[0].actor.0
    );
    let account: AccountThen = read(olga.get(&path).await.accepted());
    assert_eq!(account.balance.minor, 30_000);
    let path = format!("{path}?version=1");
    let before: AccountThen = read(olga.get(&path).await.accepted());
    assert_eq!((before.balance.minor, before.version), (0, 1));
    assert_eq!(before.latest_version, account.version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_timeline_comes_page_by_page_and_nothing_of_it_is_missing() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let (conference, pools) = system.on_sale(&otto, &[200, 200]).await;
    let mut orders = Vec::new();
    for number in 0..120 {
        // One pool has nearly all of it, and so the shorter memory.
        let pool = &pools[usize::from(number % 40 == 0)];
        let id = new_id();
        let placed = order(&id, &conference, pool, 1, false);
        ada.command("/api/orders", placed).await.accepted();
        orders.push(id);
    }
    let path = format!("/api/history/conferences/{conference}/moments");
    let (mut pages, mut all, mut until) = (0, Vec::new(), String::new());
    loop {
        let page: SeatMoments = read(otto.get(&format!("{path}{until}")).await.accepted());
        assert!(page.moments.is_sorted_by_key(|moment| moment.at));
        assert!(page.reads.calls < 40, "{:?}", page.reads);
        pages += 1;
        all.extend(page.moments);
        match page.earlier {
            Some(earlier) => until = format!("?until={earlier}"),
            None => break,
        }
    }
    assert_eq!(pages, 2);
    for id in &orders {
        assert!(all.iter().any(|moment| moment.words.contains(id)), "{id}");
    }
    let opened = all
        .iter()
        .filter(|moment| moment.words.contains("200 seats"));
    assert_eq!(opened.count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_theirs_or_is_not_there_nobody_sees() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let other = system.person("other@example.org", &["organizer"]).await;
    let olga = system.person("olga@example.org", &["operator"]).await;
    let (conference, pools) = system.on_sale(&otto, &[10]).await;
    let path = format!("/api/history/conferences/{conference}");
    let what_if = format!("{path}/what-if?seat_type_id={}", pools[0]);
    for path in ["availability", "moments"]
        .map(|what| format!("{path}/{what}"))
        .into_iter()
        .chain([what_if.clone()])
    {
        otto.get(&path).await.accepted();
        olga.get(&path).await.accepted();
        assert_eq!(other.get(&path).await.problem(), "not-found");
        assert_eq!(
            system.nobody().get(&path).await.problem(),
            "unauthenticated"
        );
    }
    let stream = format!("/api/streams/conference%23{conference}");
    assert_eq!(otto.get(&stream).await.problem(), "forbidden");
    let nothing = new_id();
    for path in [
        format!("/api/streams/order%23{nothing}"),
        "/api/streams/nonsense".to_owned(),
        format!("/api/history/orders/{nothing}"),
        "/api/history/accounts/nobody/EUR".to_owned(),
        "/api/history/accounts/nobody/nonsense".to_owned(),
        format!("/api/history/conferences/{nothing}/availability"),
        format!("{path}/what-if?seat_type_id={nothing}"),
    ] {
        assert_eq!(olga.get(&path).await.problem(), "not-found", "{path}");
    }
    for path in [
        format!("{path}/availability?at=yesterday"),
        format!("{path}/moments?until=then"),
        format!("/api/history/orders/{nothing}?version=1&at=2027-01-01T00:00:00Z"),
        format!("{path}/what-if"),
        format!("{what_if}&quota=-1"),
        format!("{stream}?limit=many"),
    ] {
        assert_eq!(olga.get(&path).await.problem(), "invalid-request", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organizer_learns_how_many_would_have_been_turned_away_and_nothing_changes() {
    let system = System::start().await;
    let otto = system.person("otto@example.org", &["organizer"]).await;
    let olga = system.person("olga@example.org", &["operator"]).await;
    let ada = system.person("ada@example.org", &[]).await;
    let (conference, pools) = system.on_sale(&otto, &[10]).await;
    for _ in 0..3 {
        let placed = order(&new_id(), &conference, &pools[0], 3, false);
        ada.command("/api/orders", placed).await.accepted();
    }
    // One seat is left, and this order takes what there is.
    let placed = order(&new_id(), &conference, &pools[0], 3, true);
    ada.command("/api/orders", placed).await.accepted();
    let stream = format!("seats#{conference}#{}", pools[0]);
    let before = stream_page(&olga, &stream, "").await;

    let path = format!(
        "/api/history/conferences/{conference}/what-if?seat_type_id={}",
        pools[0]
    );
    let same: WhatIf = read(otto.get(&path).await.accepted());
    assert_eq!((same.was.quota, same.was.hold_minutes), (10, 15));
    assert_eq!(same.happened, same.would);
    assert_eq!((same.happened.granted, same.happened.partly), (3, 1));
    let fewer: WhatIf = read(otto.get(&format!("{path}&quota=5")).await.accepted());
    assert_eq!(
        (
            fewer.would.granted,
            fewer.would.partly,
            fewer.would.turned_away
        ),
        (1, 1, 2)
    );
    let more: WhatIf = read(
        otto.get(&format!("{path}&quota=12&hold_minutes=30"))
            .await
            .accepted(),
    );
    assert_eq!((more.would.granted, more.would.turned_away), (4, 0));
    assert_eq!(more.asked.hold_minutes, 30);
    assert_eq!(stream_page(&olga, &stream, "").await, before);
    let refused = otto.send(Method::POST, &path, &[], Some("{}".to_owned()));
    assert_eq!(refused.await.problem(), "method-not-allowed");
}
