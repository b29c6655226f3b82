//! Where the person is: the address bar as a signal, and the links that lead from one screen to another.
//!
//! Why not leptos_router: its nesting, transitions and server rendering are not needed here, and would make the app a
//! tenth larger.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent, UrlSearchParams};

use crate::browser::origin;

/// A path of this site, and its query string with the question mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Address {
    path: String,
    query: String,
}

impl Address {
    fn current() -> Self {
        let location = window().location();
        Self {
            path: location.pathname().unwrap_or_default(),
            query: location.search().unwrap_or_default(),
        }
    }
}

/// The address bar.
#[derive(Clone, Copy, Default)]
pub struct Router(RwSignal<Address>);

impl Router {
    /// Follows the address bar from here on. To be made once, at the root.
    pub fn start() -> Self {
        let router = Self(RwSignal::new(Address::current()));
        // Back and forward change the address without anybody here asking for it. The listener lives as long as the page.
        window_event_listener(ev::popstate, move |_| router.0.set(Address::current()));
        router
    }

    /// The path, such as `/bookings`.
    pub fn path(&self) -> String {
        self.0.with(|address| address.path.clone())
    }

    /// A parameter of the query string; empty where there is none.
    pub fn parameter(&self, name: &str) -> String {
        let parameters = self
            .0
            .with(|address| UrlSearchParams::new_with_str(&address.query));
        let value = parameters.ok().and_then(|parameters| parameters.get(name));
        value.unwrap_or_default()
    }

    /// Go on to a path of this site, beginning at the top of the screen there.
    pub fn push(&self, to: &str) {
        if let Ok(history) = window().history() {
            _ = history.push_state_with_url(&JsValue::NULL, "", Some(to));
        }
        window().scroll_to_with_x_and_y(0.0, 0.0);
        self.0.set(Address::current());
    }

    /// The same in the place of the present entry: going back does not lead here again.
    pub fn replace(&self, to: &str) {
        if let Ok(history) = window().history() {
            _ = history.replace_state_with_url(&JsValue::NULL, "", Some(to));
        }
        self.0.set(Address::current());
    }

    /// Follow a clicked link, if it leads to another screen of this app, in this tab. Everything else is the browser's.
    pub fn follow(&self, click: &MouseEvent) {
        if let Some(link) = clicked_link(click).filter(|_| !click.default_prevented()) {
            let is_fragment = (link.pathname(), link.search())
                == self
                    .0
                    .with_untracked(|address| (address.path.clone(), address.query.clone()))
                && !link.hash().is_empty();
            if !is_fragment {
                click.prevent_default();
                self.push(&address_of(&link));
            }
        }
    }
}

/// The link of this site that a click asks to follow in this tab.
pub fn clicked_link(click: &MouseEvent) -> Option<HtmlAnchorElement> {
    let is_plain = click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key());
    let target: Element = click.target()?.dyn_into().ok()?;
    let link: HtmlAnchorElement = target.closest("a[href]").ok()??.dyn_into().ok()?;
    let stays = link.target().is_empty() && link.download().is_empty() && link.rel().is_empty();
    (is_plain && stays && link.origin() == origin()).then_some(link)
}

/// Where a link leads inside the site.
pub fn address_of(link: &HtmlAnchorElement) -> String {
    link.pathname() + &link.search() + &link.hash()
}

/// The router of the app.
pub fn use_router() -> Router {
    use_context().unwrap_or_default()
}
