//! What is on sale, how its seats stand, and a person's orders.

use std::time::Duration;

use queries::Queries;
use read_model::{ConferenceDoc, LineDoc, OrderDoc, OrderPhase, PaymentDoc, PoolDoc, Row, Tables};
use shared::{
    Currency, OrderId, PaymentId, PersonId, ProblemType,
    problem::FieldErrors,
    views::{
        Availability, Catalogue, ConferencePage, ConferenceStatus, LineDiscount, MyOrders,
        OrderStatus, OrderView, OrderedSeat, SeatStatus,
    },
};
use uuid::Uuid;

use crate::world::{
    ADA, BOB, DAY, NOBODY, OLGA, OPERATOR, STANDARD, World, conference, conference_id, euros,
    in_minutes, put, request, with,
};

const ORDER: OrderId = OrderId(Uuid::from_u128(200));

impl World {
    /// The slugs of a catalogue's page.
    async fn slugs(&self, parameters: &str) -> Vec<String> {
        let path = format!("/api/conferences{parameters}");
        let catalogue: Catalogue = self.ask(&path, NOBODY).await;
        let slugs = catalogue.conferences.into_iter();
        slugs
            .map(|conference| conference.slug.to_string())
            .collect()
    }
}

/// Ten seats: three sold, two held for a quarter of an hour, one whose hold is over.
fn pool() -> Row<PoolDoc> {
    let mut doc = PoolDoc {
        quota: 10,
        sold: 3,
        ..PoolDoc::default()
    };
    doc.hold(2, in_minutes(15));
    doc.hold(1, in_minutes(-1));
    let key = PoolDoc::key(conference_id(1), STANDARD);
    Row {
        source: format!("seats#{key}"),
        key,
        version: 1,
        doc,
    }
}

/// Ada's order of two seats, the first of which was given up.
fn order(version: u64, phase: OrderPhase) -> Row<OrderDoc> {
    let seat = |seat, status| OrderedSeat {
        seat,
        status,
        attendee: None,
    };
    Row {
        key: OrderDoc::key(ORDER),
        source: format!("order#{ORDER}"),
        version,
        doc: OrderDoc {
            order_id: ORDER,
            conference_id: conference_id(1),
            owner: PersonId("ada".into()),
            locator: "ABC234".into(),
            currency: Currency::EUR,
            placed_at: in_minutes(0),
            phase,
            lines: vec![LineDoc {
                line: 1,
                seat_type_id: STANDARD,
                name: "Standard".parse().unwrap(),
                unit_price: euros(12_000),
                discounts: Vec::new(),
                requested: 2,
                seats: vec![seat(1, SeatStatus::Cancelled), seat(2, SeatStatus::Held)],
            }],
            payment: None,
            timeline: Vec::new(),
        },
    }
}

fn held(minutes: i64, extended: bool) -> OrderPhase {
    OrderPhase::Held {
        until: in_minutes(minutes),
        extended,
    }
}

#[tokio::test]
async fn the_catalogue_shows_what_is_on_sale_by_start() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    world.has(conference(2, 10)).await;
    world.has(conference(3, -5)).await;
    let draft = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Draft;
    world.has(with(conference(4, 5), draft)).await;
    let off_sale = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Unpublished;
    world.has(with(conference(5, 5), off_sale)).await;
    put(&world.views.availability, &pool()).await;

    let catalogue: Catalogue = world.ask("/api/conferences", NOBODY).await;
    let slugs: Vec<_> = catalogue
        .conferences
        .iter()
        .map(|c| c.slug.as_str())
        .collect();
    assert_eq!(slugs, ["conference-2", "conference-1"]);
    let known = &catalogue.conferences[1];
    assert_eq!(known.remaining, 5);
    assert_eq!(known.from_price.unwrap().minor, 12_000);
    // Its pool was not projected yet: it was opened a moment ago, and all of it is there.
    assert_eq!(catalogue.conferences[0].remaining, 10);
    assert_eq!(catalogue.as_of.of(&pool().source), Some(1));
}

