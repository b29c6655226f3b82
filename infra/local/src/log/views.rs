//! The views against the fold of the log: every stream is projected anew, by the projector itself, into an engine in
//! memory, and each row is held against its counterpart, byte by byte.
//!
//! The log is read stream by stream and never held; what is held is one copy of the views. Of each view the generation is
//! compared that queries read, and rows without what stands before their keys for it.

use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::BoundedContext;
use event_store::{EventStore, SCAN_PAGE};
use projector::{Failure, Projector};
use read_model::{DeadLetters, Generation, Generations, Tables, ViewTable};
use tokio::task::JoinSet;

use super::{
    LogError, Logs,
    progress::{Progress, grouped},
};
use crate::{
    console::Console,
    engine::Engine,
    tables::{accounts_log, booking_log},
};

/// How many streams are projected at once.
const AT_ONCE: usize = 8;

type Item = HashMap<String, AttributeValue>;

/// The views against the fold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many rows the log folds to.
    pub rows: u64,
    /// Rows that show less of their stream than there is, or are missing.
    pub behind: Differences,
    /// Rows that say something else, or that no stream makes.
    pub different: Differences,
}

/// Rows that are not as they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    pub count: u64,
    /// The first of them, by table and key.
    pub first: Option<String>,
}

impl Comparison {
    /// Whether every row equals the fold.
    pub fn is_equal(&self) -> bool {
        self.behind.count + self.different.count == 0
    }
}

impl Differences {
    fn add(&mut self, row: String) {
        self.count += 1;
        if self.first.as_ref().is_none_or(|first| row < *first) {
            self.first = Some(row);
        }
    }
}

/// Compare them. The number of streams is what progress is measured by.
pub async fn compare(
    client: &Client,
    logs: &Logs,
    streams: u64,
    console: &Console,
) -> Result<Comparison, LogError> {
    let engine = Engine::in_memory().await?;
    let folded = engine.client();
    let tables = Tables::default();
    read_model::create_tables(&folded, &tables).await?;
    let projector = Projector::new(
        client.clone(),
        booking_log(),
        accounts_log().events,
        tables.clone(),
    );
    let projector = projector.into_views(&folded, tables.clone());
    // What an operator decided to pass over is not in the views, and is no difference.
    let letters = |client: &Client| DeadLetters::new(client.clone(), tables.dead_letters.clone());
    for skip in letters(client).all_skips().await? {
        letters(&folded).skip(&skip).await?;
    }
    let mut progress = Progress::begin(console, "streams projected", Some(streams));
    project(&projector, &logs.booking, &mut progress).await?;
    project(&projector, &logs.accounts, &mut progress).await?;
    progress.end();

    let generations = Generations::new(client.clone(), tables.generations.clone());
    let current = generations.read_all().await?;
    let mut comparison = Comparison::default();
    let mut progress = Progress::begin(console, "rows compared", None);
    for table in tables.of_views() {
        let views = Views {
            serving: current.of(table.view).serving,
            table,
            shown: client,
            folded: &folded,
        };
        views.compare(&mut comparison, &mut progress).await?;
    }
    progress.end();
    engine.stop().await;
    Ok(comparison)
}

