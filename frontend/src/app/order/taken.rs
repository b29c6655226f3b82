//! What became of a confirmation: above all, that a hold had run out and others have taken its seats since.

use leptos::prelude::*;
use shared::{problem::Shortfall, views::OrderView};

use crate::{
    api::Phase,
    app::{conference::choice::Choice, stub::current_seats},
    ui::{Alert, CommandNotice, handler},
};

/// What is known of a confirmation while it is not simply done.
#[component]
pub fn ConfirmNotice(
    order: Memo<OrderView>,
    phase: Signal<Phase>,
    /// What is safe to assume when it failed.
    safe: &'static str,
) -> impl IntoView {
    let shortfalls = Memo::new(move |_| phase.with(|phase| phase.failure()?.shortfalls()));
    move || match shortfalls.get() {
        Some(shortfalls) => view! { <TakenMeanwhile order shortfalls /> }.into_any(),
        None => view! { <CommandNotice phase safe /> }.into_any(),
    }
}

/// The hold had run out, and others have taken seats since.
#[component]
fn TakenMeanwhile(order: Memo<OrderView>, shortfalls: Vec<Shortfall>) -> impl IntoView {
    let order = order.get_untracked();
    let mut wanted: Choice = order
        .lines
        .iter()
        .map(|line| (line.seat_type_id, current_seats(line)))
        .collect();
    let discounts = order.lines.iter().flat_map(|line| &line.discounts);
    for discount in discounts {
        if !wanted.promo_codes.contains(&discount.code) {
            wanted.promo_codes.push(discount.code.clone());
        }
    }
    let left = wanted.cut_to(&shortfalls);
    let sentences = shortfalls.iter().filter_map(|short| {
        let line = order
            .lines
            .iter()
            .find(|line| line.seat_type_id == short.seat_type_id)?;
        let name = line.name.as_str();
        Some(match short.remaining {
            0 => format!("{name}: none is free any more."),
            left => format!("{name}: {left} of {} still free.", short.requested),
        })
    });
    let sentences = sentences
        .map(|sentence| view! { <p>{sentence}</p> })
        .collect_view();
    let conference_id = order.conference.conference_id;
    view! {
        <Alert test="rejection">
            <p>
                <strong>"The hold had run out, and some of your seats were taken meanwhile."</strong>
                " You were not charged."
            </p>
            {sentences}
            <p>
                <a
                    class="button primary"
                    href=format!("/conferences/{}", order.conference.slug)
                    data-test="choose-again"
                    on:click=handler(move |_| left.keep(conference_id))
                >
                    "Choose from what is left"
                </a>
            </p>
        </Alert>
    }
}
