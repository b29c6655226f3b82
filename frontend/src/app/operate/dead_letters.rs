//! What stopped: commits that a view could not take, why, and the ways to go on.

use std::time::Duration;

use leptos::prelude::*;
use shared::{
    answers::Accepted,
    endpoint::Name,
    operations::{DeadLetter, DeadLetterOutcome, DeadLetters},
    requests::Nothing,
};

use super::{
    event::Json,
    links::{Exactly, StreamLink, event_address},
    skip::Skip,
};
use crate::{
    api::{DeadLettersNow, Live, Upkeep, live, use_command},
    browser::{encode, focus},
    ui::{
        CommandButton, CommandNotice, Dialog, Freshness, LoadFailure, PageHeading, Skeleton,
        format::counted, handler, use_announcer,
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(5);
/// The heading, which takes the focus when the letter that had it is gone.
const TITLE: &str = "letters-title";

/// Every dead letter.
#[component]
pub fn DeadLettersScreen() -> impl IntoView {
    let now = live(Memo::new(|_| DeadLettersNow), POLLED_EVERY);
    let is_known = Memo::new(move |_| now.view.with(Option::is_some));
    view! {
        <PageHeading title="Dead letters" />
        <p class="lead">"A commit that a view could not take, after some attempts. What follows on its stream waits for it, in this view alone; every other stream goes on."</p>
        <Freshness upkeep=now.upkeep />
        {move || match (is_known.get(), now.upkeep.failure.get()) {
            (true, _) => view! { <Letters now upkeep=now.upkeep /> }.into_any(),
            (false, Some(_)) => view! { <LoadFailure upkeep=now.upkeep /> }.into_any(),
            (false, None) => view! { <Skeleton label="Loading the dead letters" blocks=&["block", "block"] /> }.into_any(),
        }}
    }
}

/// What a letter is known by: another version of the same stream is another letter.
type Key = (String, String, u64);

fn key(letter: &DeadLetter) -> Key {
    (letter.view.clone(), letter.stream.clone(), letter.version)
}

#[component]
fn Letters(now: Live<DeadLetters>, upkeep: Upkeep) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let known = now.view.get();
        let letters = known.iter().flat_map(|known| &known.letters);
        letters.map(key).collect::<Vec<_>>()
    });
    let row = move |of: Key| {
        let find = move || {
            let known = now.view.get()?;
            known
                .letters
                .iter()
                .find(|letter| key(letter) == of)
                .cloned()
        };
        let letter = Memo::new(move |_| find());
        letter
            .get_untracked()
            .map(|first| view! { <Letter first letter upkeep /> })
    };
    let is_empty = Memo::new(move |_| keys.with(Vec::is_empty));
    move || match is_empty.get() {
        true => view! {
            <div class="empty" data-test="no-dead-letters">
                <h2 id=TITLE tabindex="-1">"Nothing stands still"</h2>
                <p>"Every view took every commit that reached it."</p>
            </div>
        }
        .into_any(),
        false => {
            let title = move || match keys.with(Vec::len) {
                1 => "1 stream stands still".to_owned(),
                count => format!("{count} streams stand still"),
            };
            // Keyed, because a letter that is tried again moves, and takes along what is open in it.
            view! {
                <h2 id=TITLE tabindex="-1">{title}</h2>
                <ul class="cards"><For each=move || keys.get() key=Key::clone children=row /></ul>
            }
            .into_any()
        }
    }
}

#[component]
fn Letter(
    first: DeadLetter,
    /// The same, kept fresh.
    letter: Memo<Option<DeadLetter>>,
    upkeep: Upkeep,
) -> impl IntoView {
    let DeadLetter {
        stream,
        view,
        version,
        payload,
        ..
    } = first.clone();
    let letter = Memo::new(move |_| letter.get().unwrap_or_else(|| first.clone()));
    let cause = move || letter.with(|letter| letter.cause.clone());
    let waiting = move || match letter.with(|letter| letter.waiting) {
        0 => "Nothing yet".to_owned(),
        waiting => counted(i64::try_from(waiting).unwrap_or(i64::MAX), "commit"),
    };
    let tried = Memo::new(move |_| letter.with(|letter| letter.at));
    let announcer = use_announcer();
    let outcome = RwSignal::new(None::<String>);
    let on_outcome = Callback::new(move |told: DeadLetterOutcome| {
        upkeep.refresh();
        announcer.say(outcome_words(&told));
        match told.resolved {
            true => focus(TITLE),
            false => outcome.set(Some(outcome_words(&told))),
        }
    });
    let replaying = use_command(move |accepted: Accepted<DeadLetterOutcome>| {
        on_outcome.run(accepted.answer);
    });
    let replay = {
        let path = Name::ReplayDeadLetter.path(&[&encode(&view), &encode(&stream)]);
        Callback::new(move |()| replaying.send(path.clone(), &Nothing {}))
    };
    let skipping = RwSignal::new(false);
    let (skipped_view, skipped_stream) = (view.clone(), stream.clone());
    let (shown_view, skip_title) = (view.clone(), format!("skip-{view}-{stream}"));
    view! {
        <li class="card" data-test=format!("letter-{view}-{stream}")>
            <h3><StreamLink stream=stream.clone() from=version /></h3>
            <p class="bad-text" data-test="cause">{cause}</p>
            <dl class="terms">
                <div><dt>"View"</dt><dd class="code">{shown_view}</dd></div>
                <div>
                    <dt>"Commit"</dt>
                    <dd><a href=event_address(&stream, version)>"version " {version}</a></dd>
                </div>
                <div><dt>"Last tried"</dt><dd>{move || view! { <Exactly at=tried.get() /> }}</dd></div>
                <div>
                    <dt>"Waiting behind it"</dt>
                    <dd data-test="waiting">{waiting}</dd>
                </div>
            </dl>
            <details class="twin">
                <summary data-test="payload-toggle">"What it holds"</summary>
                <Json value=payload />
            </details>
            <CommandNotice phase=replaying.phase() safe="The view is as it was." />
            {move || outcome.get().map(|outcome| view! { <p class="notice bad" data-test="outcome">{outcome}</p> })}
            <div class="actions">
                <CommandButton
                    phase=replaying.phase()
                    label="Try again"
                    busy_label="Trying…"
                    class="button"
                    test="replay"
                    on_press=replay
                />
                <button class="button danger" type="button" data-test="skip" on:click=handler(move |_| skipping.set(true))>
                    "Skip it…"
                </button>
            </div>
            <Dialog open=skipping title="Go on without this commit?".to_owned() id=skip_title>
                <Skip
                    view=skipped_view.clone()
                    stream=skipped_stream.clone()
                    version
                    open=skipping
                    on_outcome
                />
            </Dialog>
        </li>
    }
}

/// What became of it, as sentences.
fn outcome_words(outcome: &DeadLetterOutcome) -> String {
    match (outcome.resolved, outcome.stopped_at, &outcome.cause) {
        (true, ..) => "The stream goes on for this view.".into(),
        (false, Some(version), Some(cause)) => {
            format!("It stands still again at version {version}: {cause}")
        }
        (false, Some(version), None) => format!("It stands still again at version {version}."),
        (false, None, Some(cause)) => format!("It still stands still: {cause}"),
        (false, None, None) => "It still stands still.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_says_where_it_stands_still_again() {
        let outcome = DeadLetterOutcome {
            resolved: false,
            stopped_at: Some(7),
            cause: Some("it names no seat".into()),
        };
        assert_eq!(
            outcome_words(&outcome),
            "It stands still again at version 7: it names no seat"
        );
    }
}
