//! Walking over a view's rows: both generations held against each other, and an old one dropped.

use std::{collections::HashMap, time::Duration};

use read_model::{Generation, StoredRow, ViewTable, Written};
use shared::operations::Comparison;
use tokio::time::{Instant, sleep};

use crate::{Operations, WorkError, Worked, rebuild::Step};

/// How often a row is looked at again that is not the same in both: the projector may be just between the two.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How a row stands in the old generation and in the new one.
enum Stands {
    Equal,
    Ahead,
    Different,
    OnlyOld,
    OnlyNew,
}

impl Operations {
    /// Go on comparing the generation that is read with the one that was filled.
    pub(crate) async fn compare(&self, step: &mut Step<'_, '_>) -> Result<Worked, WorkError> {
        let old = step.current().serving;
        let new = Generation(step.rebuilding.generation);
        let mut comparison = step.rebuilding.comparison.unwrap_or_default();
        loop {
            let tables = self.projector.tables().of_views();
            let mut tables = tables.iter().filter(|table| table.view == step.view);
            let Some(table) = tables.nth(step.rebuilding.table) else {
                step.rebuilding.comparison = Some(comparison);
                return Ok(Worked::Done);
            };
            let after = step.rebuilding.row.as_ref();
            let (rows, next) = self.projector.rows().page(table, after).await?;
            self.compare_page(table, rows, (old, new), &mut comparison)
                .await?;
            step.rebuilding.comparison = Some(comparison);
            if let Some(stopped) = turned_over(step, next).await? {
                return Ok(stopped);
            }
        }
    }

    async fn compare_page(
        &self,
        table: &ViewTable<'_>,
        rows: Vec<StoredRow>,
        (old, new): (Generation, Generation),
        comparison: &mut Comparison,
    ) -> Result<(), WorkError> {
        let of = |generation| {
            let rows = rows.iter();
            rows.filter_map(move |row| table.bare(row.clone(), generation))
        };
        let (olds, news): (Vec<_>, Vec<_>) = (of(old).collect(), of(new).collect());
        let in_new = self.counterparts(table, &olds, new).await?;
        for row in &olds {
            let stands = match in_new.get(&name(table, row)) {
                Some(counterpart) if counterpart == row => Stands::Equal,
                _ => self.look_again(table, row, (old, new)).await?,
            };
            count(comparison, stands);
        }
        // Rows of both were counted with the old one's.
        let in_old = self.counterparts(table, &news, old).await?;
        for row in &news {
            if !in_old.contains_key(&name(table, row)) {
                let stands = self.look_again(table, row, (old, new)).await?;
                if matches!(stands, Stands::OnlyNew) {
                    count(comparison, stands);
                }
            }
        }
        Ok(())
    }

    /// The same rows in another generation, by their keys.
    async fn counterparts(
        &self,
        table: &ViewTable<'_>,
        rows: &[StoredRow],
        generation: Generation,
    ) -> Result<HashMap<String, StoredRow>, WorkError> {
        let key = |row: &StoredRow| table.key_of(row, generation);
        let keys: Vec<StoredRow> = rows.iter().map(key).collect();
        let found = self
            .projector
            .rows()
            .get_all(table, &keys)
            .await?
            .into_iter();
        let bare = found.filter_map(|row| table.bare(row, generation));
        Ok(bare.map(|row| (name(table, &row), row)).collect())
    }

    /// Look at a row in both generations until it is the same, or stays as it is.
    async fn look_again(
        &self,
        table: &ViewTable<'_>,
        row: &StoredRow,
        (old, new): (Generation, Generation),
    ) -> Result<Stands, WorkError> {
        let row = std::slice::from_ref(row);
        let mut seen = None;
        for _ in 0..LOOKS {
            let in_old = self.counterparts(table, row, old).await?;
            let in_new = self.counterparts(table, row, new).await?;
            if in_old == in_new && !in_old.is_empty() {
                return Ok(Stands::Equal);
            }
            let now = Some((in_old, in_new));
            if seen == now {
                break;
            }
            seen = now;
            sleep(BETWEEN_LOOKS).await;
        }
        let (in_old, in_new) = seen.unwrap_or_default();
        let version = |rows: &HashMap<String, StoredRow>| {
            let row = rows.values().next()?;
            row.get("version").cloned()
        };
        Ok(match (in_old.is_empty(), in_new.is_empty()) {
            (_, true) => Stands::OnlyOld,
            (true, false) => Stands::OnlyNew,
            (false, false) if version(&in_old) == version(&in_new) => Stands::Different,
            (false, false) => Stands::Ahead,
        })
    }

    /// Go on dropping the rows and the dead letters of generations before the one that is read. The next one is above it:
    /// whoever still drops while that is filled already takes nothing of it.
    pub(crate) async fn drop_older(&self, step: &mut Step<'_, '_>) -> Result<Worked, WorkError> {
        let serving = step.current().serving;
        loop {
            let tables = self.projector.tables().of_views();
            let mut tables = tables.iter().filter(|table| table.view == step.view);
            let Some(table) = tables.nth(step.rebuilding.table) else {
                break;
            };
            let after = step.rebuilding.row.as_ref();
            let (mut rows, next) = self.projector.rows().page(table, after).await?;
            // Rows without a generation were written before there were any.
            rows.retain(|row| table.generation_of(row) < Some(serving));
            self.projector.rows().delete(table, &rows).await?;
            if let Some(stopped) = turned_over(step, next).await? {
                return Ok(stopped);
            }
        }
        let letters = self.projector.dead_letters();
        for letter in letters.all().await? {
            if letter.view == step.view.text() && letter.generation < serving {
                let place = (letter.view.as_str(), letter.generation);
                letters.remove(&letter.stream, place).await?;
            }
        }
        Ok(Worked::Done)
    }
}

/// A page of rows is done: the next one, or the next table. Answers why to stop, where that is so.
async fn turned_over(
    step: &mut Step<'_, '_>,
    next: Option<read_model::RowPosition>,
) -> Result<Option<Worked>, WorkError> {
    if next.is_none() {
        step.rebuilding.table += 1;
    }
    step.rebuilding.row = next;
    if step.save().await? == Written::Lost {
        return Ok(Some(Worked::Elsewhere));
    }
    Ok((Instant::now() >= step.until).then_some(Worked::GoOn))
}

fn count(comparison: &mut Comparison, stands: Stands) {
    *match stands {
        Stands::Equal => &mut comparison.equal,
        Stands::Ahead => &mut comparison.ahead,
        Stands::Different => &mut comparison.different,
        Stands::OnlyOld => &mut comparison.only_old,
        Stands::OnlyNew => &mut comparison.only_new,
    } += 1;
}

/// What a row is found by, whatever its generation.
fn name(table: &ViewTable<'_>, bare: &StoredRow) -> String {
    let range = table.range.and_then(|(name, _)| bare.get(name));
    format!("{:?} {range:?}", bare.get(table.hash))
}
