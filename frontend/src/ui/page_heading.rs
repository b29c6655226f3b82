//! A screen's `h1`, which is also its title and takes the focus when the screen replaces another one.

use std::cell::Cell;

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::watch;

thread_local! {
    // The first screen after loading is announced by the browser itself: taking the focus there would only get in the
    // way of whoever has begun to use the page.
    static IS_FIRST: Cell<bool> = const { Cell::new(true) };
}

/// The heading of a screen. Each screen, and each state that replaces a whole screen, has exactly one.
#[component]
pub fn PageHeading(
    /// The document's title; the site's name is added.
    #[prop(into)]
    title: Signal<String>,
    /// What the heading shows; the title, unless something else is given.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    watch(move || document().set_title(&format!("{} · Plenary", title.get())));

    let heading = NodeRef::<html::H1>::new();
    heading.on_load(|heading| {
        if IS_FIRST.replace(false) {
            return;
        }
        // Wait for the rest of the screen, which the address's fragment may point into.
        request_animation_frame(move || {
            _ = fragment_target().as_ref().unwrap_or(&heading).focus();
        });
    });

    let content = match children {
        Some(children) => children().into_any(),
        None => (move || title.get()).into_any(),
    };
    view! { <h1 tabindex="-1" node_ref=heading>{content}</h1> }
}

fn fragment_target() -> Option<HtmlElement> {
    let id = location_hash().filter(|id| !id.is_empty())?;
    document().get_element_by_id(&id)?.dyn_into().ok()
}
