//! A notice that must not be missed: it takes the focus when it appears.

use leptos::{html, prelude::*};

/// Says why something did not happen, and holds what can be done about it.
#[component]
pub fn Alert(
    /// The hook of the browser tests.
    test: &'static str,
    children: Children,
) -> impl IntoView {
    let alert = NodeRef::<html::Div>::new();
    // In the next frame: a dialog or a button that is closing gives its focus back first.
    alert.on_load(|alert| request_animation_frame(move || _ = alert.focus()));
    view! {
        <div class="notice bad" role="alert" tabindex="-1" node_ref=alert data-test=test>
            {children()}
        </div>
    }
}
