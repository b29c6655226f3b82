//! Small reactive pieces that every screen uses. leptos's own are compiled anew for each closure handed to them; these
//! hide the closure's type first, so that all their uses share one copy of the code.

use leptos::prelude::*;

/// Shows its children while `when` is true, as leptos's `Show` does.
#[component]
pub fn If(#[prop(into)] when: Signal<bool>, children: ChildrenFn) -> AnyView {
    let when = Memo::new(move |_| when.get());
    (move || when.get().then(|| children())).into_any()
}

/// Runs now, and again whenever a signal that it read has changed, as leptos's `Effect` does.
pub fn watch(run: impl FnMut() + 'static) {
    fn hidden(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_: Option<()>| run());
    }
    hidden(Box::new(run));
}

/// An event handler, as leptos's `on:…` takes it.
pub fn handler<E: 'static>(handle: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handle)
}
