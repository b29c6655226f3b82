//! Work that goes on beside the requests until the system stops.

use tokio::{sync::watch, task::JoinHandle};

/// Becomes true when the work is to end.
pub type Stopped = watch::Receiver<bool>;

/// Work that goes on.
pub struct Background {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Background {
    /// Start it. It looks at what it is given, and ends when that says so.
    pub fn start<F>(work: impl FnOnce(Stopped) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(work(stopped));
        Self { stop, task }
    }

    /// Let it finish what it has begun, and begin nothing more.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}
