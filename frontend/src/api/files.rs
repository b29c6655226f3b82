//! Files that only their owner may have (a ticket's code, a calendar entry): fetched with the bearer token, and handed
//! to the page as a blob. What is made from a view that is here already (a table as CSV) is saved the same way.

use js_sys::{Array, Uint8Array};
use leptos::prelude::document;
use shared::{OrderId, endpoint::Name};
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::{Call, Client, Failure, OrderAt, Query, live::with_minimum};

/// Fetch a file of an order, as an address that an `<img>` or a link in this page can use. Give it back with
/// [`Url::revoke_object_url`] when nothing shows it any more.
pub async fn file_url(client: Client, file: Name, order: OrderId) -> Result<String, Failure> {
    // The file is made from the same view as the order's page, and must be no older.
    let query = OrderAt(order);
    let minimum = client
        .versions
        .minimum(true, &|stream| query.concerns(stream, None));
    let address = with_minimum(&file.path(&[&order]), &minimum);
    let response = client.exchange(Call::get(&address)).await?;
    if !response.ok() {
        let body = response.text().await.unwrap_or_default();
        return Err(Failure::of_problem(&body));
    }
    let kind = response.headers().get("content-type").unwrap_or_default();
    let bytes = response.binary().await.map_err(|_| Failure::NoAnswer)?;
    blob_url(&bytes, &kind).ok_or_else(Failure::unreadable)
}

/// Fetch a file of an order and let the browser save it under this name.
pub async fn download(
    client: Client,
    file: Name,
    order: OrderId,
    name: &str,
) -> Result<(), Failure> {
    let url = file_url(client, file, order).await?;
    save(&url, name).ok_or_else(Failure::unreadable)
}

/// Let the browser save a text that was made here under this name.
pub fn save_text(text: &str, kind: &str, name: &str) -> Option<()> {
    save(&blob_url(text.as_bytes(), kind)?, name)
}

fn blob_url(bytes: &[u8], kind: &str) -> Option<String> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

/// Save what is at a blob's address, and give the address back.
fn save(url: &str, name: &str) -> Option<()> {
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(url);
    link.set_download(name);
    link.click();
    _ = Url::revoke_object_url(url);
    Some(())
}
