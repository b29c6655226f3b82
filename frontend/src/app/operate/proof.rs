//! The proof that the log is whole: every stream's chain of hashes, checked from its first commit to its last.

use std::time::Duration;

use leptos::prelude::*;
use serde::de::IgnoredAny;
use shared::{answers::Accepted, endpoint::Name, operations::Verification, requests::Nothing};

use super::links::Exactly;
use crate::{
    api::{VerificationNow, live, use_command},
    browser::focus,
    ui::{
        CommandButton, CommandNotice, Freshness, LoadFailure, PageHeading, Progress, Skeleton,
        format::number, use_announcer, watch,
    },
};

const CALM: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(1);
/// What is known of the newest: it takes the focus from the button that begins one.
const PROOF: &str = "proof";

/// Begins a proof, and shows the newest.
#[component]
pub fn ProofScreen() -> impl IntoView {
    let every = RwSignal::new(CALM);
    let now = live(Memo::new(|_| VerificationNow), every);
    let upkeep = now.upkeep;
    let announcer = use_announcer();
    let is_running = Memo::new(move |_| {
        let newest = now.view.get();
        let newest = newest.as_deref().and_then(Option::as_ref);
        newest.is_some_and(|newest| newest.ended_at.is_none())
    });
    watch(move || every.set(if is_running.get() { WATCHED } else { CALM }));
    let command = use_command(move |_: Accepted<IgnoredAny>| {
        upkeep.refresh();
        announcer.say("The proof has begun.");
        // The button is gone while it is under way.
        focus(PROOF);
    });
    let begin = Callback::new(move |()| {
        command.send(Name::StartVerification.path(&[]), &Nothing {});
    });
    view! {
        <PageHeading title="Proof" />
        <p class="lead">"Each commit holds the hash of what it says and of the commit before it. A proof reads the whole log and finds the first commit of each stream that does not fit."</p>
        <Freshness upkeep />
        <div id=PROOF tabindex="-1">
        {move || match (now.view.get(), upkeep.failure.get()) {
            (Some(newest), _) => match newest.as_ref().clone() {
                Some(newest) => view! { <Newest newest /> }.into_any(),
                None => view! { <p data-test="no-proof">"Nobody has asked for one yet."</p> }.into_any(),
            },
            (None, Some(_)) => view! { <LoadFailure upkeep /> }.into_any(),
            (None, None) => view! { <Skeleton label="Loading the proof" blocks=&["block"] /> }.into_any(),
        }}
        </div>
        <CommandNotice phase=command.phase() safe="The log is as it was: a proof only reads it." />
        {move || (!is_running.get()).then(|| view! {
            <p class="actions">
                <CommandButton
                    phase=command.phase()
                    label="Prove the log now"
                    busy_label="Asking…"
                    test="prove"
                    on_press=begin
                />
            </p>
        })}
    }
}

#[component]
fn Newest(newest: Verification) -> impl IntoView {
    let count = |count: u64| number(i64::try_from(count).unwrap_or(i64::MAX));
    let looked_at = format!(
        "{} of {} commits",
        count(newest.done),
        count(newest.total.max(newest.done))
    );
    let misfits = newest.misfits.iter();
    let misfits = misfits
        .map(|misfit| view! { <li>{misfit.clone()}</li> })
        .collect_view();
    let has_misfits = !newest.misfits.is_empty();
    let state = match (newest.ended_at, has_misfits) {
        (None, _) => view! {
            <p><span class="chip time" data-test="proof-state">"Under way"</span> " since " <Exactly at=newest.started_at /></p>
            <Progress label="The proof of the log" done=newest.done total=newest.total text=looked_at.clone() />
        }
        .into_any(),
        (Some(at), false) => view! {
            <p class="notice good" data-test="proof-state">
                <strong>"The log is whole."</strong>
                " Every commit fits the one before it."
            </p>
            <p class="hint">"Proved " <Exactly at /></p>
        }
        .into_any(),
        (Some(at), true) => view! {
            <p class="bad-text" data-test="proof-state">
                <strong>"The log does not fit."</strong>
            </p>
            <p class="hint">"Proved " <Exactly at /></p>
        }
        .into_any(),
    };
    view! {
        <section class="proof" aria-label="The newest proof">
            {state}
            {has_misfits.then(|| view! {
                <div class="notice bad" role="alert">
                    <h2>"What does not fit"</h2>
                    <ul data-test="misfits">{misfits}</ul>
                </div>
            })}
            <dl class="figures">
                <div><dt>"Looked at"</dt><dd data-test="proof-done">{looked_at}</dd></div>
                <div><dt>"Streams"</dt><dd data-test="proof-streams">{count(newest.streams)}</dd></div>
            </dl>
        </section>
    }
}