#[tokio::test]
async fn the_catalogue_is_filtered_by_words_city_and_days() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let elsewhere = |doc: &mut ConferenceDoc| {
        doc.city = "München".parse().unwrap();
        doc.name = "Café Summit".parse().unwrap();
    };
    world.has(with(conference(2, 20), elsewhere)).await;
    world.has(conference(3, -5)).await;

    assert_eq!(world.slugs("?q=crabs+rust").await, ["conference-1"]);
    assert_eq!(world.slugs("?q=CAF%C3%89").await, ["conference-2"]);
    assert!(world.slugs("?q=crabs+python").await.is_empty());
    assert_eq!(world.slugs("?city=m%C3%BCnchen").await, ["conference-2"]);
    let day = |days: i64| in_minutes(days * DAY).to_string()[..10].to_owned();
    // It lasts until day 12, and the other begins on day 20.
    assert_eq!(world.slugs(&format!("?from={}", day(12))).await.len(), 2);
    assert_eq!(
        world.slugs(&format!("?from={}", day(13))).await,
        ["conference-2"]
    );
    assert_eq!(
        world.slugs(&format!("?to={}", day(19))).await,
        ["conference-1"]
    );
    assert_eq!(world.slugs(&format!("?to={}", day(20))).await.len(), 2);
    // Whoever asks for days gone by sees what was then.
    assert_eq!(
        world
            .slugs(&format!("?from={}&to={}", day(-9), day(0)))
            .await,
        ["conference-3"]
    );

    let catalogue: Catalogue = world.ask("/api/conferences?q=crabs", NOBODY).await;
    let cities: Vec<_> = catalogue.cities.iter().map(|city| city.as_str()).collect();
    assert_eq!(cities, ["Berlin", "München"]);
}

#[tokio::test]
async fn a_long_catalogue_comes_page_by_page() {
    let world = World::new().await;
    for number in 1..=50 {
        world.has(conference(number, number as i64)).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/conferences".to_owned();
    loop {
        let page: Catalogue = world.ask(&path, NOBODY).await;
        assert!(page.conferences.len() <= 24);
        seen.extend(page.conferences.into_iter().map(|c| c.conference_id));
        match page.next_cursor {
            Some(cursor) => path = format!("/api/conferences?cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, (1..=50).map(conference_id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_parameter_that_is_unknown_or_wrong_is_named() {
    let world = World::new().await;
    for (parameters, field) in [
        ("?colour=red", "colour"),
        ("?from=tomorrow", "from"),
        ("?to=2027-05-03T00:00:00Z", "to"),
        ("?cursor=abc", "cursor"),
        ("?min_version=x", "min_version"),
        ("?q=a&q=b", "q"),
    ] {
        let problem = world
            .refusal(&format!("/api/conferences{parameters}"), NOBODY)
            .await;
        assert_eq!(
            problem.kind(),
            Some(ProblemType::InvalidRequest),
            "{parameters}"
        );
        let errors = problem.extension::<FieldErrors>().unwrap().errors;
        assert_eq!(errors[0].field, field);
    }
}

#[tokio::test]
async fn a_conference_is_found_by_id_and_by_slug() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    put(&world.views.availability, &pool()).await;
    for name in [conference_id(1).to_string(), "conference-1".to_owned()] {
        let page: ConferencePage = world.ask(&format!("/api/conferences/{name}"), NOBODY).await;
        assert_eq!(page.conference_id, conference_id(1));
        let seats = &page.seat_types[0];
        assert_eq!((seats.quota, seats.remaining, seats.held), (10, 5, 2));
        assert_eq!(page.as_of.to_string().matches('@').count(), 2);
    }
    for name in [
        "nowhere",
        "x",
        "00000000-0000-0000-0000-0000000000ff",
        "a%20b",
    ] {
        assert!(
            world
                .is_not_found(&format!("/api/conferences/{name}"), NOBODY)
                .await
        );
    }
}

#[tokio::test]
async fn availability_says_how_the_seats_stand_now() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    put(&world.views.availability, &pool()).await;
    let path = format!("/api/conferences/{}/availability", conference_id(1));
    let availability: Availability = world.ask(&path, NOBODY).await;
    let pool = &availability.seat_types[0];
    assert_eq!(
        (pool.quota, pool.remaining, pool.held, pool.sold),
        (10, 5, 2, 3)
    );
    assert!(
        world
            .is_not_found("/api/conferences/conference-1/availability", NOBODY)
            .await
    );
}

#[tokio::test]
async fn a_draft_is_there_only_for_those_who_may_change_it() {
    let world = World::new().await;
    let draft = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Draft;
    world.has(with(conference(1, 10), draft)).await;
    let path = "/api/conferences/conference-1";
    for caller in [NOBODY, ADA, Some(("paul", "[organizer]"))] {
        assert!(world.is_not_found(path, caller).await, "{caller:?}");
    }
    for caller in [OLGA, OPERATOR] {
        let page: ConferencePage = world.ask(path, caller).await;
        assert_eq!(page.status, ConferenceStatus::Draft);
    }
    let answer = world.get(path, OLGA).await;
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
}

#[tokio::test]
async fn a_conference_off_sale_says_so() {
    let world = World::new().await;
    let off_sale = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Unpublished;
    world.has(with(conference(1, 10), off_sale)).await;
    let page: ConferencePage = world.ask("/api/conferences/conference-1", NOBODY).await;
    assert_eq!(page.status, ConferenceStatus::Unpublished);
}

#[tokio::test]
async fn what_the_caller_has_already_is_not_sent_again() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let path = "/api/conferences/conference-1";
    let etag = world.get(path, NOBODY).await.headers()["etag"].clone();
    let mut again = request(path, NOBODY);
    again.headers_mut().insert("if-none-match", etag);
    let answer = world.queries.handle(again).await;
    assert_eq!(answer.status(), 304);
    assert!(answer.body().is_empty());
}

#[tokio::test]
async fn an_order_is_there_for_its_owner_alone() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    put(&world.views.orders, &order(1, held(10, false))).await;
    let path = format!("/api/orders/{ORDER}");
    let shown: OrderView = world.ask(&path, ADA).await;
    assert_eq!(shown.conference.name.as_str(), "Rust Week");
    assert_eq!(shown.status, OrderStatus::Reserved);
    // One of its two seats was given up.
    assert_eq!(shown.total.minor, 12_000);
    assert!(shown.can_extend && shown.held_until.is_some());

    assert!(world.is_not_found(&path, BOB).await);
    assert!(world.is_not_found(&path, OPERATOR).await);
    let refusal = world.refusal(&path, NOBODY).await;
    assert_eq!(refusal.kind(), Some(ProblemType::Unauthenticated));
    assert!(world.is_not_found("/api/orders/42", ADA).await);

    let mine: MyOrders = world.ask("/api/me/orders", ADA).await;
    assert_eq!(mine.orders, [shown]);
    let none: MyOrders = world.ask("/api/me/orders", BOB).await;
    assert!(none.orders.is_empty());
}

