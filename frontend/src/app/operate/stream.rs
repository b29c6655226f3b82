//! A stream, commit by commit.

use std::time::Duration;

use leptos::prelude::*;
use shared::history::{StoredCommitView, StreamPage};

use super::{
    commits::Commit,
    links::{short, stream_address, travel_address},
};
use crate::{
    api::{Live, StreamFrom, live},
    router::use_router,
    ui::{Freshness, LoadFailure, PageHeading, Skeleton},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);
/// Commits on one page.
const PAGE: u32 = 50;

/// The stream of this name, from the version in the address on.
#[component]
pub fn StreamScreen(stream: String) -> impl IntoView {
    let router = use_router();
    let query = {
        let stream = stream.clone();
        Memo::new(move |_| StreamFrom {
            stream: stream.clone(),
            from: router.parameter("from").parse().unwrap_or(1),
            limit: PAGE,
        })
    };
    let page = live(query, POLLED_EVERY);
    let is_known = Memo::new(move |_| page.view.with(Option::is_some));
    let travel = travel_address(&stream).map(|address| {
        view! {
            <a class="button" href=address data-test="travel">
                "See it through time"
            </a>
        }
    });
    let log = format!("/operate/log?stream={}", crate::browser::encode(&stream));
    view! {
        <p class="back">
            <a href="/operate/log">"Log"</a>
        </p>
        <PageHeading title=format!("Stream {}", short(&stream)) />
        <p class="code breaks">{stream}</p>
        <p class="actions">
            {travel}
            <a class="button" href=log>
                "Its events in the log"
            </a>
        </p>
        <Freshness upkeep=page.upkeep />
        {move || match (is_known.get(), page.upkeep.failure.get()) {
            (true, _) => view! { <Commits page from=query.get().from /> }.into_any(),
            (false, Some(failure)) if failure.is_not_found() => view! {
                <p data-test="not-found">"There is no such stream."</p>
            }
            .into_any(),
            (false, Some(_)) => view! { <LoadFailure upkeep=page.upkeep /> }.into_any(),
            (false, None) => view! { <Skeleton label="Loading the stream" blocks=&["block", "block"] /> }.into_any(),
        }}
    }
}

/// The commits. What is opened in one stays open while others are added.
#[component]
fn Commits(page: Live<StreamPage>, from: u64) -> impl IntoView {
    let commits = Memo::new(move |_| {
        page.view
            .with(|page| page.as_ref().map(|page| page.commits.clone()))
            .unwrap_or_default()
    });
    let stream = page
        .view
        .with_untracked(|page| page.as_ref().map(|page| page.stream.clone()));
    let stream = stream.unwrap_or_default();
    let is_empty = Memo::new(move |_| commits.with(Vec::is_empty));
    let next = Memo::new(move |_| page.view.with(|page| page.as_ref()?.next));
    let first = (from > 1).then(|| {
        view! { <a class="button" href=stream_address(&stream, 1)>"From the beginning"</a> }
    });
    let later = {
        let stream = stream.clone();
        move || {
            let next = next.get()?;
            let to = stream_address(&stream, next);
            Some(
                view! { <a class="button" href=to data-test="next-page">"Go on from version " {next}</a> },
            )
        }
    };
    let commit = move |commit: StoredCommitView| {
        view! { <Commit stream=stream.clone() commit /> }
    };
    view! {
        {move || is_empty.get().then(|| view! { <p data-test="no-commits">"It has no commits from here on."</p> })}
        <ol class="cards">
            <For each=move || commits.get() key=|commit| commit.hash.clone() children=commit />
        </ol>
        <p class="actions">{first} {later}</p>
    }
}
