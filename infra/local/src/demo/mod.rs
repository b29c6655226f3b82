//! The demo season: on the first start, people pay money in, and a few conferences are created, published and partly sold,
//! by the same commands that a person would send, through the gateway and the functions.
//!
//! Every id and every idempotency key follows from a name (UUIDv5), and the day from which the season counts is written
//! down before the first command. So a load that was cut off is simply done again: what was done gives its first answer.
//! Only a top-up would be refused once its page has run out; so it is written down when all are paid.

mod season;

use std::sync::Arc;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use axum::{body::Body, extract::Request, http::header};
use plenary_http::now;
use serde_json::{Value, json};
use shared::{StreamVersion, Timestamp, VersionToken, endpoint::Name};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use crate::{
    StartError,
    console::Console,
    gateway::Gateway,
    issuer::{Issuer, Person},
    local_table,
    test_provider::TestProvider,
};
use season::{Order, SEASON, Show};

/// The item of the local table that remembers the demo.
const ITEM: &str = "demo";
/// The name space of the demo's ids.
const DEMO: Uuid = Uuid::from_u128(0x0d5b_1d0c_8a3e_4a55_9c1f_5e1a_7e0f_de30);

/// Remember that there is a history already, to which the season would not belong.
///
/// # Errors
///
/// Where DynamoDB does not do its part.
pub async fn skip(client: &Client) -> Result<(), aws_sdk_dynamodb::Error> {
    local_table::put(client, ITEM, [("loaded", AttributeValue::Bool(true))]).await
}

/// Load the season unless it was loaded before.
///
/// # Errors
///
/// Where a command is refused: the season and the rules of booking have come apart.
pub async fn load(
    gateway: &Arc<Gateway>,
    issuer: &Issuer,
    provider: &TestProvider,
    client: &Client,
    console: &Console,
) -> Result<(), StartError> {
    let failed =
        |error: aws_sdk_dynamodb::Error| StartError::Demo(plenary_http::respond::chain(&error));
    let item = local_table::get(client, ITEM)
        .await
        .map_err(failed)?
        .unwrap_or_default();
    if item.contains_key("loaded") {
        return Ok(());
    }
    let noted = item
        .get("counts_from")
        .and_then(|from| from.as_n().ok()?.parse().ok());
    let counts_from = noted.map_or_else(now, Timestamp::from_millis);
    let counts_from_item = (
        "counts_from",
        AttributeValue::N(counts_from.millis().to_string()),
    );
    if noted.is_none() {
        local_table::put(client, ITEM, [counts_from_item.clone()])
            .await
            .map_err(failed)?;
    }

    let loader = Loader {
        gateway,
        issuer,
        provider,
    };
    let loading = async {
        if !item.contains_key("paid_in") {
            loader.pay_in().await.map_err(StartError::Demo)?;
            let paid_in = ("paid_in", AttributeValue::Bool(true));
            local_table::put(client, ITEM, [counts_from_item.clone(), paid_in])
                .await
                .map_err(failed)?;
        }
        let mut pages = Vec::new();
        for show in &SEASON {
            let sold = loader.put_on(show, counts_from).await;
            pages.extend(sold.map_err(StartError::Demo)?);
        }
        // What was paid comes to be confirmed by itself.
        for page in &pages {
            let settled = |shown: &Value| shown["status"] != "awaiting_payment";
            loader.wait_until(page, settled).await;
        }
        Ok(())
    };
    console.step("Demo season", loading).await?;
    let loaded = ("loaded", AttributeValue::Bool(true));
    local_table::put(client, ITEM, [counts_from_item, loaded])
        .await
        .map_err(failed)
}

struct Loader<'a> {
    gateway: &'a Arc<Gateway>,
    issuer: &'a Issuer,
    provider: &'a TestProvider,
}

/// A page that somebody waits to see.
struct Page {
    path: String,
    /// Whose it is; nobody's for one that everybody sees.
    token: Option<String>,
    /// What it must show at least.
    seen: VersionToken,
}

