//! Why seats could not be held, and what to do about it: the rejection takes the focus, says what is free instead, and
//! offers to take just that.

use leptos::prelude::*;
use shared::{
    ProblemType, SeatTypeId,
    problem::{PerOrder, PromoCodeRefusal, Shortfall},
    views::ConferencePage,
};

use super::{form::Wish, promo_box::explain_refusal};
use crate::{
    api::Phase,
    ui::{
        Alert, CommandNotice,
        format::{Style, time},
        handler,
    },
};

/// What became of the placement, unless it is simply under way.
#[component]
pub fn Rejection(wish: Wish) -> impl IntoView {
    let phase = wish.phase;
    let shortfalls = Memo::new(move |_| phase.with(shortfalls));
    let per_order = Memo::new(move |_| phase.with(per_order));
    let refusal = Memo::new(move |_| phase.with(promo_refusal));
    move || match (shortfalls.get(), per_order.get(), refusal.get()) {
        (Some(shortfalls), _, _) => view! { <Shortage wish shortfalls /> }.into_any(),
        (None, None, Some(refusal)) => view! { <CodeRefused wish refusal /> }.into_any(),
        (None, Some(limit), _) => {
            let name = name_of(&wish.page.read_untracked(), limit.seat_type_id);
            let at_most = limit.max_per_order;
            let mut cut = wish.choice.get_untracked();
            cut.set(limit.seat_type_id, at_most);
            view! {
                <Alert test="rejection">
                    <p>
                        <strong>{format!("One order can hold at most {at_most} of {name}.")}</strong>
                        " Nothing was held."
                    </p>
                    <button
                        class="button primary"
                        type="button"
                        data-test="take"
                        on:click=handler(move |_| wish.take(cut.clone()))
                    >
                        {format!("Take {at_most}")}
                    </button>
                </Alert>
            }
            .into_any()
        }
        (None, None, None) => {
            view! { <CommandNotice phase safe="No seats were held." /> }.into_any()
        }
    }
}

fn shortfalls(phase: &Phase) -> Option<Vec<Shortfall>> {
    phase.failure()?.shortfalls()
}

fn per_order(phase: &Phase) -> Option<PerOrder> {
    phase.failure()?.extension(ProblemType::TooManyPerOrder)
}

fn promo_refusal(phase: &Phase) -> Option<PromoCodeRefusal> {
    phase.failure()?.extension(ProblemType::PromoCodeRefused)
}

#[component]
fn CodeRefused(wish: Wish, refusal: PromoCodeRefusal) -> impl IntoView {
    let PromoCodeRefusal { promo_code, reason } = refusal;
    let sentence = format!("{}.", explain_refusal(&promo_code, reason));
    let mut without = wish.choice.get_untracked();
    without.promo_codes.retain(|code| *code != promo_code);
    let take = move |_| {
        wish.terms
            .update(|terms| terms.retain(|terms| terms.code != promo_code));
        wish.take(without.clone());
    };
    view! {
        <Alert test="rejection">
            <p>
                <strong>{sentence}</strong>
                " Nothing was held."
            </p>
            <button class="button primary" type="button" data-test="take" on:click=handler(take)>
                "Hold the seats without it"
            </button>
        </Alert>
    }
}

#[component]
fn Shortage(wish: Wish, shortfalls: Vec<Shortfall>) -> impl IntoView {
    let cut = wish
        .choice
        .with_untracked(|choice| choice.cut_to(&shortfalls));
    let rest = wish.page.with_untracked(|page| cut.seats(page));
    let take_label = match shortfalls.as_slice() {
        [only] if rest == only.remaining => format!("Take {rest}"),
        _ => format!("Take the {rest} that are free"),
    };
    let explained = shortfalls
        .iter()
        .map(|short| {
            let page = wish.page.read_untracked();
            let sentence = explain(short, &name_of(&page, short.seat_type_id));
            let returning = returning(short);
            view! { <p data-test="shortfall"><strong>{sentence}</strong> " " {returning}</p> }
        })
        .collect_view();
    view! {
        <Alert test="rejection">
            {explained}
            {match rest {
                0 => view! { <p>"Nothing was held. Choose another seat type, or wait here: this page updates by itself."</p> }.into_any(),
                _ => {
                    view! {
                        <p class="actions">
                            <button
                                class="button primary"
                                type="button"
                                data-test="take"
                                on:click=handler(move |_| wish.take(cut.clone()))
                            >
                                {take_label}
                            </button>
                            <span class="hint">"Nothing was held yet. Or change the numbers above."</span>
                        </p>
                    }
                        .into_any()
                }
            }}
        </Alert>
    }
}

fn name_of(page: &ConferencePage, id: SeatTypeId) -> String {
    let mut kinds = page.seat_types.iter();
    let kind = kinds.find(|kind| kind.seat_type_id == id);
    kind.map(|kind| kind.name.to_string()).unwrap_or_default()
}

fn explain(short: &Shortfall, name: &str) -> String {
    let asked = short.requested;
    match short.remaining {
        0 => format!("{name} was just taken: none of the {asked} you asked for is free."),
        1 => format!("Only 1 {name} is left, and you asked for {asked}."),
        left => format!("Only {left} {name} are left, and you asked for {asked}."),
    }
}

fn returning(short: &Shortfall) -> String {
    let (count, verb) = match short.held {
        0 => return String::new(),
        1 => ("1 more is".to_owned(), "it may"),
        held => (format!("{held} more are"), "some may"),
    };
    match short.next_release_at {
        Some(at) => format!(
            "{count} on hold by others; {verb} come back from {}.",
            time(at, "", Style::Clock)
        ),
        None => format!("{count} on hold by others; {verb} come back."),
    }
}
