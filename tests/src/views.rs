//! The views as they are stored, to hold one against another.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use read_model::{Generation, Generations, Tables};

use crate::log;

/// Every row of every view that is read, as text: two that are equal are byte-equal.
pub async fn rows(client: &Client) -> BTreeMap<String, String> {
    let generations = Generations::new(client.clone(), Tables::default().generations);
    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    let current = generations.read_all().await.expect("the database answers");
    let mut rows = BTreeMap::new();
    for table in Tables::default().of_views() {
        let serving = current.of(table.view).serving;
        rows.extend(rows_of(client, table.name, serving).await);
    }
    rows
}

/// Every row of one generation in a view's table, as text and without the generation.
///
/// # Panics
/// If there is no such table.
#[expect(clippy::expect_used, reason = "no test can go on without it")]
pub async fn rows_of(
    client: &Client,
    table: &str,
    generation: Generation,
) -> BTreeMap<String, String> {
    let tables = Tables::default();
    let mut all = tables.of_views().into_iter();
    let layout = all
        .find(|layout| layout.name == table)
        .expect("a view's table");
    let items = log::items(client, table).await.into_iter();
    let rows = items.filter_map(|item| layout.bare(item, generation));
    rows.map(|row| {
        let attributes: BTreeMap<_, _> = row.iter().collect();
        let range = layout.range.and_then(|(name, _)| row.get(name));
        let key = [row.get(layout.hash), range];
        (format!("{table}/{key:?}"), format!("{attributes:?}"))
    })
    .collect()
}