/// Project every stream of a log.
async fn project<C: BoundedContext>(
    projector: &Projector,
    store: &EventStore<C>,
    progress: &mut Progress<'_>,
) -> Result<(), LogError> {
    let mut running = JoinSet::new();
    let mut streams = store.streams(None);
    loop {
        let stream = streams.next().await?;
        let is_last = stream.is_none();
        if let Some(stream) = stream {
            let projector = projector.clone();
            running.spawn(async move { projector.replay(&stream).await });
        }
        while running.len() >= AT_ONCE || (is_last && !running.is_empty()) {
            progress.advance(1);
            match running.join_next().await {
                Some(Ok(Err(Failure::Transient(cause)))) => return Err(LogError::Database(cause)),
                // A stream that cannot go on stands still here where it stands still in the views.
                Some(Ok(Ok(()) | Err(Failure::Parked(_)))) | None => {}
                Some(Err(panicked)) => return Err(LogError::Database(panicked.to_string())),
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

/// One table of a view, as it is shown and as it is folded.
struct Views<'a> {
    table: ViewTable<'a>,
    /// The generation that is shown; what is folded is a first one.
    serving: Generation,
    shown: &'a Client,
    folded: &'a Client,
}

impl Views<'_> {
    async fn compare(
        &self,
        comparison: &mut Comparison,
        progress: &mut Progress<'_>,
    ) -> Result<(), LogError> {
        let (table, first) = (&self.table, Generation::FIRST);
        let mut shown = rows(self.shown, table.name);
        while let Some(row) = shown.next().await? {
            let Some(row) = table.bare(row, self.serving) else {
                continue;
            };
            progress.advance(1);
            let expected = get(self.folded, table.name, table.key_of(&row, first)).await?;
            let expected = expected.and_then(|expected| table.bare(expected, first));
            let name = || name(table, &row);
            match expected {
                None => comparison
                    .different
                    .add(format!("{}: no stream makes this row", name())),
                Some(expected) if expected == row => {}
                Some(expected) => {
                    // A row that many streams feed has no version of its own: where a stream is behind, so is that.
                    let counted_behind = version(&row).is_none() && comparison.behind.count > 0;
                    if version(&row) < version(&expected) || counted_behind {
                        comparison.behind.add(name());
                    } else {
                        let attribute = differing(&row, &expected);
                        comparison.different.add(format!(
                            "{}: `{attribute}` is not what the log says",
                            name()
                        ));
                    }
                }
            }
        }
        let mut folded = rows(self.folded, table.name);
        while let Some(row) = folded.next().await? {
            let Some(row) = table.bare(row, first) else {
                continue;
            };
            comparison.rows += 1;
            let key = table.key_of(&row, self.serving);
            if get(self.shown, table.name, key).await?.is_none() {
                comparison.behind.add(name(table, &row));
            }
        }
        Ok(())
    }
}

/// A walk over a table's rows, page by page.
struct Rows<'a> {
    client: &'a Client,
    table: &'a str,
    page: std::vec::IntoIter<Item>,
    next: Option<Item>,
    is_last: bool,
}

fn rows<'a>(client: &'a Client, table: &'a str) -> Rows<'a> {
    Rows {
        client,
        table,
        page: Vec::new().into_iter(),
        next: None,
        is_last: false,
    }
}

impl Rows<'_> {
    async fn next(&mut self) -> Result<Option<Item>, LogError> {
        loop {
            if let Some(row) = self.page.next() {
                return Ok(Some(row));
            }
            if self.is_last {
                return Ok(None);
            }
            let page = self
                .client
                .scan()
                .table_name(self.table)
                .consistent_read(true)
                .limit(SCAN_PAGE)
                .set_exclusive_start_key(self.next.take())
                .send()
                .await
                .map_err(aws_sdk_dynamodb::Error::from)?;
            self.next = page.last_evaluated_key;
            self.is_last = self.next.is_none();
            self.page = page.items.unwrap_or_default().into_iter();
        }
    }
}

async fn get(client: &Client, table: &str, key: Item) -> Result<Option<Item>, LogError> {
    let found = client
        .get_item()
        .table_name(table)
        .set_key(Some(key))
        .consistent_read(true)
        .send()
        .await
        .map_err(aws_sdk_dynamodb::Error::from)?;
    Ok(found.item)
}

/// The row's table and key, for a person.
fn name(table: &ViewTable<'_>, row: &Item) -> String {
    let text = |name: &str| {
        let value = row.get(name)?;
        value.as_s().or_else(|_| value.as_n()).ok().cloned()
    };
    let range = table.range.map(|(name, _)| name);
    let names = [Some(table.hash), range].into_iter().flatten();
    let key: Vec<String> = names.filter_map(text).collect();
    format!("{} {}", table.name, key.join(" "))
}

fn version(row: &Item) -> Option<u64> {
    row.get("version")?.as_n().ok()?.parse().ok()
}

/// The first attribute, by name, that is not the same.
fn differing(row: &Item, expected: &Item) -> String {
    let mut names: Vec<&String> = row.keys().chain(expected.keys()).collect();
    names.sort();
    let differs = names
        .into_iter()
        .find(|name| row.get(*name) != expected.get(*name));
    differs.cloned().unwrap_or_default()
}

/// For the person at the terminal.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            behind,
            different,
        } = self;
        if self.is_equal() {
            return write!(
                f,
                "Equal: {} rows of the views are what the log folds to.",
                grouped(*rows)
            );
        }
        if let Some(first) = &different.first {
            let count = grouped(different.count);
            writeln!(
                f,
                "Not equal: {count} rows of the views are not what the log folds to. The first:\n  {first}"
            )?;
        }
        if let Some(first) = &behind.first {
            let count = grouped(behind.count);
            write!(
                f,
                "Not caught up: {count} rows are behind the log, or missing. The first:\n  {first}\n\
                 A system that runs catches up by itself; what is still missing then was removed."
            )?;
        }
        Ok(())
    }
}