impl Loader<'_> {
    /// Let each buyer pay in what the season will cost them, at the test provider, and wait until it is on their accounts.
    async fn pay_in(&self) -> Result<(), String> {
        let mut paid = Vec::new();
        for top_up in season::top_ups() {
            let buyer = self.token(top_up.buyer.name, top_up.buyer.email)?;
            let body = json!({ "amount": { "minor": top_up.amount, "currency": top_up.currency } });
            // A key of this load's own: one that was cut off long ago left a page that has run out.
            let key = format!(
                "top-up {} {} {}",
                top_up.buyer.email,
                top_up.currency,
                now()
            );
            let key = Uuid::new_v5(&DEMO, key.as_bytes());
            let started = self
                .command(&buyer, Name::StartTopUp, &[], key, &body)
                .await?;
            let checkout_url = text(&started, "checkout_url")?;
            self.provider.pay(&checkout_url).await?;
            let mut seen = VersionToken::default();
            seen.advance_all(&wrote(&started));
            let path = Name::MyAccounts.path(&[]);
            let token = Some(buyer);
            paid.push((Page { path, token, seen }, top_up.currency));
        }
        for (page, currency) in paid {
            self.wait_until(&page, |mine| {
                let accounts = mine["accounts"].as_array().into_iter().flatten();
                let mut this = accounts.filter(|account| account["currency"] == currency);
                this.all(|account| account["open_top_ups"] == json!([]))
            })
            .await;
        }
        Ok(())
    }

    /// Create, publish and sell one conference; answers the pages that will show it.
    async fn put_on(&self, show: &Show, counts_from: Timestamp) -> Result<Vec<Page>, String> {
        let otto = self.token("Otto Organizer", "otto@example.org")?;
        let key = |what: &str| Uuid::new_v5(&DEMO, format!("{} {what}", show.slug).as_bytes());
        let (starts_at, ends_at) = show.dates(counts_from);

        let mut seen = VersionToken::default();
        let created = json!({
            "name": show.name, "slug": show.slug, "description": show.description, "venue": show.venue,
            "city": show.city, "time_zone": show.time_zone, "currency": show.currency,
            "starts_at": starts_at, "ends_at": ends_at,
        });
        let created = self
            .command(&otto, Name::CreateConference, &[], key("create"), &created)
            .await?;
        seen.advance_all(&wrote(&created));
        let conference_id = text(&created, "conference_id")?;

        let mut seat_type_ids = Vec::new();
        for seat_type in show.seat_types {
            let body = json!({
                "name": seat_type.name, "description": seat_type.description,
                "price": seat_type.price, "quota": seat_type.quota,
            });
            let added = self
                .command(
                    &otto,
                    Name::AddSeatType,
                    &[&conference_id],
                    key(seat_type.name),
                    &body,
                )
                .await?;
            seen.advance_all(&wrote(&added));
            seat_type_ids.push(text(&added, "seat_type_id")?);
        }
        let published = self
            .command(
                &otto,
                Name::Publish,
                &[&conference_id],
                key("publish"),
                &json!({}),
            )
            .await?;
        seen.advance_all(&wrote(&published));

        let mut pages = Vec::new();
        for (number, order) in show.orders().enumerate() {
            let key = |step: &str| key(&format!("order {number} {step}"));
            let buyer = self.token(order.buyer.name, order.buyer.email)?;
            let answers = self
                .sell(&order, &buyer, &conference_id, &seat_type_ids, &key)
                .await?;
            let mut seen_of_order = VersionToken::default();
            for answer in answers {
                seen.advance_all(&wrote(&answer));
                seen_of_order.advance_all(&wrote(&answer));
            }
            pages.push(Page {
                path: Name::Order.path(&[&key("id")]),
                token: Some(buyer),
                seen: seen_of_order.only(|stream| stream.starts_with("order#")),
            });
        }
        let is_shown =
            |stream: &str| stream.starts_with("conference#") || stream.starts_with("seats#");
        pages.push(Page {
            path: Name::ConferencePage.path(&[&conference_id]),
            token: None,
            seen: seen.only(is_shown),
        });
        Ok(pages)
    }

    /// Place an order, name its attendees where they are known, and confirm it.
    async fn sell(
        &self,
        order: &Order,
        buyer: &str,
        conference_id: &str,
        seat_type_ids: &[String],
        key: impl Fn(&str) -> Uuid,
    ) -> Result<Vec<Value>, String> {
        let order_id = key("id").to_string();
        let line = json!({
            "seat_type_id": seat_type_ids.get(order.seat_type), "quantity": order.quantity,
        });
        let placed = json!({
            "order_id": order_id, "conference_id": conference_id, "lines": [line],
        });
        let mut answers = vec![
            self.command(buyer, Name::PlaceOrder, &[], key("place"), &placed)
                .await?,
        ];
        if order.quantity == 1 {
            let seat = json!({
                "line": 1, "seat": 1, "name": order.buyer.name, "email": order.buyer.email,
            });
            let attendees = json!({ "attendees": [seat] });
            answers.push(
                self.command(
                    buyer,
                    Name::AssignAttendees,
                    &[&order_id],
                    key("name"),
                    &attendees,
                )
                .await?,
            );
        }
        answers.push(
            self.command(
                buyer,
                Name::Confirm,
                &[&order_id],
                key("confirm"),
                &json!({}),
            )
            .await?,
        );
        Ok(answers)
    }

    /// Wait until a page shows what it must and is so, as a browser does; no longer than is worth it.
    async fn wait_until(&self, page: &Page, is_so: impl Fn(&Value) -> bool) {
        let Page { path, token, seen } = page;
        let min: String = form_urlencoded::byte_serialize(seen.to_string().as_bytes()).collect();
        let enough = Instant::now() + Duration::from_secs(10);
        while Instant::now() < enough {
            let mut request = Request::get(format!("{path}?min_version={min}"));
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let Ok(request) = request.body(Body::empty()) else {
                return;
            };
            if let Ok(answer) = self.answer(request).await {
                let as_of: Option<VersionToken> =
                    serde_json::from_value(answer["as_of"].clone()).ok();
                if as_of.is_some_and(|as_of| as_of.covers(seen)) && is_so(&answer) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn command(
        &self,
        token: &str,
        name: Name,
        parameters: &[&dyn std::fmt::Display],
        key: Uuid,
        body: &Value,
    ) -> Result<Value, String> {
        let request = Request::builder()
            .method(name.endpoint().method)
            .uri(name.path(parameters))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key.to_string())
            .body(Body::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        self.answer(request).await
    }

    /// The gateway's answer to a request, where it is one of success.
    async fn answer(&self, request: Request) -> Result<Value, String> {
        let asked = format!("{} {}", request.method(), request.uri().path());
        let response = self.gateway.api(request).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .map_err(|error| error.to_string())?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            Ok(body)
        } else {
            let detail = body["detail"].as_str().unwrap_or_default();
            Err(format!("{asked} answered {status}: {detail}"))
        }
    }

    fn token(&self, name: &str, email: &str) -> Result<String, String> {
        let (Ok(email), Ok(name)) = (email.parse(), name.parse()) else {
            return Err(format!("{name} is nobody's name or address"));
        };
        self.issuer
            .access_token(&Person::with_email(email, name), 300)
            .ok_or_else(|| "a token cannot be signed".to_owned())
    }
}

fn wrote(answer: &Value) -> Vec<StreamVersion> {
    serde_json::from_value(answer["wrote"].clone()).unwrap_or_default()
}

fn text(answer: &Value, name: &str) -> Result<String, String> {
    let value = answer[name].as_str().map(str::to_owned);
    value.ok_or_else(|| format!("an answer has no {name}"))
}
