//! The log: every event of every stream, the latest first.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::history::{LogPage, LoggedEvent};

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
    view! {
        <PageHeading title="Log" />
        <FilterForm />
        <Freshness upkeep=page.upkeep />
        {move || match (page.view.get(), page.upkeep.failure.get()) {
            (Some(page), _) => view! { <Page page filter=filter.get() /> }.into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=page.upkeep /> }.into_any(),
            (None, None) => view! { <Skeleton label="Loading the log" blocks=&["block", "block"] /> }.into_any(),
        }}
    }
}

#[component]
fn Page(page: Arc<LogPage>, filter: LogFilter) -> impl IntoView {
    let is_first = filter.before.is_empty();
    let newest = (!is_first).then(|| {
        let first = LogFilter {
            before: String::new(),
            ..filter.clone()
        };
        view! {
            <a class="button" href=log_address(&first)>
                "The latest"
            </a>
        }
    });
    let older = page.next.clone().map(|before| {
        let next = LogFilter {
            before,
            ..filter.clone()
        };
        view! {
            <a class="button" href=log_address(&next) data-test="older">
                "Older"
            </a>
        }
    });
    let content = match (page.events.is_empty(), page.next.is_some()) {
        (true, false) => view! { <p class="empty" data-test="no-events">"No event is like this."</p> }.into_any(),
        // Few of the events looked at were among those asked for; older ones may be.
        (true, true) => view! { <p class="empty" data-test="no-events">"No event among the latest is like this. There may be older ones."</p> }.into_any(),
        (false, _) => view! { <EventTable events=page.events.clone() caption="Events, the latest first" last="Belongs to" cell=Box::new(belongs) /> }.into_any(),
    };
    view! {
        {content}
        <p class="actions">{newest} {older}</p>
    }
}

fn belongs(event: &LoggedEvent) -> AnyView {
    view! { <a class="one-line" href=correlation_address(event.correlation_id)>"Cause and effects"</a> }
        .into_any()
}

/// Events, one in a row.
#[component]
pub fn EventTable(
    events: Vec<LoggedEvent>,
    caption: &'static str,
    /// The heading of the last column.
    last: &'static str,
    /// What stands there.
    cell: Box<dyn Fn(&LoggedEvent) -> AnyView>,
) -> impl IntoView {
    let rows = events.iter().map(|event| {
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
                <td>{cell(event)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
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
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
