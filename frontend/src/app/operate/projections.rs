//! How the views stand: which generation is read, what stands still, and filling one anew.

use std::time::Duration;

use leptos::prelude::*;
use shared::operations::{Lag, Projection, Projections, Rebuild, RebuildPhase};

use super::{
    links::Exactly,
    rebuild::{AskRebuild, RebuildState},
};
use crate::{
    api::{Live, ProjectionsNow, Upkeep, live},
    ui::{
        Dialog, Freshness, LoadFailure, PageHeading, Skeleton,
        format::{counted, spoken_millis},
        handler, watch,
    },
};

const CALM: Duration = Duration::from_secs(5);
/// While a view is being filled, somebody is watching it.
const WATCHED: Duration = Duration::from_secs(1);

/// Every view.
#[component]
pub fn ProjectionsScreen() -> impl IntoView {
    let every = RwSignal::new(CALM);
    let now = live(Memo::new(|_| ProjectionsNow), every);
    let upkeep = now.upkeep;
    let is_busy = Memo::new(move |_| now.view.with(|view| view.as_deref().is_some_and(is_busy)));
    watch(move || every.set(if is_busy.get() { WATCHED } else { CALM }));
    let is_known = Memo::new(move |_| now.view.with(Option::is_some));
    view! {
        <PageHeading title="Views" />
        <p class="lead">"What people read is folded from the log. Each view can be filled anew beside the one that is read, while bookings go on."</p>
        <Freshness upkeep />
        {move || match (is_known.get(), upkeep.failure.get()) {
            (true, _) => view! { <Views now upkeep /> }.into_any(),
            (false, Some(_)) => view! { <LoadFailure upkeep /> }.into_any(),
            (false, None) => {
                view! { <Skeleton label="Loading the views" blocks=&["line", "block", "block"] /> }.into_any()
            }
        }}
    }
}

fn is_busy(projections: &Projections) -> bool {
    let mut views = projections.projections.iter();
    views.any(|view| !is_settled(view.rebuild.as_ref()))
}

fn is_settled(rebuild: Option<&Rebuild>) -> bool {
    rebuild.is_none_or(|rebuild| rebuild.phase == RebuildPhase::Done)
}

/// The figures and the table. What changes every second are single places in it, so that what has the focus stays.
#[component]
fn Views(now: Live<Projections>, upkeep: Upkeep) -> impl IntoView {
    let parked = Memo::new(move |_| {
        now.view.with(|view| {
            let views = view.as_deref().map_or(&[][..], |all| &all.projections);
            views.iter().map(|view| u64::from(view.parked)).sum()
        })
    });
    let lag = Memo::new(move |_| {
        now.view
            .with(|view| view.as_deref().and_then(|all| all.lag))
    });
    let names = Memo::new(move |_| {
        let known = now.view.get();
        let views = known.iter().flat_map(|all| &all.projections);
        views.map(|view| view.view.clone()).collect::<Vec<_>>()
    });
    // One question for the whole table: which view it is about is what changes.
    let open = RwSignal::new(false);
    let asked = RwSignal::new(String::new());
    let ask = Callback::new(move |view: String| {
        asked.set(view);
        open.set(true);
    });
    let rows = move || {
        let rows = names.get().into_iter();
        let rows = rows.map(|name| view! { <Row name now ask /> });
        rows.collect_view()
    };
    let title = Signal::derive(move || format!("Fill {} anew?", asked.get()));
    view! {
        <dl class="figures">
            <div>
                <dt>"Streams that stand still"</dt>
                <dd data-test="parked">{move || standing_still(parked.get())}</dd>
            </div>
            <div>
                <dt>"Behind the log"</dt>
                {move || match lag.get() {
                    None => view! { <dd data-test="lag">"—"</dd><dd class="hint">"Nothing was projected yet"</dd> }.into_any(),
                    Some(Lag { commits, millis, at }) => view! {
                        <dd data-test="lag">{spoken_millis(millis)}</dd>
                        <dd class="hint">{counted(commits, "commit")} " at " <Exactly at /></dd>
                    }
                    .into_any(),
                }}
            </div>
        </dl>
        <div class="scrolls" role="region" aria-label="Views" tabindex="0">
            <table class="log-table">
                <caption class="visually-hidden">"Every view, its generation, and how its rebuild stands"</caption>
                <thead>
                    <tr>
                        <th scope="col">"View"</th>
                        <th scope="col" class="figure">"Generation"</th>
                        <th scope="col" class="figure">"Standing still"</th>
                        <th scope="col">"Rebuild"</th>
                        <th scope="col"><span class="visually-hidden">"What can be done"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Dialog open title id="rebuild-title">
            <AskRebuild view=asked.get_untracked() open upkeep />
        </Dialog>
    }
}

#[component]
fn Row(name: String, now: Live<Projections>, ask: Callback<String>) -> impl IntoView {
    let projection = {
        let name = name.clone();
        Memo::new(move |_| {
            let all = now.view.get()?;
            all.projections
                .iter()
                .find(|view| view.view == name)
                .cloned()
        })
    };
    let told = move |tell: fn(&Projection) -> u32| {
        Memo::new(move |_| projection.with(|view| view.as_ref().map_or(0, tell)))
    };
    let generation = told(|view| view.generation);
    let parked = told(|view| view.parked);
    let about = projection.with_untracked(|view| view.as_ref().map(|view| view.about.clone()));
    let rebuild = Memo::new(move |_| projection.get().and_then(|view| view.rebuild));
    let is_settled = Memo::new(move |_| rebuild.with(|rebuild| is_settled(rebuild.as_ref())));
    let shown = name.clone();
    let state = move || {
        let view = shown.clone();
        rebuild
            .get()
            .map(|rebuild| view! { <RebuildState view rebuild /> })
    };
    let asked = name.clone();
    let press = Callback::new(move |()| ask.run(asked.clone()));
    let (label, test) = (format!("Rebuild {name}"), format!("rebuild-{name}"));
    let button = move || {
        is_settled.get().then(|| {
            view! {
                <button
                    class="button"
                    type="button"
                    aria-label=label.clone()
                    data-test=test.clone()
                    on:click=handler(move |_| press.run(()))
                >
                    "Rebuild"
                </button>
            }
        })
    };
    view! {
        <tr data-test=format!("view-{name}")>
            <th scope="row" id=format!("view-{name}") tabindex="-1">
                <span class="code">{name.clone()}</span>
                <span class="hint">{about}</span>
            </th>
            <td class="figure" data-name="Generation" data-test=format!("generation-{name}")>{move || generation.get()}</td>
            <td class="figure" data-name="Standing still">{move || standing_still(parked.get().into())}</td>
            <td>{state}</td>
            <td class="figure">{button}</td>
        </tr>
    }
}

fn standing_still(streams: u64) -> AnyView {
    match i64::try_from(streams).unwrap_or(i64::MAX) {
        0 => "None".into_any(),
        streams => {
            view! { <a href="/operate/dead-letters">{counted(streams, "stream")}</a> }.into_any()
        }
    }
}
