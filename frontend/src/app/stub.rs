//! The ticket stub: what was booked, on paper with a torn edge.

use leptos::prelude::*;
use shared::{
    Money,
    views::{OrderLine, OrderView, SeatStatus},
};

use super::when::When;
use crate::ui::format;

/// The seats of a line that the person has now: held or confirmed.
pub fn current_seats(line: &OrderLine) -> u32 {
    let current = line
        .seats
        .iter()
        .filter(|seat| seat.status != SeatStatus::Cancelled);
    current.count() as u32
}

/// The conference, its time and place, and what the seats cost.
#[component]
pub fn OrderStub(
    #[prop(into)] order: Signal<OrderView>,
    /// Whether it shows what the seats cost, where the screen does not do so itself.
    #[prop(default = true)]
    sums: bool,
) -> impl IntoView {
    let conference = order.with_untracked(|order| order.conference.clone());
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
            {sums
                .then(|| {
                    view! {
                        <dl class="sums">
                            <Sums order />
                        </dl>
                    }
                })}
        </section>
        </div>
    }
}

/// What the seats cost, line by line with what promo codes take off, and in all.
#[component]
pub fn Sums(#[prop(into)] order: Signal<OrderView>) -> impl IntoView {
    let lines = move || order.with(|order| order.lines.iter().filter_map(line_sums).collect_view());
    view! {
        {lines}
        <div class="sum">
            <dt>"Total"</dt>
            <dd data-test="order-total">{move || format::amount(order.with(|order| order.total))}</dd>
        </div>
    }
}

fn line_sums(line: &OrderLine) -> Option<impl IntoView + use<>> {
    let seats = current_seats(line);
    if seats == 0 {
        return None;
    }
    let times = |price: Money, factor: i64| Money {
        minor: price.minor * factor * i64::from(seats),
        ..price
    };
    let discounts = line.discounts.iter().map(|discount| {
        let code = discount.code.as_str();
        let test = format!("discount-{}-{code}", line.line);
        // Where there is one seat, its discount is the line's.
        let per_seat = (seats > 1).then(|| {
            let per_seat = format::amount(Money {
                minor: -discount.per_seat.minor,
                ..discount.per_seat
            });
            view! { <span class="hint">{per_seat} " a seat"</span> }
        });
        view! {
            <div class="discount" data-test=test>
                <dt>{code.to_owned()} " " {per_seat}</dt>
                <dd>{format::amount(times(discount.per_seat, -1))}</dd>
            </div>
        }
    });
    let discounts = discounts.collect_view();
    Some(view! {
        <div>
            <dt>{seats} " × " {line.name.to_string()}</dt>
            <dd>{format::amount(times(line.unit_price, 1))}</dd>
        </div>
        {discounts}
    })
}
