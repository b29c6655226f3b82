//! A stream, commit by commit.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::history::StreamPage;

use super::{
    commits::Commit,
    links::{short, stream_address, travel_address},
};
use crate::{
    api::{StreamFrom, live},
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
        {move || match (page.view.get(), page.upkeep.failure.get()) {
            (Some(page), _) => view! { <Commits page from=query.get().from /> }.into_any(),
            (None, Some(failure)) if failure.is_not_found() => view! {
                <p data-test="not-found">"There is no such stream."</p>
            }
            .into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=page.upkeep /> }.into_any(),
            (None, None) => view! { <Skeleton label="Loading the stream" blocks=&["block", "block"] /> }.into_any(),
        }}
    }
}

#[component]
fn Commits(page: Arc<StreamPage>, from: u64) -> impl IntoView {
    if page.commits.is_empty() {
        return view! { <p data-test="no-commits">"It has no commits from here on."</p> }
            .into_any();
    }
    let commits = page.commits.iter();
    let commits =
        commits.map(|commit| view! { <Commit stream=page.stream.clone() commit=commit.clone() /> });
    let first = (from > 1).then(|| {
        view! {
            <a class="button" href=stream_address(&page.stream, 1)>
                "From the beginning"
            </a>
        }
    });
    let next = page.next.map(|next| {
        view! {
            <a class="button" href=stream_address(&page.stream, next) data-test="next-page">
                "Go on from version " {next}
            </a>
        }
    });
    view! {
        <ol class="cards">{commits.collect_view()}</ol>
        <p class="actions">{first} {next}</p>
    }
    .into_any()
}
