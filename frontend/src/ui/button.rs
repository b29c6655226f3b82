//! The button that sends a command.

use leptos::prelude::*;

use super::handler;
use crate::api::Phase;

/// A submit button, or with `on_press` a plain one. While the command is open it says so and does nothing more, but
/// it keeps the focus: a disabled button would drop it.
#[component]
pub fn CommandButton(
    #[prop(into)] phase: Signal<Phase>,
    #[prop(into)] label: Signal<String>,
    /// What it says while the command is under way, such as "Confirming…".
    busy_label: &'static str,
    #[prop(default = "button primary")] class: &'static str,
    /// The hook of the browser tests.
    test: &'static str,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let is_open = move || phase.with(Phase::is_open);
    view! {
        <button
            class=class
            type=if on_press.is_some() { "button" } else { "submit" }
            data-test=test
            aria-disabled=move || is_open().then_some("true")
            on:click=handler(move |_| {
                if let Some(on_press) = on_press {
                    on_press.run(());
                }
            })
        >
            {move || if is_open() { busy_label.to_owned() } else { label.get() }}
        </button>
    }
}
