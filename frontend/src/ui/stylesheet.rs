//! Style sheets that only some screens need, and that the first download is spared.

use js_sys::Promise;
use leptos::prelude::document;
use wasm_bindgen_futures::JsFuture;

/// Add the site's style sheet at this address to the page, if it is not there yet, and wait until it is loaded. Without an
/// answer the screen is shown plain, which is better than not at all.
pub async fn stylesheet(href: &str) {
    let known = document().query_selector(&format!("link[href=\"{href}\"]"));
    if known.is_ok_and(|found| found.is_some()) {
        return;
    }
    let (Ok(link), Some(head)) = (document().create_element("link"), document().head()) else {
        return;
    };
    _ = link.set_attribute("rel", "stylesheet");
    _ = link.set_attribute("href", href);
    let loaded = Promise::new(&mut |resolve, _| {
        for event in ["load", "error"] {
            _ = link.add_event_listener_with_callback(event, &resolve);
        }
    });
    _ = head.append_child(&link);
    _ = JsFuture::from(loaded).await;
}
