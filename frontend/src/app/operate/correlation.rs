//! Everything that one click led to: as a drawing, and the same as a table.

use std::{collections::HashMap, sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::history::{Correlation, LoggedEvent};
use uuid::Uuid;

use super::{graph::Graph, links::short, log::EventTable};
use crate::{
    api::{CorrelationOf, live},
    browser::focus,
    ui::{Freshness, LoadFailure, PageHeading, Skeleton, format::counted},
};

/// What it leads to may still be going on.
const POLLED_EVERY: Duration = Duration::from_secs(5);

/// The correlation of this id.
#[component]
pub fn CorrelationScreen(id: String) -> impl IntoView {
    let title = format!("Cause and effects of {}", short(&id));
    let whole = id.clone();
    let found = live(Memo::new(move |_| CorrelationOf(id.clone())), POLLED_EVERY);
    view! {
        <p class="back">
            <a href="/operate/log">"Log"</a>
        </p>
        <PageHeading title=title.clone()>"Cause and effects"</PageHeading>
        <p class="code breaks">{whole}</p>
        <Freshness upkeep=found.upkeep />
        {move || match (found.view.get(), found.upkeep.failure.get()) {
            (Some(found), _) if !found.events.is_empty() => view! { <Events found /> }.into_any(),
            (Some(_), _) => view! { <Nothing /> }.into_any(),
            (None, Some(failure)) if failure.is_not_found() => view! { <Nothing /> }.into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=found.upkeep /> }.into_any(),
            (None, None) => view! { <Skeleton label="Loading what belongs together" blocks=&["block", "block"] /> }.into_any(),
        }}
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! { <p data-test="not-found">"No event belongs to this."</p> }
}

#[component]
fn Events(found: Arc<Correlation>) -> impl IntoView {
    // A link to one event of the table: the table was not there yet when the browser looked for it.
    if let Some(event) = location_hash().filter(|hash| hash.starts_with("event-")) {
        focus(event);
    }
    let (first, last) = (found.events.first(), found.events.last());
    let took = first
        .zip(last)
        .map(|(first, last)| last.at.millis() - first.at.millis());
    let count = counted(
        i64::try_from(found.events.len()).unwrap_or(i64::MAX),
        "event",
    );
    let summary = match took {
        Some(millis) if millis > 0 => format!("{count} within {} s.", seconds(millis)),
        Some(_) | None => format!("{count}."),
    };
    let names: HashMap<Uuid, String> = found
        .events
        .iter()
        .map(|event| (event.id, event.name.clone()))
        .collect();
    let cause = Callback::new(move |event: LoggedEvent| {
        let cause = event
            .causation_id
            .and_then(|cause| names.get_key_value(&cause));
        match cause {
            Some((cause, name)) => {
                view! { <a href=format!("#event-{cause}")>{name.clone()}</a> }.into_any()
            }
            None => "The command".into_any(),
        }
    });
    let events = found.events.clone();
    let events = Memo::new(move |_| events.clone());
    view! {
        <p class="lead" data-test="summary">{summary}</p>
        <Graph events=found.events.clone() />
        <h2>"In order"</h2>
        <EventTable events caption="The same events, the earliest first" last="Because of" cell=cause />
    }
}

/// With one decimal.
fn seconds(millis: i64) -> String {
    format!("{}.{}", millis / 1000, millis % 1000 / 100)
}
