//! What stands where something is being loaded.

use leptos::prelude::*;

/// Grey blocks in the place of what is to come. They appear only after 150 ms (in the style sheet): most answers are
/// there before.
#[component]
pub fn Skeleton(
    /// What is being loaded, for those who listen.
    label: &'static str,
    /// The blocks' classes, in order; each gives a block its final size.
    #[prop(default = &["line", "block", "block"])]
    blocks: &'static [&'static str],
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" data-test="loading">
            <span class="visually-hidden">{label}</span>
            {blocks.iter().map(|block| view! { <div class=*block></div> }).collect_view()}
        </div>
    }
}
