//! Journeys through the web app, as people take them: real browsers against the whole system.

mod console;
mod visitor;

use serde_json::{Value, json};
use tests::system::{Person, System, new_id, order};
use visitor::{Stage, Visitor, journey, journey_in, site};

/// A conference with a pool of this many seats, which cost 100 euros each.
struct Show {
    organizer: Person,
    name: String,
    path: String,
    conference_id: String,
    pool: String,
}

impl Show {
    async fn of(system: &System, quota: u32) -> Self {
        let otto = system.person("otto@example.org", &["organizer"]).await;
        let (conference_id, mut pools) = system.on_sale(&otto, &[quota]).await;
        let page = format!("/api/conferences/{conference_id}");
        let page = system.nobody().get(&page).await;
        Self {
            organizer: otto,
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

    fn price(&self) -> String {
        format!("price-{}", self.pool)
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

/// From the held order to the step at which it is paid.
async fn go_to_pay(visitor: &Visitor, order: &str, seats: usize) {
    for seat in 1..=seats {
        visitor
            .fill(&format!("attendee-1-{seat}-name"), &format!("Guest {seat}"))
            .await;
    }
    visitor.press("continue").await;
    visitor.arrives_at(&format!("{order}/check")).await;
    visitor.press("to-payment").await;
    visitor.arrives_at(&format!("{order}/pay")).await;
}

/// Top up what is missing, choosing this on the provider's page.
async fn top_up(visitor: &Visitor, choice: &str) {
    visitor.press("top-up").await;
    visitor.arrives_at("/test-provider/checkout").await;
    visitor.press(choice).await;
}

/// From the held order to the ticket.
async fn buy(visitor: &Visitor, order: &str, seats: usize) {
    go_to_pay(visitor, order, seats).await;
    top_up(visitor, "provider-pay").await;
    visitor.sees_one_of(&["confirmed"]).await;
}

/// What happened to an order, in words.
fn happened(order: &Value) -> Vec<String> {
    let word = |entry: &Value| {
        let what = &entry["what"];
        let more = what.as_object().and_then(|more| more.keys().next());
        let word = what.as_str().or(more.map(String::as_str));
        word.unwrap_or_default().to_owned()
    };
    let timeline = order["timeline"].as_array();
    timeline.map_or_else(Vec::new, |entries| entries.iter().map(word).collect())
}

/// Wait until somebody has this much on their account, in cents.
async fn has(person: &Person, minor: i64) {
    person
        .until("/api/account", |account| {
            account["accounts"][0]["balance"]["minor"] == minor
        })
        .await;
}

/// Wait until somebody's statement says this, the newest first: the kind of each entry and its amount in cents.
async fn states(person: &Person, entries: &[(&str, i64)]) {
    let wanted: Vec<_> = entries
        .iter()
        .map(|(kind, minor)| (json!(kind), json!(minor)))
        .collect();
    person
        .until("/api/account/statement?currency=EUR", |statement| {
            let entries = statement["entries"].as_array().into_iter().flatten();
            let told =
                entries.map(|entry| (entry["kind"].clone(), entry["amount"]["minor"].clone()));
            told.collect::<Vec<_>>() == wanted
        })
        .await;
}

#[tokio::test]
async fn a_booking_survives_refresh_and_back_at_every_step() {
    journey("booking", async |stage| {
        let show = Show::of(&stage.system, 5).await;
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
        ada.sees("to-payment", "Continue").await;
        ada.back().await;
        assert_eq!(ada.value("attendee-1-1-name").await, "Ada Lovelace");
        ada.forward().await;

        ada.press("to-payment").await;
        ada.arrives_at(&format!("{order}/pay")).await;
        ada.sees("shortfall", "200").await;
        ada.refresh().await;
        ada.sees("shortfall", "200").await;
        ada.back().await;
        ada.sees("to-payment", "Continue").await;
        ada.forward().await;
        top_up(&ada, "provider-pay").await;
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
        let show = Show::of(&stage.system, 1).await;
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
        let show = Show::of(&stage.system, 3).await;
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
        buy(&bob, &order, 1).await;
        assert_eq!(show.free(&stage).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_seat_is_free_again_for_everybody() {
    journey("cancelled seat", async |stage| {
        let show = Show::of(&stage.system, 2).await;
        let (ada, bob) = (stage.visitor("Ada").await, stage.visitor("Bob").await);
        let order = hold(&ada, &show, 2, &somebody("ada")).await;
        buy(&ada, &order, 2).await;
        bob.open(&show.path).await;
        bob.sees(&show.remaining(), "None left").await;

        ada.press("cancel-seat-1-1").await;
        ada.sees("refund-preview", "100").await;
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
async fn a_double_click_books_and_pays_once() {
    journey("double click", async |stage| {
        let show = Show::of(&stage.system, 5).await;
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
        ada.press("to-payment").await;
        ada.press_twice("top-up").await;
        ada.arrives_at("/test-provider/checkout").await;
        ada.press("provider-twice").await;
        ada.sees_one_of(&["confirmed"]).await;

        let person = stage.system.person(&email, &[]).await;
        let orders = orders(&person).await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        let paid = [
            "placed",
            "seats_held",
            "attendee_assigned",
            "payment_requested",
            "confirmed",
        ];
        assert_eq!(happened(&orders[0]), paid);
        has(&person, 0).await;
        assert_eq!(show.free(&stage).await, 4);

        // The same from the balance.
        person.pay_in(30_000, None, "pay").await;
        has(&person, 30_000).await;
        ada.open(&show.path).await;
        ada.press(&show.more()).await;
        ada.press("hold").await;
        let order = ada.arrives_at("/orders/").await;
        go_to_pay(&ada, &order, 1).await;
        ada.sees("balance", "300").await;
        ada.press_twice("pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        has(&person, 20_000).await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn money_goes_from_the_account_to_a_booking_and_back() {
    journey("account", async |stage| {
        let show = Show::of(&stage.system, 5).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));
        ada.open("/").await;
        ada.press("sign-in").await;
        ada.signs_in(&email).await;
        ada.sees_one_of(&["account"]).await;
        ada.open("/account").await;
        ada.fill("top-up-amount", "350").await;
        top_up(&ada, "provider-pay").await;
        ada.arrives_at("/account").await;
        ada.sees("balance", "350.00").await;

        ada.open(&show.path).await;
        for _ in 0..3 {
            ada.press(&show.more()).await;
        }
        ada.press("hold").await;
        let order = ada.arrives_at("/orders/").await;
        go_to_pay(&ada, &order, 3).await;
        ada.sees("pay", "Pay €300.00 from your balance").await;
        ada.press("pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        ada.open("/account").await;
        ada.sees("balance", "€50.00").await;
        ada.sees("statement", "Paid for").await;

        ada.open(&order).await;
        ada.press("cancel-seat-1-2").await;
        ada.sees("refund-preview", "100").await;
        ada.press("keep").await;
        ada.press("cancel-seat-1-2").await;
        ada.press("confirm-cancel-seat").await;
        ada.sees("seat-1-2", "Cancelled").await;
        ada.sees("refund", "100.00 is back on your balance").await;
        ada.sees("order-total", "200").await;
        ada.open("/account").await;
        ada.sees("balance", "€150.00").await;
        ada.sees("statement", "Refund for").await;
        let person = stage.system.person(&email, &[]).await;
        let told = [("refund", 10_000), ("charge", -30_000), ("top_up", 35_000)];
        states(&person, &told).await;

        // What came back pays for another seat.
        ada.open(&show.path).await;
        ada.press(&show.more()).await;
        ada.press("hold").await;
        let order = ada.arrives_at("/orders/").await;
        go_to_pay(&ada, &order, 1).await;
        ada.press("pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        has(&person, 5_000).await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn several_seats_are_cancelled_with_their_refund() {
    journey("several seats", async |stage| {
        let show = Show::of(&stage.system, 3).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));
        let order = hold(&ada, &show, 3, &email).await;
        buy(&ada, &order, 3).await;
        ada.press("cancel-several").await;
        ada.press("choose-seat-1-1").await;
        ada.press("choose-seat-1-3").await;
        ada.sees("refund-preview", "200").await;
        ada.press("confirm-cancel-several").await;
        ada.sees("seat-1-1", "Cancelled").await;
        ada.sees("seat-1-3", "Cancelled").await;
        ada.sees("refund", "200.00 is back on your balance").await;
        assert_eq!(show.free(&stage).await, 2);
    })
    .await;
}

#[tokio::test]
async fn who_is_declined_tries_again_and_loses_nothing() {
    journey("declined", async |stage| {
        let show = Show::of(&stage.system, 2).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));
        let order = hold(&ada, &show, 2, &email).await;
        go_to_pay(&ada, &order, 2).await;
        top_up(&ada, "provider-decline").await;
        ada.arrives_at(&format!("{order}/pay")).await;
        ada.sees("top-up-failed", "you were not charged").await;
        ada.read("time-left").await;
        assert_eq!(show.free(&stage).await, 0);
        ada.open(&order).await;
        assert_eq!(ada.value("attendee-1-2-name").await, "Guest 2");

        ada.open(&format!("{order}/pay")).await;
        top_up(&ada, "provider-pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        ada.sees("seat-1-2", "Guest 2").await;
        let person = stage.system.person(&email, &[]).await;
        has(&person, 0).await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn the_back_button_leads_from_the_provider_to_the_payment() {
    journey("provider and back", async |stage| {
        let show = Show::of(&stage.system, 2).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));
        let order = hold(&ada, &show, 1, &email).await;
        go_to_pay(&ada, &order, 1).await;
        ada.press("top-up").await;
        ada.arrives_at("/test-provider/checkout").await;
        ada.back().await;
        ada.arrives_at(&format!("{order}/pay")).await;
        ada.sees("provider-waiting", "Waiting for the payment provider")
            .await;
        ada.press("provider-page").await;
        ada.arrives_at("/test-provider/checkout").await;
        ada.press("provider-never").await;
        ada.arrives_at(&format!("{order}/pay")).await;
        ada.sees_one_of(&["provider-waiting"]).await;

        ada.press("pay-anew").await;
        top_up(&ada, "provider-pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        let person = stage.system.person(&email, &[]).await;
        has(&person, 0).await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn a_promo_code_lowers_the_price_from_the_page_to_the_payment() {
    journey("promo code", async |stage| {
        let show = Show::of(&stage.system, 5).await;
        let code = json!({"code": "EARLY-BIRD", "discount": {"percent": 20}});
        let codes = format!("/api/conferences/{}/promo-codes", show.conference_id);
        show.organizer.command(&codes, code).await.accepted();
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));

        ada.open(&show.path).await;
        ada.press(&show.more()).await;
        ada.press(&show.more()).await;
        ada.press("promo").await;
        ada.fill("promo-code", "no-such-code").await;
        ada.press("apply-code").await;
        ada.sees_text("There is no code NO-SUCH-CODE").await;
        ada.fill("promo-code", "early-bird").await;
        ada.press("apply-code").await;
        ada.sees("code-EARLY-BIRD", "20").await;
        ada.sees(&show.price(), "80.00").await;
        ada.sees("total", "160.00").await;
        ada.refresh().await;
        ada.sees("total", "160.00").await;

        ada.press("hold").await;
        ada.signs_in(&email).await;
        let order = ada.arrives_at("/orders/").await;
        ada.sees("discount-1-EARLY-BIRD", "40.00").await;
        ada.sees("order-total", "160.00").await;
        go_to_pay(&ada, &order, 2).await;
        ada.sees("shortfall", "160.00").await;
        top_up(&ada, "provider-pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        ada.press("cancel-seat-1-1").await;
        ada.sees("refund-preview", "80.00").await;
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn who_booked_a_conference_that_is_called_off_is_told_and_refunded() {
    journey("called off", async |stage| {
        let show = Show::of(&stage.system, 2).await;
        let (ada, email) = (stage.visitor("Ada").await, somebody("ada"));
        let order = hold(&ada, &show, 1, &email).await;
        buy(&ada, &order, 1).await;
        let cancel = format!("/api/conferences/{}/cancel", show.conference_id);
        show.organizer.command(&cancel, json!({})).await.accepted();

        // Ada does nothing: her page follows by itself.
        ada.sees("cancelled", "The conference does not take place")
            .await;
        ada.sees("refund", "100.00 is back on your balance").await;
        ada.open(&show.path).await;
        ada.sees("not-on-sale", "does not take place").await;
        let person = stage.system.person(&email, &[]).await;
        has(&person, 10_000).await;
    })
    .await;
}

#[tokio::test]
async fn who_asks_to_be_forgotten_is_signed_out_and_finds_their_booking_without_a_name() {
    journey("forgotten", async |stage| {
        let show = Show::of(&stage.system, 2).await;
        let (ada, address) = (stage.visitor("Ada").await, somebody("ada"));
        let order = hold(&ada, &show, 1, &address).await;
        buy(&ada, &order, 1).await;
        ada.sees("seat-1-1", "Guest 1").await;

        ada.open("/account").await;
        ada.press("forget-me").await;
        ada.sees("what-goes", "those of your guests included").await;
        ada.press("keep").await;
        ada.press("forget-me").await;
        ada.sees("what-stays", "bookings, payments and balance")
            .await;
        ada.press("confirm-forget").await;
        ada.sees_one_of(&["sign-in"]).await;

        let herself = stage.system.person(&address, &["attendee"]).await;
        let nameless = |order: &Value| order["lines"][0]["seats"][0]["attendee"].is_null();
        herself.until(&format!("/api{order}"), nameless).await;
        ada.open(&order).await;
        ada.press("sign-in-here").await;
        ada.signs_in(&address).await;
        ada.sees_one_of(&["confirmed"]).await;
        assert!(!ada.read("seat-1-1").await.contains("Guest 1"));
        ada.has_a_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn after_a_move_people_go_on_where_they_were() {
    if std::env::var_os("PLENARY_TEST_URL").is_some() {
        return; // Only a system that can be stopped can move.
    }
    let old = System::start().await;
    let show = Show::of(&old, 5).await;
    let email = somebody("ada");
    let ada = old.person(&email, &[]).await;
    ada.pay_in(50_000, None, "pay").await;
    has(&ada, 50_000).await;
    let id = new_id();
    let held = order(&id, &show.conference_id, &show.pool, 2, false);
    ada.command("/api/orders", held).await.accepted();
    let order = format!("/orders/{id}");

    journey_in("moved", old.moved(site()), async move |stage| {
        let ada = stage.visitor("Ada").await;
        ada.open("/").await;
        ada.press("sign-in").await;
        ada.signs_in(&email).await;
        ada.sees_one_of(&["account"]).await;
        ada.open(&order).await;
        go_to_pay(&ada, &order, 2).await;
        ada.sees("balance", "500").await;
        ada.press("pay").await;
        ada.sees_one_of(&["confirmed"]).await;
        ada.press("cancel-seat-1-1").await;
        ada.press("confirm-cancel-seat").await;
        ada.sees("refund", "100.00 is back on your balance").await;

        // And whoever comes new finds what is left.
        let bob = stage.visitor("Bob").await;
        bob.open(&show.path).await;
        bob.sees(&show.remaining(), "4 left").await;
        let order = hold(&bob, &show, 4, &somebody("bob")).await;
        buy(&bob, &order, 4).await;
        assert_eq!(show.free(&stage).await, 0);
        ada.has_a_quiet_console().await;
        bob.has_a_quiet_console().await;
    })
    .await;
}
