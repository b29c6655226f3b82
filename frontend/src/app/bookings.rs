//! Everything the signed-in person has booked, the newest first.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::views::{MyOrders, OrderStatus, OrderView};

use super::{
    order::{SignInFirst, Timeline, is_called_off},
    stub::current_seats,
    when::When,
    written::Written,
};
use crate::{
    api::{MyBookings, live, use_client},
    ui::{Freshness, LoadFailure, PageHeading, Skeleton, format},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// My bookings.
#[component]
pub fn BookingsScreen() -> impl IntoView {
    let session = use_client().session;
    move || match session.is_signed_in() {
        true => view! { <Bookings /> }.into_any(),
        false => view! { <SignInFirst text="Your bookings are shown only to you." /> }.into_any(),
    }
}

#[component]
fn Bookings() -> impl IntoView {
    let mine = live(Memo::new(|_| MyBookings), POLLED_EVERY);
    view! {
        <PageHeading title="My bookings" />
        <Freshness upkeep=mine.upkeep />
        {move || match (mine.view.get(), mine.upkeep.failure.get()) {
            (Some(orders), _) => view! { <BookingList orders /> }.into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=mine.upkeep /> }.into_any(),
            (None, None) => {
                view! {
                    <Skeleton label="Loading your bookings" blocks=&["ticket-block", "ticket-block"] />
                }
                    .into_any()
            }
        }}
    }
}

#[component]
fn BookingList(orders: Arc<MyOrders>) -> impl IntoView {
    let written = use_context::<Written>().unwrap_or_default();
    if orders.orders.is_empty() {
        return view! {
            <div class="empty" data-test="no-bookings">
                <p>"You have not booked anything yet."</p>
                <a class="button primary" href="/">
                    "Find a conference"
                </a>
            </div>
        }
        .into_any();
    }
    let bookings = move || {
        let shown = orders
            .orders
            .iter()
            .filter_map(|order| written.over(order.order_id, Some(order)));
        shown
            .map(|order| view! { <li><Booking order /></li> })
            .collect_view()
    };
    view! { <ul class="bookings">{bookings}</ul> }.into_any()
}

#[component]
fn Booking(order: OrderView) -> impl IntoView {
    let (status, class, action) = match order.status {
        OrderStatus::Reserved | OrderStatus::PartlyReserved => {
            ("On hold", "chip time", "Complete the booking")
        }
        OrderStatus::Expired => (
            "Hold has run out",
            "chip time",
            "Complete it if seats are free",
        ),
        OrderStatus::AwaitingPayment => ("Being paid", "chip time", "See how it stands"),
        OrderStatus::Confirmed => ("Confirmed", "chip ok", "Ticket and changes"),
        OrderStatus::Cancelled if is_called_off(&order) => {
            ("Does not take place", "chip bad", "Details")
        }
        OrderStatus::Cancelled => ("Cancelled", "chip", "Details"),
        OrderStatus::Refunded => ("Refunded", "chip", "Details"),
    };
    let seats: u32 = order.lines.iter().map(current_seats).sum();
    let address = format!("/orders/{}", order.order_id);
    let conference = order.conference.clone();
    let facts =
        (seats > 0).then(|| format!("{}, {}", format::seats(seats), format::amount(order.total)));
    let locator = order.locator.clone();
    let id = order.order_id;
    view! {
        <article class="booking" data-test=format!("booking-{id}")>
            <div class="booking-text">
                <p class=class>{status}</p>
                <h2>
                    <a href=address.clone()>{conference.name.to_string()}</a>
                </h2>
                <p>
                    <When
                        starts_at=conference.starts_at
                        ends_at=conference.ends_at
                        zone=conference.time_zone
                    />
                </p>
                <p class="hint">
                    {conference.venue.to_string()} ", " {conference.city.to_string()}
                    {facts.map(|facts| format!(" · {facts}"))}
                </p>
            </div>
            <div class="booking-stub">
                <p class="overline">"Reference"</p>
                <p class="locator">{locator}</p>
                <a href=address>
                    {action}
                    <span class="visually-hidden">": " {conference.name.to_string()}</span>
                </a>
            </div>
            <details>
                <summary>"What happened"</summary>
                <Timeline order=Signal::stored(order) />
            </details>
        </article>
    }
}
