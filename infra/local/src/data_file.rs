//! What the embedded engine's file needs and the engine does not do.
//!
//! What is deleted leaves the disk as well: the engine's SQLite writes zeros over it (`.cargo/config.toml`), but the
//! write-ahead log keeps pages as they were until others happen to be written there. So it is emptied every few seconds.
//!
//! And the engine numbers its stream's records by the highest number that is there, and finds those after a number, by
//! looking at all of them: with an index a write takes no longer however many there are.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::time::{MissedTickBehavior, interval};

use crate::background::Background;

const EVERY: Duration = Duration::from_secs(5);
/// How long it waits for whoever is writing. Where that is too short, the next time does it.
const PATIENCE: Duration = Duration::from_millis(200);

/// Empty the write-ahead log of this data file every few seconds.
pub fn keep_empty(file: PathBuf) -> Background {
    Background::start(|mut stopped| async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stopped.wait_for(|stop| *stop) => break,
            }
            let file = file.clone();
            let emptied = tokio::task::spawn_blocking(move || empty(&file)).await;
            if let Ok(Err(error)) = emptied {
                tracing::warn!(%error, "the write-ahead log was not emptied");
            }
        }
    })
}

/// Index the stream's records of this data file.
///
/// # Errors
/// It is not one of the engine's.
pub fn index(file: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch(
        "CREATE INDEX IF NOT EXISTS plenary_stream_order
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER), shard_id)",
    )
}

fn empty(file: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(PATIENCE)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_finds_its_streams_records_by_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        drop(dynoxide::Database::new(file.to_str().unwrap()).unwrap());
        index(&file).unwrap();
        index(&file).unwrap();
        let connection = Connection::open(&file).unwrap();
        // As the engine asks.
        for query in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'T'",
            "SELECT new_image FROM _stream_records
             WHERE table_name = 'T' AND shard_id = 'S' AND CAST(sequence_number AS INTEGER) > 7
             ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 100",
        ] {
            let plan = format!("EXPLAIN QUERY PLAN {query}");
            let plan: String = connection
                .query_row(&plan, [], |row| row.get("detail"))
                .unwrap();
            assert!(plan.starts_with("SEARCH"), "{plan}");
            assert!(plan.contains("plenary_stream_order"), "{plan}");
        }
    }
}
