//! The few things of the browser that more than one module needs: the tab's storage, ids, time, addresses.

use std::{cell::RefCell, time::Duration};

use leptos::prelude::{document, request_animation_frame, window};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, VisibilityState};

/// Milliseconds since the epoch by this device's clock, which may be wrong; see [`crate::clock::Clock`] for the server's.
pub fn device_now() -> f64 {
    js_sys::Date::now()
}

/// Wait.
pub async fn sleep(duration: Duration) {
    gloo_timers::future::sleep(duration).await;
}

/// Whether nobody can see this tab now.
pub fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// A number from 0 to 1 to spread requests with.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// A fresh UUID from the browser's cryptographic source. None where the page was not loaded securely.
pub fn random_uuid<T: std::str::FromStr>() -> Option<T> {
    window().crypto().ok()?.random_uuid().parse().ok()
}

/// The site's own origin, such as `https://plenary.example`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The address of the page inside the site: path, query and fragment.
pub fn current_path() -> String {
    let location = window().location();
    [location.pathname(), location.search(), location.hash()]
        .into_iter()
        .flatten()
        .collect()
}

/// Percent-encode one value of a query string.
pub fn encode(value: &str) -> String {
    js_sys::encode_uri_component(value).into()
}

/// What a percent-encoded value stands for; itself, where it is none.
pub fn decode(value: &str) -> String {
    js_sys::decode_uri_component(value).map_or_else(|_| value.to_owned(), Into::into)
}

/// Give the focus to the element with this id, once what is being changed on the page is there.
pub fn focus(id: impl Into<String>) {
    let id = id.into();
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id)
            && let Ok(element) = element.dyn_into::<HtmlElement>()
        {
            _ = element.focus();
        }
    });
}

/// What this tab remembers over a refresh and a trip to the sign-in page. Another tab has its own.
pub mod tab {
    use super::*;

    thread_local! {
        // A browser may refuse storage (private windows, full disks); the tab then remembers until it is refreshed.
        static FALLBACK: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
    }

    fn storage() -> Option<web_sys::Storage> {
        window().session_storage().ok().flatten()
    }

    /// What was kept under this key, if it still reads.
    pub fn get<T: DeserializeOwned>(key: &str) -> Option<T> {
        let kept = storage().and_then(|storage| storage.get_item(key).ok().flatten());
        let text = kept.or_else(|| {
            FALLBACK.with_borrow(|kept| {
                let found = kept.iter().find(|(known, _)| known == key);
                found.map(|(_, text)| text.clone())
            })
        })?;
        serde_json::from_str(&text).ok()
    }

    /// Keep a value under this key.
    pub fn set(key: &str, value: &impl Serialize) {
        let Ok(text) = serde_json::to_string(value) else {
            return;
        };
        let kept = storage().is_some_and(|storage| storage.set_item(key, &text).is_ok());
        if !kept {
            FALLBACK.with_borrow_mut(|kept| {
                kept.retain(|(known, _)| known != key);
                kept.push((key.to_owned(), text));
            });
        }
    }

    /// Forget what was kept under this key.
    pub fn remove(key: &str) {
        if let Some(storage) = storage() {
            _ = storage.remove_item(key);
        }
        FALLBACK.with_borrow_mut(|kept| kept.retain(|(known, _)| known != key));
    }

    /// Forget everything: the person has signed out.
    pub fn clear() {
        if let Some(storage) = storage() {
            _ = storage.clear();
        }
        FALLBACK.with_borrow_mut(Vec::clear);
    }
}
