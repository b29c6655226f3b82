//! The log: every event of every stream, the latest first.

use std::time::Duration;

use leptos::prelude::*;
use shared::history::LoggedEvent;

use super::{
    links::{Exactly, StreamLink, correlation_address, event_address},
    log_filter::{FilterForm, asked, log_address},
};
use crate::{
    api::{LogFilter, live},
    router::use_router,
    ui::{Freshness, LoadFailure, PageHeading, Skeleton},
};

const POLLED_EVERY: Duration = Duration::from_secs(5);

/// A page of it, through the filter in the address.
#[component]
pub fn LogScreen() -> impl IntoView {
    let router = use_router();
    let filter = Memo::new(move |_| asked(router));
    let page = live(filter, POLLED_EVERY);
    let events = Memo::new(move |_| {
        page.view
            .with(|page| page.as_ref().map(|page| page.events.clone()))
            .unwrap_or_default()
    });
    let next = Memo::new(move |_| page.view.with(|page| page.as_ref()?.next.clone()));
    let is_known = Memo::new(move |_| page.view.with(Option::is_some));
    let is_empty = Memo::new(move |_| events.with(Vec::is_empty));
    let content = move || {
        match (is_empty.get(), next.with(Option::is_some)) {
        (true, false) => view! { <p class="empty" data-test="no-events">"No event is like this."</p> }.into_any(),
        // Few of the events looked at were among those asked for; older ones may be.
        (true, true) => view! { <p class="empty" data-test="no-events">"No event among the latest is like this. There may be older ones."</p> }.into_any(),
        (false, _) => view! {
            <EventTable events caption="Events, the latest first" last="Belongs to" cell=Callback::new(belongs) />
        }
        .into_any(),
    }
    };
    view! {
        <PageHeading title="Log" />
        <FilterForm />
        <Freshness upkeep=page.upkeep />
        {move || match (is_known.get(), page.upkeep.failure.get()) {
            (true, _) => view! { {content} <Pages filter next /> }.into_any(),
            (false, Some(_)) => view! { <LoadFailure upkeep=page.upkeep /> }.into_any(),
            (false, None) => view! { <Skeleton label="Loading the log" blocks=&["block", "block"] /> }.into_any(),
        }}
    }
}

/// The ways to older events, and back to the latest.
#[component]
fn Pages(filter: Memo<LogFilter>, next: Memo<Option<String>>) -> impl IntoView {
    let at = move |before: String| {
        let filter = filter.get();
        log_address(&LogFilter { before, ..filter })
    };
    let newest = move || {
        let is_first = filter.with(|filter| filter.before.is_empty());
        (!is_first).then(|| view! { <a class="button" href=at(String::new())>"The latest"</a> })
    };
    let older = move || {
        let next = next.get()?;
        Some(view! { <a class="button" href=at(next) data-test="older">"Older"</a> })
    };
    view! { <p class="actions">{newest} {older}</p> }
}

fn belongs(event: LoggedEvent) -> AnyView {
    view! { <a class="one-line" href=correlation_address(event.correlation_id)>"Cause and effects"</a> }
        .into_any()
}

/// Events, one in a row. A row stays as it is while others come and go: somebody may be in it.
#[component]
pub fn EventTable(
    events: Memo<Vec<LoggedEvent>>,
    caption: &'static str,
    /// The heading of the last column.
    last: &'static str,
    /// What stands there.
    cell: Callback<LoggedEvent, AnyView>,
) -> impl IntoView {
    let row = move |event: LoggedEvent| {
        let shown_last = cell.run(event.clone());
        let address = event_address(&event.stream, event.version);
        let label = format!("{}, version {}", event.name, event.version);
        view! {
            <tr id=format!("event-{}", event.id) tabindex="-1" data-test="logged">
                <td><Exactly at=event.at /></td>
                <th scope="row">
                    <a href=address aria-label=label>{event.name.clone()}</a>
                    <span class="words">{event.words.clone()}</span>
                </th>
                <td>
                    <StreamLink stream=event.stream.clone() from=event.version />
                    <span class="hint">" version " {event.version}</span>
                </td>
                <td>{shown_last}</td>
            </tr>
        }
    };
    view! {
        <div class="scrolls" role="region" aria-label=caption tabindex="0">
            <table class="log-table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Stream"</th>
                        <th scope="col">{last}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || events.get() key=|event| event.id children=row />
                </tbody>
            </table>
        </div>
    }
}
