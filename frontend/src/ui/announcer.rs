//! One polite live region for the whole page: a region that appears together with its text is not read out.

use leptos::prelude::*;

/// Says things to people who listen to the page instead of looking at it.
#[derive(Clone, Copy, Default)]
pub struct Announcer(RwSignal<String>);

impl Announcer {
    /// Say this when what is being said now is over.
    pub fn say(&self, text: impl Into<String>) {
        self.0.set(text.into());
    }
}

/// The announcer of the page.
pub fn use_announcer() -> Announcer {
    use_context().unwrap_or_default()
}

/// The region itself. It stands once, in the page's frame.
#[component]
pub fn LiveRegion() -> impl IntoView {
    let announcer = use_announcer();
    view! { <div class="visually-hidden" aria-live="polite" data-test="announcer">{move || announcer.0.get()}</div> }
}
