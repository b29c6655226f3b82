//! One conference of the organizer.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    ConferenceId,
    views::{ConferencePage, ConferenceStatus, Proceeds},
};

use super::{
    StatusChip, cancel::CancelSection, proceeds::ProceedsSection, promo_codes::PromoCodesSection,
};
use crate::{
    api::{ConferenceAt, ProceedsOf, Upkeep, live},
    app::{
        not_found::NotFound,
        role::{ForRole, Role},
        when::When,
    },
    ui::{Freshness, LoadFailure, PageHeading, Skeleton},
};

const POLLED_EVERY: Duration = Duration::from_secs(5);

/// What there is to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Loading,
    Missing,
    Failure,
    Conference,
}

/// The conference with this id, as it stands in the address.
#[component]
pub fn OwnConferenceScreen(id: String) -> impl IntoView {
    let id = id.parse::<ConferenceId>().ok();
    view! {
        <ForRole role=Role::Organizer>
            {match id {
                Some(id) => view! { <ById id /> }.into_any(),
                None => view! { <Missing /> }.into_any(),
            }}
        </ForRole>
    }
}

#[component]
fn ById(id: ConferenceId) -> impl IntoView {
    let conference = live(
        Memo::new(move |_| ConferenceAt(id.to_string())),
        POLLED_EVERY,
    );
    // Only whoever runs the conference is told what it took in: that decides whether it is there for this person.
    let proceeds = live(Memo::new(move |_| ProceedsOf(id)), POLLED_EVERY);
    let shown = Memo::new(move |_| {
        let failures = [
            conference.upkeep.failure.get(),
            proceeds.upkeep.failure.get(),
        ];
        let mut failures = failures.iter().flatten();
        let is_known = conference.view.with(Option::is_some) && proceeds.view.with(Option::is_some);
        match failures.clone().any(|failure| failure.is_not_found()) {
            true => Shown::Missing,
            false if is_known => Shown::Conference,
            false if failures.next().is_some() => Shown::Failure,
            false => Shown::Loading,
        }
    });
    let known = move || {
        let (Some(page), Some(taken)) = (
            conference.view.get_untracked(),
            proceeds.view.get_untracked(),
        ) else {
            return ().into_any();
        };
        let page = Memo::new(move |_| conference.view.get().unwrap_or_else(|| page.clone()));
        let taken = Memo::new(move |_| proceeds.view.get().unwrap_or_else(|| taken.clone()));
        let upkeep = conference.upkeep;
        view! {
            <Freshness upkeep />
            <Conference page proceeds=taken upkeep />
        }
        .into_any()
    };
    move || match shown.get() {
        Shown::Conference => known(),
        Shown::Missing => view! { <Missing /> }.into_any(),
        Shown::Failure => view! { <LoadFailure upkeep=conference.upkeep /> }.into_any(),
        Shown::Loading => view! {
            <Skeleton
                label="Loading the conference"
                blocks=&["title-block", "block", "seat-block", "seat-block"]
            />
        }
        .into_any(),
    }
}

/// What the conference's history can be asked.
#[component]
fn Tools(id: ConferenceId) -> impl IntoView {
    let tools = [
        ("analytics", "Analytics"),
        ("time-travel", "Time travel"),
        ("what-if", "What if?"),
    ];
    let links = tools.map(|(tool, name)| {
        view! {
            <li>
                <a class="button" href=format!("/organize/{id}/{tool}") data-test=tool>
                    {name}
                </a>
            </li>
        }
    });
    view! { <ul class="actions">{links.collect_view()}</ul> }
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <NotFound
            title="There is no such conference of yours"
            text="It does not exist, or somebody else runs it."
        />
    }
}

#[component]
fn Conference(
    page: Memo<Arc<ConferencePage>>,
    proceeds: Memo<Arc<Proceeds>>,
    upkeep: Upkeep,
) -> impl IntoView {
    let first = page.get_untracked();
    let name = Signal::derive(move || page.with(|page| page.name.to_string()));
    let status = Memo::new(move |_| page.with(|page| page.status));
    let is_on = Memo::new(move |_| status.get() != ConferenceStatus::Cancelled);
    view! {
        <div class="own-conference">
            <header>
                <p class="back">
                    <a href="/organize">"Your conferences"</a>
                </p>
                <PageHeading title=name />
                <p class="own-facts">
                    {move || view! { <StatusChip status=status.get() /> }}
                    <When starts_at=first.starts_at ends_at=first.ends_at zone=first.time_zone.as_str() />
                    <span>{first.venue.to_string()} ", " {first.city.to_string()}</span>
                </p>
                <p>
                    <a href=format!("/conferences/{}", first.slug)>"See its page"</a>
                </p>
                <Tools id=first.conference_id />
                {move || (!is_on.get()).then(|| view! {
                    <p class="notice" data-test="called-off" id="called-off" tabindex="-1">
                        <strong>"This conference is cancelled."</strong>
                        " Its bookings are being cancelled one after another, and what was paid goes back; the numbers below follow."
                    </p>
                })}
            </header>
            <ProceedsSection proceeds />
            <PromoCodesSection page is_on />
            {move || is_on.get().then(|| view! { <CancelSection page proceeds upkeep /> })}
        </div>
    }
}
