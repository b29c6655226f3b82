//! The timeline of one stream, which stops at each of its versions.

use std::time::Duration;

use leptos::prelude::*;

use super::{moments::of_stream, timeline::Timeline};
use crate::{
    api::{StreamFrom, live},
    router::use_router,
    ui::Freshness,
};

const POLLED_EVERY: Duration = Duration::from_secs(10);
/// Commits on one timeline.
const COMMITS: u32 = 100;

/// The version that the address asks for; empty for now.
pub fn asked_version() -> Memo<String> {
    let router = use_router();
    Memo::new(move |_| router.parameter("version"))
}

/// Chooses among the versions of a stream, which the screen at this address shows. Where the stream is longer than one
/// timeline, links lead on to the rest of it.
#[component]
pub fn VersionTimeline(stream: String, address: String) -> impl IntoView {
    let router = use_router();
    let version = asked_version();
    let from = Memo::new(move |_| router.parameter("from"));
    let query = Memo::new(move |_| StreamFrom {
        stream: stream.clone(),
        from: from.get().parse().unwrap_or(1),
        limit: COMMITS,
    });
    let history = live(query, POLLED_EVERY);
    let moments = Memo::new(move |_| {
        history
            .view
            .with(|page| page.as_deref().map(of_stream).unwrap_or_default())
    });
    let chosen = Memo::new(move |_| {
        let version = version.get();
        moments.with(|moments| moments.iter().position(|moment| moment.key == version))
    });
    let here = address.clone();
    let choose = Callback::new(move |index: Option<usize>| {
        let key = index.and_then(|index| {
            moments.with_untracked(|moments| moments.get(index).map(|moment| moment.key.clone()))
        });
        let from = from.get_untracked();
        let version = key.unwrap_or_default();
        let query = crate::api::query_string(&[("version", &version), ("from", &from)]);
        router.replace(&(here.clone() + &query));
    });
    let first = address.clone();
    let pages = move || {
        let next = history
            .view
            .with(|page| page.as_ref().and_then(|page| page.next));
        let later = next.map(|next| {
            let to = format!("{address}?from={next}");
            view! { <a class="button" href=to data-test="later">"From version " {next}</a> }
        });
        let earlier = (!from.with(String::is_empty)).then(|| {
            view! { <a class="button" href=first.clone()>"From the beginning"</a> }
        });
        (later.is_some() || earlier.is_some())
            .then(|| view! { <p class="actions">{earlier} {later}</p> })
    };
    view! {
        <Freshness upkeep=history.upkeep />
        <Timeline moments chosen choose />
        {pages}
    }
}
