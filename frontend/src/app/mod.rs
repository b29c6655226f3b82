//! The attendee's app: its routes, its frame, and what its screens share.

mod account;
mod bookings;
mod catalogue;
mod conference;
mod frame;
mod held;
mod insight;
mod later;
mod not_found;
mod operate;
mod order;
mod organize;
mod role;
mod signed_in;
mod stub;
mod travel;
mod when;
mod written;

use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::JsCast;

use self::{
    catalogue::CatalogueScreen,
    conference::ConferenceScreen,
    frame::{Frame, LeaveGuard},
    held::HeldOrder,
    insight::Tool,
    later::{
        account_screen, bookings_screen, console, insight_screen, later, operate_screen,
        order_screen, organize_screen, own_conference_screen,
    },
    not_found::NotFoundScreen,
    order::Step,
    signed_in::SignedInScreen,
    written::Written,
};
use crate::{api::Client, router::Router, ui::Announcer};

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
    let router = Router::start();
    provide_context(router);
    let route = Memo::new(move |_| Route::of(&router.path()));
    view! {
        <Frame>
            {move || match route.get() {
                Route::Catalogue => view! { <CatalogueScreen /> }.into_any(),
                Route::Conference(slug_or_id) => view! { <ConferenceScreen slug_or_id /> }.into_any(),
                Route::Order(id, step) => later(&["title-block", "seat-block", "seat-block"], move || order_screen(id.clone(), step)),
                Route::Bookings => later(&["ticket-block", "ticket-block"], bookings_screen),
                Route::Account => later(&["title-block", "block", "seat-block"], account_screen),
                Route::Organize => later(&["title-block", "ticket-block", "ticket-block"], organize_screen),
                Route::OwnConference(id) => later(&["title-block", "block", "seat-block"], move || own_conference_screen(id.clone())),
                Route::Insight(id, tool) => later(&["title-block", "block", "seat-block"], move || console(insight_screen(id.clone(), tool))),
                Route::Operate => later(&["title-block", "block", "seat-block"], || console(operate_screen())),
                Route::SignedIn => view! { <SignedInScreen /> }.into_any(),
                Route::Nowhere => view! { <NotFoundScreen /> }.into_any(),
            }}
        </Frame>
    }
}

/// What each address shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    Catalogue,
    /// By slug or id.
    Conference(String),
    /// An order, at one of the steps to its ticket.
    Order(String, Step),
    Bookings,
    /// The person's money.
    Account,
    /// The conferences that the person runs.
    Organize,
    /// One of them, by id.
    OwnConference(String),
    /// What the history of one of them tells.
    Insight(String, Tool),
    /// Everything for operators. Their screens stand in one frame, which looks at the rest of the address itself.
    Operate,
    /// Where the identity provider sends people back to.
    SignedIn,
    Nowhere,
}

impl Route {
    fn of(path: &str) -> Self {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match segments[..] {
            [""] => Self::Catalogue,
            ["conferences", slug_or_id] => Self::Conference(slug_or_id.to_owned()),
            ["orders", id] => Self::Order(id.to_owned(), Step::Attendees),
            ["orders", id, "check"] => Self::Order(id.to_owned(), Step::Check),
            ["orders", id, "pay"] => Self::Order(id.to_owned(), Step::Pay),
            ["bookings"] => Self::Bookings,
            ["account"] => Self::Account,
            ["organize"] => Self::Organize,
            ["organize", id] => Self::OwnConference(id.to_owned()),
            ["organize", id, tool] => match Tool::named(tool) {
                Some(tool) => Self::Insight(id.to_owned(), tool),
                None => Self::Nowhere,
            },
            ["operate", ..] => Self::Operate,
            ["signed-in"] => Self::SignedIn,
            _ => Self::Nowhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_screen() {
        for (path, route) in [
            ("/", Route::Catalogue),
            (
                "/conferences/rust-week",
                Route::Conference("rust-week".into()),
            ),
            ("/orders/1", Route::Order("1".into(), Step::Attendees)),
            ("/orders/1/check", Route::Order("1".into(), Step::Check)),
            ("/orders/1/pay", Route::Order("1".into(), Step::Pay)),
            ("/bookings/", Route::Bookings),
            ("/account", Route::Account),
            ("/organize", Route::Organize),
            ("/organize/1", Route::OwnConference("1".into())),
            (
                "/organize/1/what-if",
                Route::Insight("1".into(), Tool::WhatIf),
            ),
            ("/organize/1/nothing", Route::Nowhere),
            ("/operate", Route::Operate),
            ("/operate/log", Route::Operate),
            ("/signed-in", Route::SignedIn),
            ("/conferences", Route::Nowhere),
            ("/orders/1/check/2", Route::Nowhere),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
