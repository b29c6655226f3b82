//! Nothing is here.

use leptos::prelude::*;

use crate::ui::PageHeading;

/// The address leads nowhere.
#[component]
pub fn NotFoundScreen() -> impl IntoView {
    view! {
        <NotFound
            title="There is nothing at this address"
            text="The link may be old, or a letter may be missing."
        />
    }
}

/// Something that does not exist, or not for this person.
#[component]
pub fn NotFound(title: &'static str, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <section class="narrow empty" data-test="not-found">
            <PageHeading title />
            <p>{text}</p>
            <p>
                <a class="button primary" href="/">
                    "See all conferences"
                </a>
            </p>
        </section>
    }
}
