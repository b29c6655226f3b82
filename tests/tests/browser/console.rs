//! Journeys through the console: operators with the system and its log, organizers with their conference's history.

use std::rc::Rc;

use event_store::StoredCommit;
use local::booking_log;
use tests::{engine::Engine, log, system::System};
use thirtyfour::Key;

use crate::{
    Show, buy, hold, somebody,
    visitor::{Stage, Visitor, journey, journey_in, site},
};

/// Somebody of the house, signed in and looking at this.
async fn arrives(stage: &Stage, name: &str, email: &str, path: &str) -> Rc<Visitor> {
    let visitor = stage.visitor(name).await;
    visitor.open(path).await;
    visitor.press("sign-in-here").await;
    visitor.signs_in(email).await;
    visitor
}

#[tokio::test]
async fn an_operator_follows_a_booking_from_the_log_to_its_causes_and_through_time() {
    journey("the log", async |stage| {
        let show = Show::of(&stage.system, 3).await;
        let ada = stage.visitor("Ada").await;
        let order = hold(&ada, &show, 2, &somebody("ada")).await;
        buy(&ada, &order, 2).await;
        let id = order.trim_start_matches("/orders/");

        let log = format!("/operate/log?stream=order%23{id}");
        let olga = arrives(&stage, "Olga", "olga@example.org", &log).await;
        assert_eq!(olga.value("filter-stream").await, format!("order#{id}"));
        olga.follow("OrderPlaced").await;
        let event = olga.arrives_at("/operate/events/").await;
        olga.sees("json", "seat_type_id").await;
        olga.press("correlation").await;
        olga.arrives_at("/operate/correlations/").await;
        olga.sees("graph", "OrderPlaced").await;
        olga.sees("graph", "SeatsReserved").await;
        // The address of an event leads to it, today and tomorrow.
        olga.open(&event).await;
        olga.sees("words", "placed").await;

        olga.open(&format!("/operate/streams/order%23{id}")).await;
        olga.sees("commit-1", "Fits").await;
        olga.press("travel").await;
        olga.sees("then-now", "Confirmed").await;
        olga.sees("moment", "Now").await;
        olga.types("slider", Key::Home).await;
        olga.sees("moment", "1 of").await;
        olga.sees("then-now", "Changed").await;
        olga.refresh().await;
        olga.sees("moment", "1 of").await;
        olga.press("step-on").await;
        olga.sees("moment", "2 of").await;
        olga.press("to-now").await;
        olga.sees("moment", "Now").await;
        olga.has_a_quiet_console().await;

        ada.open("/operate").await;
        ada.sees("forbidden", "This is for operators").await;
    })
    .await;
}

