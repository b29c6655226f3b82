//! How far something long has come.

use leptos::prelude::*;

/// A bar from nothing to all, with what it means in words below it.
#[component]
pub fn Progress(
    /// What is under way.
    #[prop(into)]
    label: String,
    done: u64,
    /// About how much there is; it may turn out to be more.
    total: u64,
    /// In words: how much, how fast, how long still.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let total = total.max(done).max(1);
    view! {
        <div class="progress">
            <progress aria-label=label value=done.to_string() max=total.to_string()></progress>
            <p class="hint" data-test="progress">{text}</p>
        </div>
    }
}
