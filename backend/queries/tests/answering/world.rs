//! The query function over an engine of its own, the rows that a test puts there, and who asks.

use lambda_http::{
    Body, Request, RequestExt, Response, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    http, request::RequestContext,
};
use queries::Queries;
use read_model::{ConferenceDoc, Document, Row, SeatTypeDoc, Tables, View, Views, Written};
use serde::de::DeserializeOwned;
use serde_json::json;
use shared::{
    ConferenceId, Currency, Money, PersonId, Problem, ProblemType, SeatTypeId, Timestamp,
    views::ConferenceStatus,
};
use uuid::Uuid;

pub const DAY: i64 = 24 * 60;

pub struct World {
    pub queries: Queries,
    pub views: Views,
}

/// Somebody who calls, with the groups of their token.
pub type Caller<'a> = Option<(&'a str, &'a str)>;
pub const NOBODY: Caller<'static> = None;
pub const ADA: Caller<'static> = Some(("ada", ""));
pub const BOB: Caller<'static> = Some(("bob", ""));
pub const OLGA: Caller<'static> = Some(("olga", "[organizer]"));
/// Another organizer.
pub const PAUL: Caller<'static> = Some(("paul", "[organizer]"));
pub const OPERATOR: Caller<'static> = Some(("otto", "[operator]"));

impl World {
    pub async fn new() -> Self {
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

    pub async fn get(&self, path: &str, caller: Caller<'_>) -> Response<Body> {
        self.queries.handle(request(path, caller)).await
    }

    /// The answer to a request that is answered.
    pub async fn ask<T: DeserializeOwned>(&self, path: &str, caller: Caller<'_>) -> T {
        let answer = self.get(path, caller).await;
        assert_eq!(answer.status(), 200, "{path}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// The problem with a request that is refused.
    pub async fn refusal(&self, path: &str, caller: Caller<'_>) -> Problem {
        let answer = self.get(path, caller).await;
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        serde_json::from_slice(answer.body()).unwrap()
    }

    pub async fn is_not_found(&self, path: &str, caller: Caller<'_>) -> bool {
        self.refusal(path, caller).await.kind() == Some(ProblemType::NotFound)
    }

    pub async fn has(&self, conference: Row<ConferenceDoc>) {
        put(&self.views.catalogue, &conference).await;
    }
}

pub async fn put<D: Document>(view: &View<D>, row: &Row<D>) {
    let over = (row.version > 1).then(|| row.version - 1);
    assert_eq!(view.put(row, over).await.unwrap(), Written::Done);
}

pub fn request(path: &str, caller: Caller<'_>) -> Request {
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

pub fn in_minutes(minutes: i64) -> Timestamp {
    plenary_http::now().plus_minutes(minutes)
}

pub fn conference_id(number: u128) -> ConferenceId {
    ConferenceId(Uuid::from_u128(number))
}

pub const STANDARD: SeatTypeId = SeatTypeId(Uuid::from_u128(100));

/// A published conference that begins in so many days and lasts for two.
pub fn conference(number: u128, days: i64) -> Row<ConferenceDoc> {
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

pub fn with(
    mut conference: Row<ConferenceDoc>,
    change: impl FnOnce(&mut ConferenceDoc),
) -> Row<ConferenceDoc> {
    change(&mut conference.doc);
    conference
}

pub fn euros(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}
