//! The query function on a real engine: what it shows, to whom, and as of when.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::time::Duration;

use lambda_http::{
    Body, Request, RequestExt, Response, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    http, request::RequestContext,
};
use queries::Queries;
use read_model::{
    ConferenceDoc, Document, LineDoc, OrderDoc, OrderPhase, PaymentDoc, PoolDoc, Row, SeatTypeDoc,
    Tables, View, Views, Written,
};
use serde::de::DeserializeOwned;
use serde_json::json;
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, Problem, ProblemType, SeatTypeId,
    Timestamp,
    problem::FieldErrors,
    views::{
        Availability, Catalogue, ConferencePage, ConferenceStatus, LineDiscount, MyOrders,
        OrderStatus, OrderView, OrderedSeat, SeatStatus,
    },
};
use uuid::Uuid;

const DAY: i64 = 24 * 60;

struct World {
    queries: Queries,
    views: Views,
}

/// Somebody who calls, with the groups of their token.
type Caller<'a> = Option<(&'a str, &'a str)>;
const NOBODY: Caller<'static> = None;
const ADA: Caller<'static> = Some(("ada", ""));
const BOB: Caller<'static> = Some(("bob", ""));
const OLGA: Caller<'static> = Some(("olga", "[organizer]"));
const OPERATOR: Caller<'static> = Some(("otto", "[operator]"));

impl World {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let database = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending::<()>(),
        ));
        let client = plenary_http::start::local_dynamodb(&endpoint);
        read_model::create_tables(&client, &read_model::Tables::default())
            .await
            .unwrap();
        Self {
            views: Views::new(&client, &Tables::default()),
            queries: Queries::new(&client, &Tables::default()),
        }
    }

    async fn get(&self, path: &str, caller: Caller<'_>) -> Response<Body> {
        self.queries.handle(request(path, caller)).await
    }

    /// The answer to a request that is answered.
    async fn ask<T: DeserializeOwned>(&self, path: &str, caller: Caller<'_>) -> T {
        let answer = self.get(path, caller).await;
        assert_eq!(answer.status(), 200, "{path}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// The problem with a request that is refused.
    async fn refusal(&self, path: &str, caller: Caller<'_>) -> Problem {
        let answer = self.get(path, caller).await;
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        serde_json::from_slice(answer.body()).unwrap()
    }

    async fn is_not_found(&self, path: &str, caller: Caller<'_>) -> bool {
        self.refusal(path, caller).await.kind() == Some(ProblemType::NotFound)
    }

    /// The slugs of a catalogue's page.
    async fn slugs(&self, parameters: &str) -> Vec<String> {
        let path = format!("/api/conferences{parameters}");
        let catalogue: Catalogue = self.ask(&path, NOBODY).await;
        let slugs = catalogue.conferences.into_iter();
        slugs
            .map(|conference| conference.slug.to_string())
            .collect()
    }

    async fn has(&self, conference: Row<ConferenceDoc>) {
        put(&self.views.catalogue, &conference).await;
    }
}

async fn put<D: Document>(view: &View<D>, row: &Row<D>) {
    let over = (row.version > 1).then(|| row.version - 1);
    assert_eq!(view.put(row, over).await.unwrap(), Written::Done);
}

fn request(path: &str, caller: Caller<'_>) -> Request {
    let mut context = ApiGatewayV2httpRequestContext::default();
    if let Some((sub, groups)) = caller {
        let claims = json!({ "sub": sub, "cognito:groups": groups });
        context.authorizer =
            serde_json::from_value(json!({ "jwt": { "claims": claims } })).unwrap();
    }
    http::Request::builder()
        .uri(format!("https://plenary.example{path}"))
        .body(Body::Empty)
        .unwrap()
        .with_request_context(RequestContext::ApiGatewayV2(context))
}

fn in_minutes(minutes: i64) -> Timestamp {
    plenary_http::now().plus_minutes(minutes)
}

fn conference_id(number: u128) -> ConferenceId {
    ConferenceId(Uuid::from_u128(number))
}

const STANDARD: SeatTypeId = SeatTypeId(Uuid::from_u128(100));
const ORDER: OrderId = OrderId(Uuid::from_u128(200));

/// A published conference that begins in so many days and lasts for two.
fn conference(number: u128, days: i64) -> Row<ConferenceDoc> {
    let id = conference_id(number);
    Row {
        key: ConferenceDoc::key(id),
        source: format!("conference#{id}"),
        version: 1,
        doc: ConferenceDoc {
            conference_id: id,
            organizer: PersonId("olga".into()),
            status: ConferenceStatus::Published,
            slug: format!("conference-{number}").parse().unwrap(),
            name: "Rust Week".parse().unwrap(),
            description: "All about crabs".parse().unwrap(),
            venue: "Hall".parse().unwrap(),
            city: "Berlin".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            starts_at: in_minutes(days * DAY),
            ends_at: in_minutes((days + 2) * DAY),
            currency: Currency::EUR,
            seat_types: vec![SeatTypeDoc {
                seat_type_id: STANDARD,
                name: "Standard".parse().unwrap(),
                description: "".parse().unwrap(),
                price: 12_000.try_into().unwrap(),
                quota: 10.try_into().unwrap(),
                max_per_order: 4.try_into().unwrap(),
            }],
        },
    }
}

fn with(
    mut conference: Row<ConferenceDoc>,
    change: impl FnOnce(&mut ConferenceDoc),
) -> Row<ConferenceDoc> {
    change(&mut conference.doc);
    conference
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
                unit_price: Money {
                    minor: 12_000,
                    currency: Currency::EUR,
                },
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
    let euros = |minor| Money {
        minor,
        currency: Currency::EUR,
    };
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
