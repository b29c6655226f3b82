//! One event: its permalink, and everything that is stored of it.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use serde_json::Value;
use shared::history::{StoredCommitView, StoredEntryView, StoredEventView, StreamPage};

use super::{
    commits::Fits,
    links::{Exactly, StreamLink, correlation_address, event_address, short, stream_address},
};
use crate::{
    api::{StreamFrom, live},
    ui::{LoadFailure, PageHeading, Skeleton},
};

/// An event never changes; it is asked for again only for one that is not there yet.
const POLLED_EVERY: Duration = Duration::from_secs(60);

/// The event of this version.
#[component]
pub fn EventScreen(stream: String, version: u64) -> impl IntoView {
    let query = StreamFrom {
        stream,
        from: version,
        limit: 1,
    };
    let page = live(Memo::new(move |_| query.clone()), POLLED_EVERY);
    move || match (page.view.get(), page.upkeep.failure.get()) {
        (Some(page), _) => match found(&page, version) {
            Some((commit, entry, event)) => {
                view! { <Event page=page.clone() commit entry event /> }.into_any()
            }
            None => view! { <Missing /> }.into_any(),
        },
        (None, Some(failure)) if failure.is_not_found() => view! { <Missing /> }.into_any(),
        (None, Some(_)) => view! { <LoadFailure upkeep=page.upkeep /> }.into_any(),
        (None, None) => {
            view! { <Skeleton label="Loading the event" blocks=&["title-block", "block"] /> }
                .into_any()
        }
    }
}

/// The event of a version, with what surrounds it.
fn found(
    page: &StreamPage,
    version: u64,
) -> Option<(StoredCommitView, StoredEntryView, StoredEventView)> {
    page.commits.iter().find_map(|commit| {
        commit.entries.iter().find_map(|entry| {
            let event = entry.events.iter().find(|event| event.version == version)?;
            Some((commit.clone(), entry.clone(), event.clone()))
        })
    })
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <section class="empty" data-test="not-found">
            <PageHeading title="There is no such event" />
            <p>"Its stream does not exist, or has not come this far."</p>
            <p>
                <a class="button" href="/operate/log">
                    "See the log"
                </a>
            </p>
        </section>
    }
}

#[component]
fn Event(
    page: Arc<StreamPage>,
    commit: StoredCommitView,
    entry: StoredEntryView,
    event: StoredEventView,
) -> impl IntoView {
    let stream = page.stream.clone();
    let version = event.version;
    let correlation = entry.correlation_id;
    let cause = entry.causation_id.map(|cause| {
        view! {
            <a class="code" href=format!("{}#event-{cause}", correlation_address(correlation)) title=cause.to_string()>
                {short(&cause.to_string())}
            </a>
        }
    });
    let cause = cause.map_or_else(|| "A person began it".into_any(), IntoAny::into_any);
    let earlier = (version > 1).then(|| {
        view! {
            <a class="button" href=event_address(&stream, version - 1)>
                "Version " {version - 1}
            </a>
        }
    });
    view! {
        <p class="back">
            <a href=stream_address(&stream, 1)>{short(&stream)}</a>
        </p>
        <PageHeading title=format!("{} · version {version} of {}", event.name, short(&stream))>
            {event.name.clone()}
        </PageHeading>
        <p class="lead" data-test="words">{event.words}</p>
        <dl class="terms wide-terms">
            <div><dt>"When"</dt><dd><Exactly at=entry.at /></dd></div>
            <div><dt>"Stream"</dt><dd><StreamLink stream=stream.clone() /></dd></div>
            <div><dt>"Version"</dt><dd>{version}</dd></div>
            <div><dt>"By"</dt><dd class="code breaks">{entry.actor.to_string()}</dd></div>
            <div><dt>"Command"</dt><dd class="code breaks">{entry.command_id.to_string()}</dd></div>
            <div>
                <dt>"Belongs to"</dt>
                <dd>
                    <a class="code" data-test="correlation" href=correlation_address(correlation) title=correlation.to_string()>
                        {short(&correlation.to_string())}
                    </a>
                </dd>
            </div>
            <div><dt>"Because of"</dt><dd>{cause}</dd></div>
            <div><dt>"Event id"</dt><dd class="code breaks">{event.id.to_string()}</dd></div>
            <div><dt>"Schema"</dt><dd>{event.schema}</dd></div>
            <div>
                <dt>"Chain"</dt>
                <dd><Fits fits=commit.fits /> " " <span class="code breaks">{commit.hash}</span></dd>
            </div>
        </dl>
        <h2>"As it is stored"</h2>
        <p class="hint">"Personal data is sealed under a key of the person's own."</p>
        <Json value=event.data />
        <p class="actions">
            {earlier}
            <a class="button" href=event_address(&stream, version + 1)>
                "Version " {version + 1}
            </a>
        </p>
    }
}

/// A value as JSON, over as many lines as it takes.
#[component]
pub fn Json(value: Value) -> impl IntoView {
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    view! {
        <pre class="json" tabindex="0" role="region" aria-label="JSON" data-test="json">{text}</pre>
    }
}
