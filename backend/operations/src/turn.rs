//! Whose turn a piece of long work is: one worker at a time, as long as it says now and then that it is still at it.
//!
//! This only saves doing things twice. That two workers at once do no harm is in each write: rows are guarded by their
//! versions, and how far the work is by the revision that was read.

use plenary_http::now;
use read_model::{Generations, Work, Written};
use serde::{Serialize, de::DeserializeOwned};
use shared::Timestamp;

use crate::WorkError;

/// How long whoever works is left alone without saying anything, in milliseconds.
const LEFT_ALONE: i64 = 5_000;

/// Work that takes many turns.
pub(crate) trait LongWork: Serialize + DeserializeOwned {
    fn is_done(&self) -> bool;

    /// Until when whoever works on it is left alone.
    fn taken_until(&mut self) -> &mut Timestamp;
}

/// A turn at a piece of work.
pub(crate) struct Turn<'a> {
    generations: &'a Generations,
    name: &'a str,
    pub(crate) work: Work,
}

/// Whether there is something to do.
pub(crate) enum Taken<'a, D> {
    Turn(Turn<'a>, D),
    Nothing,
    Elsewhere,
}

impl<'a> Turn<'a> {
    /// Take a turn, if there is something to do and nobody else is at it.
    pub(crate) async fn take<D: LongWork>(
        generations: &'a Generations,
        name: &'a str,
    ) -> Result<Taken<'a, D>, WorkError> {
        let (work, doc) = generations.work::<D>(name).await?;
        let Some(mut doc) = doc.filter(|doc| !doc.is_done()) else {
            return Ok(Taken::Nothing);
        };
        if *doc.taken_until() > now() {
            return Ok(Taken::Elsewhere);
        }
        let mut turn = Self {
            generations,
            name,
            work,
        };
        Ok(match turn.save(&mut doc).await? {
            Written::Done => Taken::Turn(turn, doc),
            Written::Lost => Taken::Elsewhere,
        })
    }

    /// Save how far it is, and go on being left alone. Where that is lost, somebody else has taken over.
    pub(crate) async fn save(&mut self, doc: &mut impl LongWork) -> Result<Written, WorkError> {
        *doc.taken_until() = Timestamp::from_millis(now().millis() + LEFT_ALONE);
        self.write(doc).await
    }

    /// Save how far it is, and leave the rest to whoever comes next.
    pub(crate) async fn hand_over(
        &mut self,
        doc: &mut impl LongWork,
    ) -> Result<Written, WorkError> {
        *doc.taken_until() = Timestamp::default();
        self.write(doc).await
    }

    async fn write(&mut self, doc: &impl LongWork) -> Result<Written, WorkError> {
        let written = self.generations.save(self.name, &mut self.work, doc).await;
        Ok(written?)
    }
}
