//! Files that only their owner may have (a ticket's code, a calendar entry): fetched with the bearer token, and handed
//! to the page as a blob.

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
    let options = BlobPropertyBag::new();
    options.set_type(&kind);
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    Blob::new_with_u8_array_sequence_and_options(&parts, &options)
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
        .map_err(|_| Failure::unreadable())
}

/// Fetch a file of an order and let the browser save it under this name.
pub async fn download(
    client: Client,
    file: Name,
    order: OrderId,
    name: &str,
) -> Result<(), Failure> {
    let url = file_url(client, file, order).await?;
    let link = document()
        .create_element("a")
        .ok()
        .and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok())
        .ok_or_else(Failure::unreadable)?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    _ = Url::revoke_object_url(&url);
    Ok(())
}
