//! Letting a view go on without a commit, and why.

use leptos::prelude::*;
use shared::{
    answers::Accepted,
    endpoint::Name,
    operations::{DeadLetterOutcome, SkipDeadLetter},
    text::Reason,
};
use web_sys::SubmitEvent;

use crate::{
    api::use_command,
    browser::encode,
    ui::{CommandButton, CommandNotice, ErrorSummary, FieldProblem, TextField, handler},
};

const REASON: &str = "skip-reason";

/// Asks for the reason. What was skipped stays in the log, and in every other view.
#[component]
pub fn Skip(
    view: String,
    stream: String,
    version: u64,
    open: RwSignal<bool>,
    on_outcome: Callback<DeadLetterOutcome>,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::new());
    let command = use_command(move |accepted: Accepted<DeadLetterOutcome>| {
        open.set(false);
        on_outcome.run(accepted.answer);
    });
    let path = Name::SkipDeadLetter.path(&[&encode(&view), &encode(&stream)]);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match reason.with_untracked(|reason| reason.parse::<Reason>()) {
            Ok(reason) => {
                problems.set(Vec::new());
                command.send(path.clone(), &SkipDeadLetter { version, reason });
            }
            Err(invalid) => problems.set(vec![FieldProblem {
                id: REASON.into(),
                message: format!("The reason {invalid}"),
            }]),
        }
    };
    view! {
        <form novalidate on:submit=handler(submit)>
            <p>
                "The view " <span class="code">{view}</span>
                " will never show what this commit says, and what waits behind it goes on. The log keeps it. Who skipped it, when and why is kept as well."
            </p>
            <ErrorSummary problems />
            <CommandNotice phase=command.phase() safe="The stream stands still as before." />
            <TextField id=REASON label="Why that is right" hint="It is kept, and names nobody." autocomplete="off" value=reason problems />
            <div class="actions">
                <button class="button" type="button" data-test="keep" on:click=handler(move |_| open.set(false))>
                    "Leave it waiting"
                </button>
                <CommandButton
                    phase=command.phase()
                    label="Skip this commit"
                    busy_label="Skipping…"
                    class="button danger"
                    test="confirm-skip"
                />
            </div>
        </form>
    }
}
