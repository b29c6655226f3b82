//! Light or dark: the system's choice until the person makes their own, which this browser then keeps.

use leptos::prelude::*;

use super::{Icon, handler};

const KEPT_AS: &str = "theme";

fn is_dark() -> bool {
    let chosen = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-theme"));
    match chosen {
        Some(theme) => theme == "dark",
        None => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// Switches between light and dark. `site/theme.js` applies the kept choice before the first paint.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let dark = RwSignal::new(is_dark());
    let toggle = move |_| {
        let theme = if is_dark() { "light" } else { "dark" };
        if let Some(root) = document().document_element() {
            _ = root.set_attribute("data-theme", theme);
        }
        if let Ok(Some(storage)) = window().local_storage() {
            _ = storage.set_item(KEPT_AS, theme);
        }
        dark.set(is_dark());
    };
    view! {
        <button
            class="icon-button"
            type="button"
            data-test="theme"
            aria-pressed=move || dark.get().to_string()
            aria-label="Dark colours"
            on:click=handler(toggle)
        >
            {move || view! { <Icon name=if dark.get() { "sun" } else { "moon" } /> }.into_any()}
        </button>
    }
}
