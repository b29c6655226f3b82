//! Time travel: how something stood at any moment, what happened around it, and the difference to now.

mod account;
mod availability;
mod choose;
mod moments;
mod order;
mod timeline;
mod versions;

use leptos::prelude::*;
use shared::history::Reads;

pub use self::{
    account::AccountTravelScreen, availability::AvailabilityTravel, choose::TravelScreen,
    order::OrderTravelScreen,
};
use crate::ui::format::{counted, number};

/// What it took to look at a moment: however long the history, it should be little.
#[component]
fn ReadsNote(reads: Reads) -> impl IntoView {
    let count = |count: u64| number(i64::try_from(count).unwrap_or(i64::MAX));
    view! {
        <p class="hint" data-test="reads">
            "Found with " {counted(reads.calls, "read")} " of the log; events folded: " {count(reads.events)} ", "
            {count(reads.skipped)} " already in a state that the log holds."
        </p>
    }
}

/// A value then and now.
struct Held {
    name: String,
    then: String,
    now: String,
}

/// Something as it was, held against how it is: what differs is marked, by a word as well as by its look.
#[component]
fn ThenNow(caption: &'static str, rows: Vec<Held>) -> impl IntoView {
    let rows = rows.into_iter().map(|Held { name, then, now }| {
        let (class, difference) = match then == now {
            true => ("", "The same"),
            false => ("changed", "Changed"),
        };
        view! {
            <tr class=class>
                <th scope="row">{name}</th>
                <td>{then}</td>
                <td>{now}</td>
                <td>{difference}</td>
            </tr>
        }
    });
    view! {
        <div class="scrolls" role="region" aria-label=caption tabindex="0">
            <table class="numbers then-now" data-test="then-now">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"What"</span></th>
                        <th scope="col">"Then"</th>
                        <th scope="col">"Now"</th>
                        <th scope="col">"Difference"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
