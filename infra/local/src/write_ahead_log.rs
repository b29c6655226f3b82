//! What is deleted leaves the disk as well.
//!
//! The embedded engine's SQLite writes zeros over what is deleted (`.cargo/config.toml`), but its write-ahead log keeps pages
//! as they were until others happen to be written there. So it is emptied every few seconds, beside the engine.

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

fn empty(file: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(PATIENCE)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
