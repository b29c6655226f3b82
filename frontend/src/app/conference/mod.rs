//! A conference's page: what it is, what its seats cost, how many are left right now, and choosing some.

pub mod choice;
mod form;
mod placement;
mod promo;
mod promo_box;
mod rejection;
mod seat_type;

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::views::{ConferencePage, ConferenceStatus};

use self::form::SeatChoice;
pub use self::{form::Wish, placement::Placing, promo_box::PromoBox};
use super::{not_found::NotFound, when::When};
use crate::{
    api::{ConferenceAt, Upkeep, live},
    ui::{Freshness, Icon, LoadFailure, PageHeading, Skeleton},
};

const POLLED_EVERY: Duration = Duration::from_secs(5);

/// One conference, by the slug or id in the address.
#[component]
pub fn ConferenceScreen(slug_or_id: String) -> impl IntoView {
    let query = Memo::new(move |_| ConferenceAt(slug_or_id.clone()));
    let conference = live(query, POLLED_EVERY);
    let page = Memo::new(move |_| conference.view.get());
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
                <Page page upkeep=conference.upkeep />
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
fn Page(page: Memo<Arc<ConferencePage>>, upkeep: Upkeep) -> impl IntoView {
    let first = page.get_untracked();
    let name = Signal::derive(move || page.with(|page| page.name.to_string()));
    // Kept apart from the page, whose numbers change all the time: the form must stay the same one meanwhile.
    let status = Memo::new(move |_| page.with(|page| page.status));
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
            {move || match status.get() {
                ConferenceStatus::Published => view! { <SeatChoice page upkeep /> }.into_any(),
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
