//! The views as they are stored, to hold one against another.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use read_model::Tables;

use crate::log;

/// What the views' rows are found by.
const KEYS: [&str; 5] = ["id", "account", "version", "conference", "day"];

/// Every row of every view, as text: two that are equal are byte-equal.
pub async fn rows(client: &Client) -> BTreeMap<String, String> {
    let tables = Tables::default();
    let mut rows = BTreeMap::new();
    for table in [
        tables.catalogue,
        tables.availability,
        tables.orders,
        tables.promo_codes,
        tables.accounts,
        tables.entries,
        tables.proceeds,
    ] {
        for item in log::items(client, &table).await {
            let attributes: BTreeMap<_, _> = item.iter().collect();
            let key = KEYS.map(|name| item.get(name));
            rows.insert(format!("{table}/{key:?}"), format!("{attributes:?}"));
        }
    }
    rows
}
