//! The one clock that the functions, and this machine around them, decide by.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use shared::Timestamp;

/// How far this process is ahead of the machine's clock, in minutes.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// The time: when a request was received.
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(millis).plus_minutes(AHEAD.load(Ordering::Relaxed))
}

/// Let so many minutes pass, for this whole process: a test that waits for a hold to run out does not wait.
pub fn advance(minutes: i64) {
    AHEAD.fetch_add(minutes, Ordering::Relaxed);
}
