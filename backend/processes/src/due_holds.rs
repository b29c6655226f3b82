//! Releasing holds whose time is over, on a schedule.
//!
//! Nobody waits for it: an expired hold is released inside the next decision on its pool anyway, and views count it as
//! free. It makes the log say so soon where nobody decides anything.

use domain::booking::Command;
use event_store::Envelope;
use plenary_http::{
    metrics::{self, Metric},
    now,
};
use shared::{CommandId, ConferenceId, SeatTypeId, Timestamp};

use crate::{NotFollowedUp, Processes};

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Pools that had a due hold by the view.
    pub pools: usize,
    /// Of these, how many could not be looked at now; the next sweep finds them again.
    pub failed: usize,
}

impl Processes {
    /// Release what is due. The view says where to look, the log decides.
    ///
    /// # Errors
    /// The view could not be asked.
    pub async fn release_due_holds(&self) -> Result<Swept, read_model::Error> {
        let at = now();
        let mut swept = Swept::default();
        for (conference, pool) in self.due.before(at).await? {
            swept.pools += 1;
            if let Err(cause) = self.release(conference, pool, at).await {
                swept.failed += 1;
                tracing::warn!(%conference, %pool, %cause, "due holds were not released");
            }
        }
        metrics::emit(&[Metric::Count("DuePools", swept.pools as u32)]);
        Ok(swept)
    }

    async fn release(
        &self,
        conference: ConferenceId,
        pool: SeatTypeId,
        at: Timestamp,
    ) -> Result<(), NotFollowedUp> {
        let id = CommandId::derived(pool.0, &format!("due holds at {at}"));
        let envelope = Envelope::follow_up("due-holds", id, (id.0, None), at, self.rules);
        let command = Command::ReleaseDueHolds(conference, pool);
        self.store.execute(&command, &envelope).await?;
        Ok(())
    }
}
