//! A stream that is counted.

use domain::BoundedContext;
use event_store::Recorded;
use read_model::{Counts, Document, Error, Row, Tallies, View, Written};

use crate::follower::Follower;

/// What an event of a stream adds to counters, and what has to be remembered of the stream for that.
pub(crate) struct Tally<D, F> {
    tallies: Tallies<D>,
    stream: String,
    count: F,
}

impl<D, F> Tally<D, F> {
    pub(crate) fn new<C: BoundedContext>(tallies: Tallies<D>, stream: &C::Stream, count: F) -> Self
    where
        F: Fn(Option<D>, &mut Counts, &Recorded<'_, C>) -> Option<D> + Sync,
    {
        Self {
            tallies,
            stream: stream.to_string(),
            count,
        }
    }
}

impl<C, D, F> Follower<C> for Tally<D, F>
where
    C: BoundedContext,
    D: Document,
    F: Fn(Option<D>, &mut Counts, &Recorded<'_, C>) -> Option<D> + Sync,
{
    type Doc = D;
    type Along = Counts;

    fn row(&self) -> (&View<D>, &str) {
        (&self.tallies.sources, &self.stream)
    }

    fn apply(&self, doc: Option<D>, counts: &mut Counts, recorded: &Recorded<'_, C>) -> Option<D> {
        (self.count)(doc, counts, recorded)
    }

    fn is_full(&self, counts: &Counts) -> bool {
        counts.are_many()
    }

    async fn write(
        &self,
        row: &Row<D>,
        over: Option<u64>,
        counts: &Counts,
    ) -> Result<Written, Error> {
        self.tallies.put(row, over, counts).await
    }
}
