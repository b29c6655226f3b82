//! An order at each of its versions.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    Money, OrderId,
    history::OrderThen,
    views::{OrderLine, OrderStatus, SeatStatus},
};

use super::{
    Held, ReadsNote, ThenNow,
    versions::{VersionTimeline, asked_version},
};
use crate::{
    api::{Live, OrderMoment, live},
    app::not_found::NotFound,
    browser::encode,
    ui::{
        LoadFailure, PageHeading, Skeleton,
        format::{amount, seats},
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// The order with this id, as it stands in the address.
#[component]
pub fn OrderTravelScreen(id: String) -> impl IntoView {
    match id.parse::<OrderId>() {
        Ok(id) => view! { <ById id /> }.into_any(),
        Err(_) => view! { <Missing /> }.into_any(),
    }
}

#[component]
fn Missing() -> impl IntoView {
    view! { <NotFound title="There is no such order" text="Its id may miss a letter." /> }
}

#[component]
fn ById(id: OrderId) -> impl IntoView {
    let stream = format!("order#{id}");
    let address = format!("/operate/time-travel/orders/{id}");
    let version = asked_version();
    let at = |version: Signal<String>| {
        let query = Memo::new(move |_| OrderMoment {
            order_id: id,
            version: version.get(),
        });
        live(query, POLLED_EVERY)
    };
    let then: Live<OrderThen> = at(version.into());
    let now = at(Signal::derive(String::new));
    view! {
        <p class="back">
            <a href="/operate/time-travel">"Time travel"</a>
        </p>
        <PageHeading title="An order through time" />
        <p>
            <a class="code breaks" href=format!("/operate/streams/{}", encode(&stream))>{stream.clone()}</a>
        </p>
        <VersionTimeline stream address />
        {move || match (then.view.get(), now.view.get(), then.upkeep.failure.get()) {
            (Some(then), Some(now), _) => view! { <Order then now /> }.into_any(),
            (_, _, Some(failure)) if failure.is_not_found() => view! {
                <p data-test="not-found">"There is no such order, or it was not there yet."</p>
            }
            .into_any(),
            (_, _, Some(_)) => view! { <LoadFailure upkeep=then.upkeep /> }.into_any(),
            (_, _, None) => view! { <Skeleton label="Loading the order" blocks=&["block"] /> }.into_any(),
        }}
    }
}

#[component]
fn Order(then: Arc<OrderThen>, now: Arc<OrderThen>) -> impl IntoView {
    let held = |name: &str, tell: fn(&OrderThen) -> String| Held {
        name: name.into(),
        then: tell(&then),
        now: tell(&now),
    };
    let mut rows = vec![
        held("Version", |order| order.version.to_string()),
        held("Status", |order| status(order.status).into()),
        held("Price of its seats", price),
    ];
    rows.extend(now.lines.iter().map(|line| {
        let before = then.lines.iter().find(|before| before.line == line.line);
        Held {
            name: format!("Line {}: {}", line.line, line.name),
            then: before.map_or_else(|| "Not there yet".into(), line_words),
            now: line_words(line),
        }
    }));
    view! {
        <p class="overline">"Order"</p>
        <p class="locator">{now.locator.clone()}</p>
        <ThenNow caption="The order at the chosen moment, and now" rows />
        <ReadsNote reads=then.reads />
    }
}

/// What the seats cost that are not given up.
fn price(order: &OrderThen) -> String {
    let prices = order.lines.iter().flat_map(|line| {
        let kept = line
            .seats
            .iter()
            .filter(|seat| seat.status != SeatStatus::Cancelled);
        kept.map(|_| line.seat_price)
    });
    let sum = prices.reduce(|sum, price| Money {
        minor: sum.minor.saturating_add(price.minor),
        ..sum
    });
    sum.map_or_else(|| "Nothing".into(), amount)
}

fn status(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Reserved => "Seats held",
        OrderStatus::PartlyReserved => "Some seats held",
        OrderStatus::Expired => "Hold ran out",
        OrderStatus::AwaitingPayment => "Being paid",
        OrderStatus::Confirmed => "Confirmed",
        OrderStatus::Cancelled => "Cancelled",
        OrderStatus::Refunded => "Refunded",
    }
}

/// `2 seats confirmed, 1 seat cancelled`.
fn line_words(line: &OrderLine) -> String {
    let words = [
        (SeatStatus::Held, "held"),
        (SeatStatus::Confirmed, "confirmed"),
        (SeatStatus::Cancelled, "cancelled"),
    ];
    let told = words.iter().filter_map(|(status, word)| {
        let count = line
            .seats
            .iter()
            .filter(|seat| seat.status == *status)
            .count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        (count > 0).then(|| format!("{} {word}", seats(count)))
    });
    let told: Vec<_> = told.collect();
    match told.is_empty() {
        true => format!("{} asked for", seats(line.requested)),
        false => told.join(", "),
    }
}
