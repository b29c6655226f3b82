//! The attendee's app: its routes, its frame, and what its screens share.

mod bookings;
mod catalogue;
mod conference;
mod frame;
mod held;
mod not_found;
mod order;
mod signed_in;
mod stub;
mod when;
mod written;

use leptos::{mount::mount_to, prelude::*};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};
use wasm_bindgen::JsCast;

use self::{
    bookings::BookingsScreen,
    catalogue::CatalogueScreen,
    conference::ConferenceScreen,
    frame::{Frame, LeaveGuard},
    held::HeldOrder,
    not_found::NotFoundScreen,
    order::{CheckRoute, OrderRoute},
    signed_in::SignedInScreen,
    written::Written,
};
use crate::{api::Client, ui::Announcer};

/// Put the app in the place of the static shell that `index.html` painted.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
        show_crash();
    }));
    let root = document()
        .get_element_by_id("app")
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(root) = root {
        root.set_inner_html("");
        mount_to(root, App).forget();
    }
}

/// The error boundary: after a panic nothing of the app runs any more, so this only uncovers what `index.html` holds
/// ready.
fn show_crash() {
    for (id, hidden) in [("app", true), ("crashed", false)] {
        if let Some(element) = document().get_element_by_id(id) {
            _ = element.toggle_attribute_with_force("hidden", hidden);
        }
    }
}

#[component]
fn App() -> impl IntoView {
    provide_context(Client::new());
    provide_context(Announcer::default());
    provide_context(Written::default());
    provide_context(HeldOrder::resume());
    provide_context(LeaveGuard::default());
    view! {
        <Router>
            <Frame>
                <FlatRoutes fallback=|| view! { <NotFoundScreen /> }>
                    <Route path=path!("/") view=CatalogueScreen />
                    <Route path=path!("/conferences/:slug") view=ConferenceScreen />
                    <Route path=path!("/orders/:id") view=OrderRoute />
                    <Route path=path!("/orders/:id/check") view=CheckRoute />
                    <Route path=path!("/bookings") view=BookingsScreen />
                    <Route path=path!("/signed-in") view=SignedInScreen />
                </FlatRoutes>
            </Frame>
        </Router>
    }
}
