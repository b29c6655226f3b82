//! The views as they are stored, to hold one against another.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use read_model::Tables;

use crate::log;

/// Every row of every view, as text: two that are equal are byte-equal.
pub async fn rows(client: &Client) -> BTreeMap<String, String> {
    let tables = Tables::default();
    let mut rows = BTreeMap::new();
    for table in [tables.catalogue, tables.availability, tables.orders] {
        for item in log::items(client, &table).await {
            let attributes: BTreeMap<_, _> = item.iter().collect();
            let id = item
                .get("id")
                .and_then(|id| id.as_s().ok())
                .cloned()
                .unwrap_or_default();
            rows.insert(format!("{table}/{id}"), format!("{attributes:?}"));
        }
    }
    rows
}
