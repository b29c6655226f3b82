//! A conference's page: what it is, what its seats cost, how many are left right now, and choosing some.

pub mod choice;
mod placement;
mod rejection;
mod seat_type;

use std::{sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use shared::views::{ConferencePage, ConferenceStatus};
use web_sys::{Event, SubmitEvent};

use self::{
    choice::Choice,
    placement::{Placement, use_placement},
    rejection::Rejection,
    seat_type::SeatTypeRow,
};
use super::{later::preload_orders, not_found::NotFound, when::When};
use crate::{
    api::{ConferenceAt, Phase, live},
    ui::{
        Alert, CommandButton, Freshness, Icon, If, LoadFailure, PageHeading, Skeleton, format,
        handler, watch,
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(5);

/// One conference, by the slug or id in the address.
#[component]
pub fn ConferenceScreen(slug_or_id: String) -> impl IntoView {
    let query = Memo::new(move |_| ConferenceAt(slug_or_id.clone()));
    let conference = live(query, POLLED_EVERY);
    let page = Memo::new(move |_| conference.view.get());
    let placement = use_placement(page);
    // A rejection says what is free: the page should say the same.
    watch(move || {
        if placement
            .phase()
            .with(|phase| matches!(phase, Phase::Failed(_)))
        {
            conference.upkeep.refresh();
        }
    });
    let is_missing = move || {
        conference
            .upkeep
            .failure
            .get()
            .is_some_and(|failure| failure.is_not_found())
    };

    // Which part of the screen there is; the numbers inside change without it.
    let shown =
        Memo::new(
            move |_| match page.with(|page| page.as_ref().map(|page| page.conference_id)) {
                _ if is_missing() => Shown::Missing,
                Some(_) => Shown::Page,
                None if conference.upkeep.failure.get().is_some() => Shown::Failure,
                None => Shown::Skeleton,
            },
        );
    move || match (shown.get(), page.get_untracked()) {
        (Shown::Missing, _) => view! {
            <NotFound
                title="There is no such conference"
                text="It may have been taken off sale, or the link may be mistyped."
            />
        }
        .into_any(),
        (Shown::Page, Some(first)) => {
            let page = Memo::new(move |_| page.get().unwrap_or_else(|| first.clone()));
            view! {
                <Freshness upkeep=conference.upkeep />
                <Page page placement />
            }
            .into_any()
        }
        (Shown::Failure, _) => view! { <LoadFailure upkeep=conference.upkeep /> }.into_any(),
        (Shown::Page | Shown::Skeleton, _) => view! {
            <Skeleton
                label="Loading the conference"
                blocks=&["title-block", "line", "seat-block", "seat-block", "seat-block"]
            />
        }
        .into_any(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Missing,
    Page,
    Failure,
    Skeleton,
}

#[component]
fn Page(page: Memo<Arc<ConferencePage>>, placement: Placement) -> impl IntoView {
    let first = page.get_untracked();
    let name = Signal::derive(move || page.with(|page| page.name.to_string()));
    view! {
        <article class="conference">
            <header class="conference-head">
                <p class="back">
                    <a href="/">"All conferences"</a>
                </p>
                <PageHeading title=name />
                <ul class="facts">
                    <li>
                        <Icon name="calendar" />
                        <When
                            starts_at=first.starts_at
                            ends_at=first.ends_at
                            zone=first.time_zone.as_str()
                        />
                    </li>
                    <li>
                        <Icon name="map-pin" />
                        <span>{first.venue.to_string()} ", " {first.city.to_string()}</span>
                    </li>
                </ul>
                <p class="description">{move || page.with(|page| page.description.to_string())}</p>
            </header>
            {move || match page.with(|page| page.status) {
                ConferenceStatus::Published => view! { <SeatChoice page placement /> }.into_any(),
                ConferenceStatus::Draft => {
                    view! { <NotOnSale text="This is a draft. Only you see it; nothing is on sale yet." /> }
                        .into_any()
                }
                ConferenceStatus::Cancelled => {
                    view! {
                        <NotOnSale text="This conference does not take place. Every booking is cancelled, and what was paid goes back." />
                    }
                        .into_any()
                }
                ConferenceStatus::Unpublished => {
                    view! {
                        <NotOnSale text="This conference is not on sale at the moment. Bookings already made stand." />
                    }
                        .into_any()
                }
            }}
        </article>
    }
}

#[component]
fn NotOnSale(text: &'static str) -> impl IntoView {
    view! {
        <p class="notice" data-test="not-on-sale">
            {text}
        </p>
    }
}

#[component]
fn SeatChoice(page: Memo<Arc<ConferencePage>>, placement: Placement) -> impl IntoView {
    let conference_id = page.with_untracked(|page| page.conference_id);
    let choice = RwSignal::new(Choice::kept(conference_id));
    let nothing_chosen = RwSignal::new(false);
    watch(move || choice.with(|choice| choice.keep(conference_id)));

    let seats = Memo::new(move |_| page.with(|page| choice.with(|choice| choice.seats(page))));
    // Whoever chooses seats will want to see their order: its screens come while the rest is being chosen.
    watch(move || {
        if seats.get() > 0 {
            spawn_local(async { _ = preload_orders().await });
        }
    });
    let change = move |edit: &dyn Fn(&mut Choice)| {
        choice.update(edit);
        nothing_chosen.set(false);
        placement.clear();
    };
    let hold = move || {
        if seats.get_untracked() == 0 {
            nothing_chosen.set(true);
        } else {
            choice.with_untracked(|choice| placement.place(choice, &page.get_untracked()));
        }
    };
    // The rows are made anew only when other types are sold; their numbers change inside them.
    let ids = Memo::new(move |_| {
        page.with(|page| {
            page.seat_types
                .iter()
                .map(|kind| kind.seat_type_id)
                .collect::<Vec<_>>()
        })
    });
    let row = move |id| {
        let seat_type = Memo::new(move |before| {
            let now = page.with(|page| {
                let mut kinds = page.seat_types.iter();
                kinds.find(|kind| kind.seat_type_id == id).cloned()
            });
            now.or_else(|| before.cloned().flatten())
        });
        let chosen = Signal::derive(move || choice.with(|choice| choice.of(id)));
        let on_change = Callback::new(move |seats| change(&|choice| choice.set(id, seats)));
        view! { <SeatTypeRow seat_type chosen on_change /> }.into_any()
    };
    let take = Callback::new(move |cut: Choice| {
        choice.set(cut);
        hold();
    });
    view! {
        <form
            class="seat-choice"
            novalidate
            aria-labelledby="seats-heading"
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                hold();
            })
        >
            <h2 id="seats-heading">"Seats"</h2>
            <ul class="seat-types">
                {move || ids.get().into_iter().map(row).collect_view()}
            </ul>
            <Rejection page choice placement on_take=take />
            <If when=move || nothing_chosen.get()>
                <Alert test="error-summary">
                    <p>"Choose at least one seat first."</p>
                </Alert>
            </If>
            <If when=move || placement.sign_in_failed.get()>
                <p class="notice bad" role="alert">
                    "The sign-in service did not answer. Your choice is kept; try again in a moment."
                </p>
            </If>
            <If when=move || { seats.get() > 1 }>
                <label class="checkbox">
                    <input
                        type="checkbox"
                        data-test="partial"
                        prop:checked=move || choice.with(|choice| choice.partial)
                        on:change=handler(move |event: Event| {
                            let partial = event_target_checked(&event);
                            change(&|choice| choice.partial = partial);
                        })
                    />
                    <span>
                        "Fewer will do"
                        <span class="hint">"If not all of them are free any more, hold what is left."</span>
                    </span>
                </label>
            </If>
            <div class="total-bar">
                <p class="total" role="status">
                    <strong data-test="total">
                        {move || format::amount(page.with(|page| choice.with(|choice| choice.total(page))))}
                    </strong>
                    <span data-test="seat-count">
                        {move || match seats.get() {
                            0 => "No seats chosen".to_owned(),
                            seats => format::seats(seats),
                        }}
                    </span>
                </p>
                <CommandButton
                    phase=placement.phase()
                    label="Hold seats"
                    busy_label="Holding…"
                    test="hold"
                />
            </div>
            <p class="hint">"Held for 15 minutes while you fill in names. Nothing is charged today."</p>
        </form>
    }
}
