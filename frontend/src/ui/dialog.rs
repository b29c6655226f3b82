//! A modal question on the native `<dialog>`: focus is kept inside, Escape closes it, and the focus goes back to where
//! it came from.

use leptos::{html, prelude::*};

use super::{handler, watch};

/// A question that must be answered first.
#[component]
pub fn Dialog(
    /// Open while this is true; set to false when the person closes it.
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// An id for its heading, unique in the page.
    #[prop(into)]
    id: String,
    /// Made anew each time it opens, so that it never shows what was typed or said the last time.
    children: ChildrenFn,
) -> impl IntoView {
    let (dialog, heading) = (NodeRef::<html::Dialog>::new(), NodeRef::<html::H2>::new());
    watch(move || {
        let Some(dialog) = dialog.get() else { return };
        if open.get() && !dialog.open() {
            _ = dialog.show_modal();
            // The browser focuses the first control. Where that is out of sight, the text before it comes first.
            if dialog.scroll_height() > dialog.client_height()
                && let Some(heading) = heading.get_untracked()
            {
                _ = heading.focus();
            }
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby=id on:close=handler(move |_| open.set(false))>
            <h2 id=id.clone() node_ref=heading tabindex="-1">{move || title.get()}</h2>
            {move || open.get().then(|| children())}
        </dialog>
    }
}
