//! Cancelling a conference: it says exactly what will happen, and wants the name typed.

use std::sync::Arc;

use leptos::prelude::*;
use shared::{
    answers::{Accepted, ConferenceAnswer},
    endpoint::Name,
    requests::Nothing,
    views::{ConferencePage, Proceeds},
};
use web_sys::SubmitEvent;

use crate::{
    api::{Upkeep, use_command},
    browser::focus,
    ui::{
        CommandButton, CommandNotice, Dialog, ErrorSummary, FieldProblem, TextField, format,
        handler, use_announcer,
    },
};

/// The field's id.
const NAME: &str = "cancel-name";

/// The button, and the question that it leads to.
#[component]
pub fn CancelSection(
    page: Memo<Arc<ConferencePage>>,
    proceeds: Memo<Arc<Proceeds>>,
    upkeep: Upkeep,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let title = Signal::derive(move || page.with(|page| format!("Cancel {}?", page.name)));
    view! {
        <section aria-labelledby="cancel-section-title">
            <h2 id="cancel-section-title">"If it cannot take place"</h2>
            <p>"Every booking is cancelled, and everything that was paid goes back to those who paid."</p>
            <p class="actions">
                <button
                    class="button danger"
                    type="button"
                    data-test="cancel-conference"
                    on:click=handler(move |_| open.set(true))
                >
                    "Cancel the conference"
                </button>
            </p>
            <Dialog open title id="cancel-title">
                <Question page proceeds open upkeep />
            </Dialog>
        </section>
    }
}

#[component]
fn Question(
    page: Memo<Arc<ConferencePage>>,
    proceeds: Memo<Arc<Proceeds>>,
    open: RwSignal<bool>,
    upkeep: Upkeep,
) -> impl IntoView {
    // Not tracked: a poll must not change a question that is being answered.
    let first = page.get_untracked();
    let id = first.conference_id;
    let seats = Seats::of(&first);
    let back = proceeds.with_untracked(|proceeds| proceeds.net);
    let typed = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::new());
    let announcer = use_announcer();
    let command = use_command(move |_: Accepted<ConferenceAnswer>| {
        open.set(false);
        upkeep.refresh();
        announcer.say("The conference is cancelled.");
        focus("called-off");
    });
    let (name, slug) = (first.name.to_string(), first.slug.to_string());
    let hint = format!("Type its name, {name}, or its address, {slug}");
    let submit = move || {
        if is_named(&typed.get_untracked(), &name, &slug) {
            problems.set(Vec::new());
            command.send(Name::CancelConference.path(&[&id]), &Nothing {});
        } else {
            problems.set(vec![FieldProblem {
                id: NAME.into(),
                message: format!("Type “{name}” or “{slug}” to confirm"),
            }]);
        }
    };
    let money = match back.minor {
        ..=0 => "No payment stands, so nothing goes back.".to_owned(),
        _ => format!("{} goes back to those who paid.", format::amount(back)),
    };
    view! {
        <ul class="consequences" data-test="consequences">
            <li>{seats.sentence()}</li>
            <li>{money}</li>
            <li>"It is off sale at once, and everybody who booked sees that it does not take place."</li>
            <li>
                <strong>"This cannot be undone."</strong>
            </li>
        </ul>
        <form
            novalidate
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                submit();
            })
        >
            <ErrorSummary problems />
            <CommandNotice phase=command.phase() safe="The conference is as it was." />
            <TextField id=NAME label=hint autocomplete="off" value=typed problems />
            <div class="actions">
                <button class="button" type="button" data-test="keep" on:click=handler(move |_| open.set(false))>
                    "Keep the conference"
                </button>
                <CommandButton
                    phase=command.phase()
                    label="Cancel the conference"
                    busy_label="Cancelling…"
                    class="button danger"
                    test="confirm-cancel-conference"
                />
            </div>
        </form>
    }
}

/// How many people lose a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seats {
    sold: u32,
    held: u32,
}

impl Seats {
    fn of(page: &ConferencePage) -> Self {
        let mut seats = Self { sold: 0, held: 0 };
        for kind in &page.seat_types {
            seats.held += kind.held;
            seats.sold += kind.quota.saturating_sub(kind.remaining + kind.held);
        }
        seats
    }

    fn sentence(self) -> String {
        match (self.sold, self.held) {
            (0, 0) => "No seat is sold or on hold.".into(),
            (0, held) => format!(
                "Nobody has booked yet; {} on hold are released.",
                format::seats(held)
            ),
            (sold, 0) => format!("Every booking is cancelled: {} sold.", format::seats(sold)),
            (sold, held) => format!(
                "Every booking is cancelled: {} sold, and {held} on hold.",
                format::seats(sold)
            ),
        }
    }
}

/// Whether what was typed is the conference's name or its address, however it is capitalized.
fn is_named(typed: &str, name: &str, slug: &str) -> bool {
    let typed = typed.trim().to_lowercase();
    typed == name.trim().to_lowercase() || typed == slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conference_is_named_by_its_name_or_its_address() {
        let is_named = |typed| is_named(typed, "Rust Week", "rust-week-2027");
        assert!(is_named("Rust Week") && is_named(" rust week ") && is_named("rust-week-2027"));
        assert!(!is_named("") && !is_named("Rust") && !is_named("yes"));
    }

    #[test]
    fn the_question_counts_what_is_lost() {
        let sentence = |sold, held| Seats { sold, held }.sentence();
        assert_eq!(
            sentence(58, 2),
            "Every booking is cancelled: 58 seats sold, and 2 on hold."
        );
        assert_eq!(sentence(1, 0), "Every booking is cancelled: 1 seat sold.");
        assert_eq!(sentence(0, 0), "No seat is sold or on hold.");
    }
}
