//! What an organizer sees of their own conferences: the list, and for each what it took in, its promo codes, and the way
//! to cancel it.

mod add_code;
mod cancel;
mod conference;
mod days;
mod proceeds;
mod promo_codes;
mod terms;
mod venue_time;

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::views::{ConferenceStatus, MyConferences, OwnConference};

pub use self::conference::OwnConferenceScreen;
use super::role::{ForRole, Role};
use crate::{
    api::{OwnConferences, live},
    ui::{Freshness, LoadFailure, PageHeading, Skeleton, format::date_range},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// My conferences.
#[component]
pub fn OrganizeScreen() -> impl IntoView {
    view! {
        <ForRole role=Role::Organizer>
            <Conferences />
        </ForRole>
    }
}

#[component]
fn Conferences() -> impl IntoView {
    let mine = live(Memo::new(|_| OwnConferences), POLLED_EVERY);
    view! {
        <PageHeading title="Your conferences" />
        <Freshness upkeep=mine.upkeep />
        {move || match (mine.view.get(), mine.upkeep.failure.get()) {
            (Some(conferences), _) => view! { <List conferences /> }.into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=mine.upkeep /> }.into_any(),
            (None, None) => {
                view! { <Skeleton label="Loading your conferences" blocks=&["ticket-block", "ticket-block"] /> }
                    .into_any()
            }
        }}
    }
}

#[component]
fn List(conferences: Arc<MyConferences>) -> impl IntoView {
    if conferences.conferences.is_empty() {
        return view! {
            <div class="empty" data-test="no-own-conferences">
                <p>"You do not run a conference yet."</p>
                <a class="button" href="/">
                    "See all conferences"
                </a>
            </div>
        }
        .into_any();
    }
    let conferences = conferences.conferences.iter();
    let rows = conferences.map(row).collect_view();
    view! { <ul class="own-conferences">{rows}</ul> }.into_any()
}

fn row(own: &OwnConference) -> impl IntoView + use<> {
    let summary = &own.summary;
    let left = match (own.status, summary.remaining) {
        (ConferenceStatus::Cancelled, _) => String::new(),
        (_, 0) => "Sold out".to_owned(),
        (_, left) => format!("{left} left"),
    };
    view! {
        <li data-test=format!("own-{}", summary.conference_id)>
            <div>
                <h2>
                    <a href=format!("/organize/{}", summary.conference_id)>{summary.name.to_string()}</a>
                </h2>
                <p class="hint">
                    {date_range(summary.starts_at, summary.ends_at, summary.time_zone.as_str())}
                    " · " {summary.city.to_string()}
                </p>
            </div>
            <StatusChip status=own.status />
            <p class="left">{left}</p>
        </li>
    }
}

/// Where a conference stands, in two words.
#[component]
fn StatusChip(status: ConferenceStatus) -> impl IntoView {
    let (class, word) = match status {
        ConferenceStatus::Draft => ("chip", "Draft"),
        ConferenceStatus::Published => ("chip ok", "On sale"),
        ConferenceStatus::Unpublished => ("chip", "Off sale"),
        ConferenceStatus::Cancelled => ("chip bad", "Cancelled"),
    };
    view! {
        <p class=class data-test="conference-status">
            {word}
        </p>
    }
}
