//! Filling a view anew: asking for it, and how far it is.

use leptos::prelude::*;
use serde::de::IgnoredAny;
use shared::{
    answers::Accepted,
    endpoint::Name,
    operations::{Comparison, Rebuild, RebuildPhase, StartRebuild},
};

use crate::{
    api::{Upkeep, use_command},
    browser::{encode, focus},
    ui::{
        CommandButton, CommandNotice, Progress,
        format::{Style, number, spoken_duration, time},
        handler, use_announcer,
    },
};

/// Asks whether both generations are to be compared, and begins.
#[component]
pub fn AskRebuild(view: String, open: RwSignal<bool>, upkeep: Upkeep) -> impl IntoView {
    let announcer = use_announcer();
    let compare = RwSignal::new(true);
    let spoken = format!("The rebuild of {view} has begun.");
    let row = format!("view-{view}");
    let command = use_command(move |_: Accepted<IgnoredAny>| {
        open.set(false);
        upkeep.refresh();
        announcer.say(spoken.clone());
        // The button that opened the question is gone while the view is being filled.
        focus(row.clone());
    });
    let begin = Callback::new(move |()| {
        let asked = StartRebuild {
            compare: compare.get_untracked(),
        };
        command.send(Name::StartRebuild.path(&[&encode(&view)]), &asked);
    });
    view! {
        <p>"A new generation is filled from the log beside the one that is read. Queries go on reading the old one until the new one has caught up; then it is dropped."</p>
        <label class="checkbox">
            <input
                type="checkbox"
                prop:checked=move || compare.get()
                data-test="compare"
                on:change=handler(move |event| compare.set(event_target_checked(&event)))
            />
            <span>
                "Compare both generations first"
                <span class="hint">"Row by row, before queries read the new one."</span>
            </span>
        </label>
        <CommandNotice phase=command.phase() safe="The view is as it was." />
        <div class="actions">
            <button class="button" type="button" data-test="keep" on:click=handler(move |_| open.set(false))>
                "Leave it"
            </button>
            <CommandButton
                phase=command.phase()
                label="Rebuild it"
                busy_label="Asking…"
                test="confirm-rebuild"
                on_press=begin
            />
        </div>
    }
}

/// Where a rebuild stands, and what its comparison found.
#[component]
pub fn RebuildState(view: String, rebuild: Rebuild) -> impl IntoView {
    let comparison = rebuild.comparison.map(|found| {
        let class = if is_sound(found) { "hint" } else { "warning" };
        view! { <p class=class data-test=format!("comparison-{view}")>{comparison_words(found)}</p> }
    });
    let phase = phase_words(rebuild.phase);
    let state = match rebuild.phase {
        RebuildPhase::Done => {
            let at = rebuild.ended_at.unwrap_or(rebuild.started_at);
            let took = at.millis() - rebuild.started_at.millis();
            view! {
                <p>
                    <span class="chip ok">{phase}</span> " "
                    <time datetime=at.to_string()>{time(at, "", Style::Exact)}</time>
                </p>
                <p class="hint">
                    {number(i64::try_from(rebuild.done).unwrap_or(i64::MAX))} " events in " {spoken_duration(took)}
                </p>
            }
            .into_any()
        }
        RebuildPhase::Filling | RebuildPhase::Comparing | RebuildPhase::Dropping => {
            let text = progress_words(&rebuild);
            view! {
                <p><span class="chip time">{phase}</span></p>
                <Progress label=format!("{phase}: {view}") done=rebuild.done total=rebuild.total text />
            }
            .into_any()
        }
    };
    view! {
        <div data-test=format!("rebuild-state-{view}") class="rebuild">
            {state}
            {comparison}
        </div>
    }
}

fn phase_words(phase: RebuildPhase) -> &'static str {
    match phase {
        RebuildPhase::Filling => "Filling",
        RebuildPhase::Comparing => "Comparing",
        RebuildPhase::Dropping => "Dropping the old one",
        RebuildPhase::Done => "Done",
    }
}

/// `412,000 of 1,000,000 events, 25,000 a second, about 24 seconds left`.
fn progress_words(rebuild: &Rebuild) -> String {
    let count = |count: u64| number(i64::try_from(count).unwrap_or(i64::MAX));
    let mut words = format!("{} of {} events", count(rebuild.done), count(rebuild.total));
    if rebuild.per_second >= 1.0 {
        words += &format!(", {} a second", count(rebuild.per_second as u64));
    }
    if let Some(seconds) = rebuild.seconds_left {
        let millis = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000);
        words += &format!(", about {} left", spoken_duration(millis));
    }
    words
}

/// Whether the generations say the same, apart from what went on meanwhile.
fn is_sound(found: Comparison) -> bool {
    found.different == 0 && found.only_old == 0 && found.only_new == 0
}

fn comparison_words(found: Comparison) -> String {
    let rows = [
        (found.equal, "equal"),
        (found.ahead, "further on in one of them"),
        (found.different, "different"),
        (found.only_old, "only in the old one"),
        (found.only_new, "only in the new one"),
    ];
    // That rows are equal is worth saying even where there are none.
    let told = rows.iter().enumerate();
    let told = told.filter(|(place, (count, _))| *place == 0 || *count > 0);
    let told: Vec<_> = told
        .map(|(_, (count, what))| format!("{count} {what}"))
        .collect();
    format!("Compared row by row: {}.", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_names_only_what_it_found() {
        let mut found = Comparison {
            equal: 12,
            ahead: 1,
            ..Comparison::default()
        };
        assert!(is_sound(found));
        assert_eq!(
            comparison_words(found),
            "Compared row by row: 12 equal, 1 further on in one of them."
        );
        found.different = 2;
        assert!(!is_sound(found));
        assert_eq!(
            comparison_words(Comparison::default()),
            "Compared row by row: 0 equal."
        );
    }
}
