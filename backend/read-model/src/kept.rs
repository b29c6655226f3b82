//! What a process reads from the database once and goes by for a moment.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

/// How long a process goes by what it read. Whoever changes it waits longer than this before relying on everybody knowing.
pub const KEPT: Duration = Duration::from_secs(1);

/// Something that is read again once it is older than [`KEPT`]. Clones share it.
#[derive(Debug)]
pub(crate) struct Kept<T>(Arc<Mutex<Read<T>>>);

/// What was read, and when.
type Read<T> = Option<(Instant, Arc<T>)>;

// Not derived: it can be cloned whether what it holds can or not.
impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Kept<T> {
    /// What was read at most [`KEPT`] ago. Whoever comes while it is being read waits for that, and does not read it too.
    pub(crate) async fn get<E>(
        &self,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let mut kept = self.0.lock().await;
        if let Some((read_at, value)) = &*kept
            && read_at.elapsed() < KEPT
        {
            return Ok(value.clone());
        }
        // The clock starts before the question: what the answer says may have changed while it was on its way.
        let read_at = Instant::now();
        let value = Arc::new(read.await?);
        *kept = Some((read_at, value.clone()));
        Ok(value)
    }

    /// Read it again when it is needed next.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}