#[tokio::test]
async fn the_newest_order_stands_first() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    for (number, minutes) in [(1, 5), (2, 20), (3, 10)] {
        let mut row = order(1, OrderPhase::Confirmed);
        row.doc.order_id = OrderId(Uuid::from_u128(number));
        row.doc.placed_at = in_minutes(minutes);
        row.key = OrderDoc::key(row.doc.order_id);
        row.source = format!("order#{}", row.doc.order_id);
        put(&world.views.orders, &row).await;
    }
    let mine: MyOrders = world.ask("/api/me/orders", ADA).await;
    let ids: Vec<u128> = mine.orders.iter().map(|o| o.order_id.0.as_u128()).collect();
    assert_eq!(ids, [2, 3, 1]);
}

#[tokio::test]
async fn a_hold_can_be_extended_once_and_before_it_is_over() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let path = format!("/api/orders/{ORDER}");
    let awaiting = OrderPhase::AwaitingPayment {
        until: in_minutes(10),
        extended: false,
    };
    let phases = [
        (held(10, true), OrderStatus::Reserved, true),
        (held(-1, false), OrderStatus::Expired, true),
        (awaiting, OrderStatus::AwaitingPayment, true),
        (OrderPhase::Confirmed, OrderStatus::Confirmed, false),
        (OrderPhase::Cancelled, OrderStatus::Cancelled, false),
        (OrderPhase::Refunded, OrderStatus::Refunded, false),
    ];
    for (version, (phase, status, is_held)) in (1..).zip(phases) {
        put(&world.views.orders, &order(version, phase)).await;
        let shown: OrderView = world.ask(&path, ADA).await;
        assert_eq!((shown.status, shown.can_extend), (status, false));
        assert_eq!(shown.held_until.is_some(), is_held);
    }
}

