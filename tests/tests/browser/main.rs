//! Journeys through the web app, as people take them: real browsers against the whole system.

mod visitor;

use serde_json::Value;
use tests::system::{Person, new_id};
use visitor::{Stage, Visitor, journey};

/// A conference with a pool of this many seats.
struct Show {
    name: String,
    path: String,
    conference_id: String,
    pool: String,
}

impl Show {
    async fn of(stage: &Stage, quota: u32) -> Self {
        let otto = stage
            .system
            .person("otto@example.org", &["organizer"])
            .await;
        let (conference_id, mut pools) = stage.system.on_sale(&otto, &[quota]).await;
        let page = format!("/api/conferences/{conference_id}");
        let page = stage.system.nobody().get(&page).await;
        Self {
            name: page.accepted()["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            path: format!("/conferences/{conference_id}"),
            conference_id,
            pool: pools.remove(0),
        }
    }

    fn more(&self) -> String {
        format!("more-{}", self.pool)
    }

    fn quantity(&self) -> String {
        format!("quantity-{}", self.pool)
    }

    fn remaining(&self) -> String {
        format!("remaining-{}", self.pool)
    }

    /// How many seats the interface says are free.
    async fn free(&self, stage: &Stage) -> Value {
        let path = format!("/api/conferences/{}/availability", self.conference_id);
        let availability = stage.system.nobody().get(&path).await;
        availability.accepted()["seat_types"][0]["remaining"].clone()
    }
}

/// An address of somebody who has never been here.
fn somebody(name: &str) -> String {
    format!("{name}-{}@example.org", new_id())
}

/// Somebody's orders, as the interface lists them.
async fn orders(person: &Person) -> Vec<Value> {
    let mine = person.get("/api/me/orders").await;
    mine.accepted()["orders"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// From the conference's page to the held order, for somebody who is not signed in.
async fn hold(visitor: &Visitor, show: &Show, seats: usize, email: &str) -> String {
    visitor.open(&show.path).await;
    for _ in 0..seats {
        visitor.press(&show.more()).await;
    }
    visitor.press("hold").await;
    visitor.signs_in(email).await;
    visitor.arrives_at("/orders/").await
}

/// From the held order to the ticket.
async fn confirm(visitor: &Visitor, order: &str, seats: usize) {
    for seat in 1..=seats {
        visitor
            .fill(&format!("attendee-1-{seat}-name"), &format!("Guest {seat}"))
            .await;
    }
    visitor.press("continue").await;
    visitor.arrives_at(&format!("{order}/check")).await;
    visitor.press("confirm").await;
    visitor.sees_one_of(&["confirmed"]).await;
}

#[tokio::test]
async fn a_booking_survives_refresh_and_back_at_every_step() {
    journey("booking", async |stage| {
        let show = Show::of(&stage, 5).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));

        ada.open("/").await;
        ada.follow(&show.name).await;
        ada.arrives_at("/conferences/").await;
        ada.sees(&show.remaining(), "5 left").await;
        ada.press(&show.more()).await;
        ada.press(&show.more()).await;
        ada.refresh().await;
        ada.sees(&show.quantity(), "2").await;
        ada.back().await;
        ada.forward().await;
        ada.sees(&show.quantity(), "2").await;

        ada.press("hold").await;
        ada.signs_in(&email).await;
        let order = ada.arrives_at("/orders/").await;
        ada.read("time-left").await;
        ada.refresh().await;
        ada.read("time-left").await;

        ada.fill("attendee-1-1-name", "Ada Lovelace").await;
        ada.fill("attendee-1-2-name", "Charles Babbage").await;
        ada.refresh().await;
        assert_eq!(ada.value("attendee-1-2-name").await, "Charles Babbage");
        ada.back().await;
        ada.arrives_at("/conferences/").await;
        ada.press("resume").await;
        ada.arrives_at(&order).await;
        assert_eq!(ada.value("attendee-1-1-name").await, "Ada Lovelace");

        ada.press("continue").await;
        ada.arrives_at(&format!("{order}/check")).await;
        ada.refresh().await;
        ada.sees("confirm", "Confirm").await;
        ada.back().await;
        assert_eq!(ada.value("attendee-1-1-name").await, "Ada Lovelace");
        ada.forward().await;

        ada.press("confirm").await;
        let locator = ada.read("locator").await;
        assert_eq!(locator.len(), 6, "{locator}");
        ada.sees_one_of(&["qr"]).await;
        ada.refresh().await;
        assert_eq!(ada.read("locator").await, locator);
        ada.back().await;
        ada.forward().await;
        assert_eq!(ada.read("locator").await, locator);

        let person = stage.system.person(&email, &[]).await;
        let orders = orders(&person).await;
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0]["status"], "confirmed");
        assert_eq!(show.free(&stage).await, 3);
        ada.press("my-bookings").await;
        let id = order.trim_start_matches("/orders/");
        ada.sees(&format!("booking-{id}"), &locator).await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn of_two_who_want_the_last_seat_one_gets_it_and_the_other_is_told() {
    journey("last seat", async |stage| {
        let show = Show::of(&stage, 1).await;
        let (ada, bob) = (stage.visitor("Ada").await, stage.visitor("Bob").await);
        for visitor in [&ada, &bob] {
            visitor.open("/").await;
            visitor.press("sign-in").await;
            visitor.signs_in(&somebody("racer")).await;
            visitor.sees_one_of(&["account"]).await;
            visitor.open(&show.path).await;
            visitor.press(&show.more()).await;
        }
        tokio::join!(ada.press("hold"), bob.press("hold"));

        let ends = ["time-left", "rejection"];
        let (adas, bobs) = tokio::join!(ada.sees_one_of(&ends), bob.sees_one_of(&ends));
        let (winner, loser) = match (adas, bobs) {
            ("time-left", "rejection") => (&ada, &bob),
            ("rejection", "time-left") => (&bob, &ada),
            both => panic!("both ended alike: {both:?}"),
        };
        winner.arrives_at("/orders/").await;
        loser
            .sees("rejection", "none of the 1 you asked for is free")
            .await;
        loser.sees(&show.remaining(), "None left").await;
        assert_eq!(show.free(&stage).await, 0);
        winner.has_a_quiet_console().await;
        loser.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn who_comes_too_late_is_told_what_is_left_and_can_take_that() {
    journey("what is left", async |stage| {
        let show = Show::of(&stage, 3).await;
        let (ada, bob) = (stage.visitor("Ada").await, stage.visitor("Bob").await);
        bob.open(&show.path).await;
        bob.press(&show.more()).await;
        bob.press(&show.more()).await;
        hold(&ada, &show, 2, &somebody("ada")).await;

        bob.press("hold").await;
        bob.signs_in(&somebody("bob")).await;
        bob.sees("rejection", "Only 1 Standard is left, and you asked for 2")
            .await;
        bob.press("take").await;
        let order = bob.arrives_at("/orders/").await;
        confirm(&bob, &order, 1).await;
        assert_eq!(show.free(&stage).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_seat_is_free_again_for_everybody() {
    journey("cancelled seat", async |stage| {
        let show = Show::of(&stage, 2).await;
        let (ada, bob) = (stage.visitor("Ada").await, stage.visitor("Bob").await);
        let order = hold(&ada, &show, 2, &somebody("ada")).await;
        confirm(&ada, &order, 2).await;
        bob.open(&show.path).await;
        bob.sees(&show.remaining(), "None left").await;

        ada.press("cancel-seat-1-1").await;
        ada.sees("given-up-value", "100").await;
        ada.press("confirm-cancel-seat").await;
        ada.sees("seat-1-1", "Cancelled").await;
        // Bob does nothing: his page follows by itself.
        bob.sees(&show.remaining(), "1 left").await;

        ada.press("cancel-order").await;
        ada.press("confirm-cancel-order").await;
        ada.sees_one_of(&["cancelled"]).await;
        bob.sees(&show.remaining(), "2 left").await;
        ada.refresh().await;
        ada.sees_one_of(&["cancelled"]).await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn a_double_click_books_once() {
    journey("double click", async |stage| {
        let show = Show::of(&stage, 5).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));
        ada.open("/").await;
        ada.press("sign-in").await;
        ada.signs_in(&email).await;
        ada.sees_one_of(&["account"]).await;

        ada.open(&show.path).await;
        ada.press(&show.more()).await;
        ada.press_twice("hold").await;
        let order = ada.arrives_at("/orders/").await;
        ada.fill("attendee-1-1-name", "Ada Lovelace").await;
        ada.press_twice("continue").await;
        ada.arrives_at(&format!("{order}/check")).await;
        ada.press_twice("confirm").await;
        ada.sees_one_of(&["confirmed"]).await;

        let person = stage.system.person(&email, &[]).await;
        let orders = orders(&person).await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        let timeline = orders[0]["timeline"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let what: Vec<_> = timeline.iter().map(|entry| entry["what"].clone()).collect();
        assert_eq!(
            what,
            ["placed", "seats_held", "attendee_assigned", "confirmed"]
        );
        assert_eq!(show.free(&stage).await, 4);
        ada.has_a_quiet_console().await;
    })
    .await;
}
