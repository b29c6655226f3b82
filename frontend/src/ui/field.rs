//! Text fields, and the summary of what is wrong with them. Nothing is said before the person asks to go on: then the
//! summary takes the focus, and each of its lines leads to its field.

use leptos::{html, prelude::*};
use web_sys::{Event, MouseEvent};

use super::{If, handler, watch};
use crate::browser::focus;

/// Something that is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's id.
    pub id: String,
    /// A whole sentence without a full stop: "Seat 2: the name must not be empty".
    pub message: String,
}

/// Everything that is wrong with a form.
#[component]
pub fn ErrorSummary(problems: RwSignal<Vec<FieldProblem>>) -> impl IntoView {
    let summary = NodeRef::<html::Div>::new();
    watch(move || {
        if problems.with(|problems| !problems.is_empty()) {
            request_animation_frame(move || {
                if let Some(summary) = summary.get_untracked() {
                    _ = summary.focus();
                }
            });
        }
    });
    let line = |problem: FieldProblem| {
        let id = problem.id.clone();
        view! {
            <li>
                <a
                    href=format!("#{}", problem.id)
                    on:click=handler(move |event: MouseEvent| {
                        event.prevent_default();
                        focus(&id);
                    })
                >
                    {problem.message}
                </a>
            </li>
        }
    };
    view! {
        <If when=move || problems.with(|problems| !problems.is_empty())>
            <div class="notice bad" tabindex="-1" role="alert" node_ref=summary data-test="error-summary">
                <h2>"There is a problem"</h2>
                <ul>{move || problems.get().into_iter().map(line).collect_view()}</ul>
            </div>
        </If>
    }
}

/// A labelled line of text.
#[component]
pub fn TextField(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional)] hint: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    /// Which keys a phone offers, such as "decimal".
    #[prop(optional)]
    inputmode: &'static str,
    value: RwSignal<String>,
    problems: RwSignal<Vec<FieldProblem>>,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    let problem = {
        let id = id.clone();
        Memo::new(move |_| {
            problems.with(|problems| {
                let mine = problems.iter().find(|problem| problem.id == id);
                mine.map(|problem| problem.message.clone())
            })
        })
    };
    let described_by = {
        let error_id = error_id.clone();
        move || problem.with(Option::is_some).then(|| error_id.clone())
    };
    view! {
        <div class="field" class:invalid=move || problem.with(Option::is_some)>
            <label for=id.clone()>
                {label}
                {(!hint.is_empty()).then(|| view! { <span class="hint">" " {hint}</span> })}
            </label>
            <p class="field-error" id=error_id>{move || problem.get()}</p>
            <input
                id=id.clone()
                data-test=id
                type=kind
                autocomplete=autocomplete
                inputmode=(!inputmode.is_empty()).then_some(inputmode)
                spellcheck="false"
                prop:value=move || value.get()
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby=described_by
                on:input=handler(move |event: Event| value.set(event_target_value(&event)))
            />
        </div>
    }
}