#[tokio::test]
async fn an_order_costs_what_is_left_after_discounts_and_says_what_was_paid() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let mut row = order(1, OrderPhase::Confirmed);
    row.doc.lines[0].discounts = vec![LineDiscount {
        code: "TENTH".parse().unwrap(),
        per_seat: euros(1_200),
    }];
    for (version, taken, paid) in [(1, false, None), (2, true, Some(euros(10_800)))] {
        row.version = version;
        row.doc.payment = Some(PaymentDoc {
            payment_id: PaymentId(Uuid::from_u128(5)),
            amount: euros(10_800),
            taken,
        });
        put(&world.views.orders, &row).await;
        let shown: OrderView = world.ask(&format!("/api/orders/{ORDER}"), ADA).await;
        assert_eq!((shown.total, shown.paid), (euros(10_800), paid));
        assert_eq!(shown.lines[0].seat_price, euros(10_800));
        assert_eq!(shown.lines[0].unit_price, euros(12_000));
    }
}

#[tokio::test]
async fn a_confirmed_order_has_a_ticket_and_a_calendar_entry() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let ticket = format!("/api/orders/{ORDER}/ticket.svg");
    let calendar = format!("/api/orders/{ORDER}/calendar.ics");
    put(&world.views.orders, &order(1, held(10, false))).await;
    assert!(world.is_not_found(&ticket, ADA).await);
    assert!(world.is_not_found(&calendar, ADA).await);

    put(&world.views.orders, &order(2, OrderPhase::Confirmed)).await;
    let answer = world.get(&ticket, ADA).await;
    assert_eq!(answer.headers()["content-type"], "image/svg+xml");
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
    let answer = world.get(&calendar, ADA).await;
    assert_eq!(
        answer.headers()["content-type"],
        "text/calendar; charset=utf-8"
    );
    assert!(world.is_not_found(&ticket, BOB).await);
    assert!(world.is_not_found(&calendar, BOB).await);
}

#[tokio::test]
async fn a_reader_waits_for_what_they_have_just_written() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    put(&world.views.orders, &order(1, held(10, false))).await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        put(&world.views.orders, &order(2, OrderPhase::Confirmed)).await;
    };
    let token = format!("order%23{ORDER}@2,seats%23x%23y@99");
    let one = format!("/api/orders/{ORDER}?min_version={token}");
    let all = format!("/api/me/orders?min_version={token}");
    let bare = format!("/api/orders/{ORDER}?min_version=2");
    let (one, all, bare, ()) = tokio::join!(
        world.ask::<OrderView>(&one, ADA),
        world.ask::<MyOrders>(&all, ADA),
        world.ask::<OrderView>(&bare, ADA),
        late
    );
    for shown in [&one, &all.orders[0], &bare] {
        assert_eq!(shown.status, OrderStatus::Confirmed);
        assert_eq!(shown.as_of.of(&format!("order#{ORDER}")), Some(2));
    }
}

#[tokio::test]
async fn a_reader_waits_for_a_conference_that_was_just_published() {
    let world = World::new().await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.has(conference(1, 10)).await;
    };
    let token = format!("conference%23{}@1", conference_id(1));
    let by_slug = format!("/api/conferences/conference-1?min_version={token}");
    let by_id = format!("/api/conferences/{}?min_version=1", conference_id(1));
    let all = format!("/api/conferences?min_version={token}");
    let (_, _, all, ()) = tokio::join!(
        world.ask::<ConferencePage>(&by_slug, NOBODY),
        world.ask::<ConferencePage>(&by_id, NOBODY),
        world.ask::<Catalogue>(&all, NOBODY),
        late
    );
    assert_eq!(all.conferences.len(), 1);
}

#[tokio::test]
async fn a_broken_database_is_a_fault_that_says_nothing_of_it() {
    // Nothing listens there.
    let queries = Queries::new(
        &plenary_http::start::local_dynamodb("http://127.0.0.1:9"),
        &Tables::default(),
    );
    let answer = queries.handle(request("/api/me/orders", ADA)).await;
    assert_eq!(answer.status(), 500);
    let text = std::str::from_utf8(answer.body()).unwrap();
    assert!(
        !text.contains("plenary-orders") && !text.contains("127.0.0.1"),
        "{text}"
    );
}
