//! Turns: within one process, commands for one contended stream wait for each other instead of racing to the database.
//!
//! Between processes the conditional write decides; this only spares the process from competing with itself. Pools are
//! the contended streams: everybody who books meets there.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domain::BoundedContext;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

pub(crate) struct Turns<C: BoundedContext>(Mutex<HashMap<C::Stream, Weak<Turn<()>>>>);

impl<C: BoundedContext> Default for Turns<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The turn on some streams, until it is dropped.
pub(crate) struct Held<C: BoundedContext> {
    streams: BTreeSet<C::Stream>,
    _guards: Vec<OwnedMutexGuard<()>>,
}

impl<C: BoundedContext> Default for Held<C> {
    fn default() -> Self {
        Self {
            streams: BTreeSet::new(),
            _guards: Vec::new(),
        }
    }
}

impl<C: BoundedContext> Held<C> {
    /// Whether it holds the turn on each contended stream of these.
    pub(crate) fn covers<'a>(&self, streams: impl IntoIterator<Item = &'a C::Stream>) -> bool {
        streams
            .into_iter()
            .filter(|stream| C::is_contended(stream))
            .all(|stream| self.streams.contains(stream))
    }
}

impl<C: BoundedContext> Turns<C> {
    /// Wait for the turn on each contended stream of these. All wait in the same order, so nobody waits in a circle.
    pub(crate) async fn take<'a>(
        &self,
        streams: impl IntoIterator<Item = &'a C::Stream>,
    ) -> Held<C> {
        let streams: BTreeSet<_> = streams
            .into_iter()
            .filter(|stream| C::is_contended(stream))
            .cloned()
            .collect();
        let mut guards = Vec::with_capacity(streams.len());
        for stream in &streams {
            let turn = self.turn(stream);
            guards.push(turn.lock_owned().await);
        }
        Held {
            streams,
            _guards: guards,
        }
    }

    fn turn(&self, stream: &C::Stream) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(stream).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= 1024 {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        turns.insert(stream.clone(), Arc::downgrade(&turn));
        turn
    }
}
