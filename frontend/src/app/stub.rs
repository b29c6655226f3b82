//! The ticket stub: what was booked, on paper with a torn edge.

use leptos::prelude::*;
use shared::views::{OrderView, SeatStatus};

use super::when::When;
use crate::ui::format;

/// The seats of a line that the person has now: held or confirmed.
pub fn current_seats(line: &shared::views::OrderLine) -> u32 {
    let current = line
        .seats
        .iter()
        .filter(|seat| seat.status != SeatStatus::Cancelled);
    current.count() as u32
}

/// The conference, its time and place, and what the seats cost.
#[component]
pub fn OrderStub(#[prop(into)] order: Signal<OrderView>) -> impl IntoView {
    let conference = order.with_untracked(|order| order.conference.clone());
    let lines = move || {
        let order = order.get();
        let rows = order.lines.iter().filter_map(|line| {
            let seats = current_seats(line);
            let price = shared::Money {
                minor: line.seat_price.minor * i64::from(seats),
                currency: line.seat_price.currency,
            };
            (seats > 0).then(|| {
                view! {
                    <div>
                        <dt>{seats} " × " {line.name.to_string()}</dt>
                        <dd>{format::amount(price)}</dd>
                    </div>
                }
            })
        });
        rows.collect_view()
    };
    view! {
        <div class="torn">
        <section class="stub" aria-labelledby="stub-name">
            <h2 id="stub-name">{conference.name.to_string()}</h2>
            <p>
                <When
                    starts_at=conference.starts_at
                    ends_at=conference.ends_at
                    zone=conference.time_zone
                />
            </p>
            <p>{conference.venue.to_string()} ", " {conference.city.to_string()}</p>
            <dl class="sums">
                {lines}
                <div class="sum">
                    <dt>"Total"</dt>
                    <dd data-test="order-total">{move || format::amount(order.with(|order| order.total))}</dd>
                </div>
            </dl>
        </section>
        </div>
    }
}