#[tokio::test]
async fn an_organizer_sees_how_bookings_go_how_seats_stood_and_what_other_rules_would_have_done() {
    journey("analytics", async |stage| {
        let show = Show::of(&stage.system, 5).await;
        let ada = stage.visitor("Ada").await;
        let order = hold(&ada, &show, 2, &somebody("ada")).await;
        buy(&ada, &order, 2).await;

        let own = format!("/organize/{}", show.conference_id);
        let otto = arrives(&stage, "Otto", "otto@example.org", &own).await;
        otto.press("analytics").await;
        otto.sees("funnel-confirmed", "1").await;
        otto.press("sales-table-toggle").await;
        otto.sees("sales-table", "200").await;
        otto.sees("popularity-plot", "2").await;
        otto.press("sales-csv").await;

        otto.open(&format!("{own}/what-if")).await;
        otto.fill("what-if-quota", "0").await;
        otto.press("replay").await;
        otto.sees("what-if-answer", "1 order more would have been turned away")
            .await;
        // The question stands in the address.
        otto.refresh().await;
        otto.sees("what-if-answer", "1 order more").await;

        otto.open(&format!("{own}/time-travel")).await;
        otto.sees("moment", "Now").await;
        let sold = format!("sold-{}", show.pool);
        otto.sees(&sold, "2").await;
        // It stops wherever a seat changed hands.
        otto.types("slider", Key::Home).await;
        otto.sees("moment", "opened with 5 seats").await;
        otto.sees(&sold, "0 (+2)").await;
        otto.press("step-on").await;
        otto.sees("moment", "2 seats were held").await;
        otto.open(&format!("{own}/time-travel?at=2000-01-01T00:00:00Z"))
            .await;
        otto.sees(&sold, "0 (+2)").await;
        otto.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn an_operator_fills_a_view_anew_and_proves_the_log() {
    journey("rebuild", async |stage| {
        let show = Show::of(&stage.system, 3).await;
        let ada = stage.visitor("Ada").await;
        hold(&ada, &show, 1, &somebody("ada")).await;

        let olga = arrives(&stage, "Olga", "olga@example.org", "/operate").await;
        // Milliseconds or seconds, but no dash.
        olga.sees("lag", "s").await;
        let before = olga.read("generation-orders").await;
        olga.press("rebuild-orders").await;
        olga.press("confirm-rebuild").await;
        olga.sees("rebuild-state-orders", "Done").await;
        olga.sees("comparison-orders", "equal").await;
        assert_ne!(olga.read("generation-orders").await, before);
        // Who was booking meanwhile saw nothing of it.
        ada.refresh().await;
        ada.sees_one_of(&["countdown"]).await;

        olga.press("rail-proof").await;
        olga.press("prove").await;
        olga.sees("proof-state", "The log is whole").await;
        olga.press("rail-dead-letters").await;
        olga.sees("no-dead-letters", "Nothing stands still").await;
        olga.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn an_operator_lets_a_view_go_on_past_a_commit_that_it_cannot_take() {
    if std::env::var_os("PLENARY_TEST_URL").is_some() {
        return; // Only into a database of its own can be written what no command writes.
    }
    let engine = Engine::start().await;
    let (client, endpoint) = (engine.client.clone(), engine.endpoint.clone());
    let system = System::start_with(|options, _| {
        options.site = site();
        options.dynamodb_endpoint = Some(endpoint);
    });

    journey_in("dead letters", system, async move |stage| {
        let show = Show::of(&stage.system, 3).await;
        let ada = stage.visitor("Ada").await;
        let order = hold(&ada, &show, 1, &somebody("ada")).await;
        buy(&ada, &order, 1).await;
        let stream = order.replace("/orders/", "order#");
        let mut commits = log::commits(&client).await;
        commits.retain(|commit| log::place(commit).0 == stream);
        let read = |item| StoredCommit::from_item(item).expect("a commit");
        let commits: Vec<_> = commits.iter().map(read).collect();

        // Another order of hers, as a release wrote it that knew an event which this one does not.
        let (id, mut commits) = log::as_another_order(&commits);
        let entries = &mut commits[1].entries;
        assert!(entries.contains("AttendeeAssigned"), "{entries}");
        *entries = entries.replace("AttendeeAssigned", "AttendeeTeleported");
        for commit in &commits {
            let put = client.put_item().table_name(booking_log().events);
            let put = put.set_item(Some(commit.to_item())).send().await;
            put.expect("the commit can be put");
        }

        let olga = arrives(&stage, "Olga", "olga@example.org", "/operate").await;
        olga.press("rail-dead-letters").await;
        let letter = format!("letter-orders-order#{id}");
        let of_it = |hook: &str| format!("{letter} {hook}");
        let waiting = format!("{} commit", commits.len() - 2);
        olga.sees(&of_it("waiting"), &waiting).await;
        olga.sees(&of_it("cause"), "AttendeeTeleported").await;
        olga.press(&of_it("payload-toggle")).await;
        olga.sees(&letter, "AttendeeTeleported").await;
        olga.press(&of_it("replay")).await;
        olga.sees(&of_it("outcome"), "stands still again at version")
            .await;
        let address = format!("/orders/{id}");
        ada.open(&address).await;
        ada.sees_one_of(&["countdown"]).await;

        olga.press(&of_it("skip")).await;
        olga.press(&of_it("confirm-skip")).await;
        olga.sees(&of_it("error-summary"), "The reason").await;
        olga.fill("skip-reason", "Written by a release that was taken back")
            .await;
        olga.press(&of_it("confirm-skip")).await;
        olga.is_rid_of(&letter).await;
        ada.refresh().await;
        ada.sees_one_of(&["confirmed"]).await;
        // Every other view still waits for a decision of its own.
        olga.sees(&format!("letter-log-order#{id}"), &waiting).await;
        olga.has_a_quiet_console().await;
        ada.has_a_quiet_console().await;
    })
    .await;
}
