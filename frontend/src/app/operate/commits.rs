//! Commits, as the stream's screen lists them.

use leptos::prelude::*;
use shared::history::{StoredCommitView, StoredEntryView};

use super::{
    event::Json,
    links::{Exactly, correlation_address, event_address, short},
};

/// Whether a commit's hash is that of what it says and of the commit before it: in a word as well as a colour.
#[component]
pub fn Fits(fits: bool) -> impl IntoView {
    let (class, word) = match fits {
        true => ("chip ok", "Fits"),
        false => ("chip bad", "Does not fit"),
    };
    view! { <span class=class>{word}</span> }
}

/// One commit: what each command put into it.
#[component]
pub fn Commit(#[prop(into)] stream: String, commit: StoredCommitView) -> impl IntoView {
    let StoredCommitView {
        version,
        hash,
        fits,
        entries,
    } = commit;
    let short_hash: String = hash.chars().take(12).collect();
    let entries = entries.into_iter();
    let entries = entries.map(|entry| view! { <Entry stream=stream.clone() entry /> });
    view! {
        <li class="card" id=format!("v{version}") data-test=format!("commit-{version}")>
            <div class="commit-head">
                <h2>"Commit at version " {version}</h2>
                <Fits fits />
                <span class="code hint" title=hash>{short_hash} "…"</span>
            </div>
            {entries.collect_view()}
        </li>
    }
}

#[component]
fn Entry(stream: String, entry: StoredEntryView) -> impl IntoView {
    let correlation = entry.correlation_id;
    let actor = entry.actor.to_string();
    let events = entry.events.into_iter().map(|event| {
        view! {
            <li data-test=format!("event-{}", event.version)>
                <p>
                    <a href=event_address(&stream, event.version)>
                        <span class="figure">{event.version}</span> " " <strong>{event.name}</strong>
                    </a>
                </p>
                <p>{event.words}</p>
                <details class="twin">
                    <summary>"As it is stored"</summary>
                    <Json value=event.data />
                </details>
            </li>
        }
    });
    view! {
        <p class="entry">
            <Exactly at=entry.at /> " by " <span class="code" title=actor.clone()>{short(&actor)}</span> ", "
            <a href=correlation_address(correlation)>
                {if entry.causation_id.is_some() { "because of something else" } else { "began it" }}
            </a>
        </p>
        <ol class="events">{events.collect_view()}</ol>
    }
}
