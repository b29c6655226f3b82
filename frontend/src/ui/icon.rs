//! Icons from the one sprite, `site/icons.svg`.

use leptos::prelude::*;

/// An icon beside a text. It says nothing by itself: assistive technology does not see it.
#[component]
pub fn Icon(
    /// The symbol's id in the sprite.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}
