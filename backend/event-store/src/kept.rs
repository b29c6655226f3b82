//! The folded states that a process keeps between commands. A cache: it may be behind, and the conditional write tells.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use domain::BoundedContext;
use lru::LruCache;

use crate::{Commit, folded::Folded};

/// How many streams are kept; the one that was used longest ago goes first.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

pub(crate) struct Kept<C: BoundedContext>(Mutex<LruCache<C::Stream, Arc<Folded<C>>>>);

impl<C: BoundedContext> Default for Kept<C> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl<C: BoundedContext> Kept<C> {
    pub(crate) fn get(&self, stream: &C::Stream) -> Option<Arc<Folded<C>>> {
        self.lock().get(stream).cloned()
    }

    /// Keep a state, unless a newer one is kept.
    pub(crate) fn put(&self, stream: C::Stream, folded: Arc<Folded<C>>) {
        let mut kept = self.lock();
        if kept
            .peek(&stream)
            .is_none_or(|known| known.version < folded.version)
        {
            kept.put(stream, folded);
        }
    }

    /// Fold a commit into the kept state it follows on. Nothing is copied where nobody else looks at that state.
    pub(crate) fn fold(&self, commit: &Commit<C>) {
        if let Some(folded) = self.lock().get_mut(&commit.stream) {
            Arc::make_mut(folded).fold(commit);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<C::Stream, Arc<Folded<C>>>> {
        // Nothing in here panics while it holds the lock, and a state folded halfway cannot be left behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
