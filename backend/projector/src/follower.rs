//! What follows a stream: one row of a view, and what must be written together with it.

use std::future::Future;

use domain::BoundedContext;
use event_store::Recorded;
use read_model::{Document, Error, Row, View, Written};

/// The personal data that a view shows; the rest stays sealed.
const SHOWN: &str = "attendee";

/// A row that follows a stream: what an event changes, and how that is written.
pub(crate) trait Follower<C: BoundedContext>: Sync {
    type Doc: Document;
    /// What is written along with the row, if anything is.
    type Along: Default + Send + Sync;

    /// Whether personal data in this field of an event is shown, and so has to be opened.
    fn shows(&self, _field: &str) -> bool {
        false
    }

    /// The view and the row's key in it.
    fn row(&self) -> (&View<Self::Doc>, &str);

    /// The row after one more event; none while there is nothing to show.
    fn apply(
        &self,
        doc: Option<Self::Doc>,
        along: &mut Self::Along,
        recorded: &Recorded<'_, C>,
    ) -> Option<Self::Doc>;

    /// Whether so much goes along that it must be written before more is added.
    fn is_full(&self, along: &Self::Along) -> bool;

    /// Write the row over the version that was read, and what goes along with it: all or nothing.
    fn write(
        &self,
        row: &Row<Self::Doc>,
        over: Option<u64>,
        along: &Self::Along,
    ) -> impl Future<Output = Result<Written, Error>> + Send;
}

/// A row that is all that its stream feeds.
pub(crate) struct RowAlone<D, F> {
    view: View<D>,
    key: String,
    apply: F,
}

impl<D, F> RowAlone<D, F> {
    pub(crate) fn new<C: BoundedContext>(view: View<D>, key: String, apply: F) -> Self
    where
        F: Fn(Option<D>, &Recorded<'_, C>) -> Option<D> + Sync,
    {
        Self { view, key, apply }
    }
}

impl<C, D, F> Follower<C> for RowAlone<D, F>
where
    C: BoundedContext,
    D: Document,
    F: Fn(Option<D>, &Recorded<'_, C>) -> Option<D> + Sync,
{
    type Doc = D;
    type Along = ();

    fn shows(&self, field: &str) -> bool {
        field == SHOWN
    }

    fn row(&self) -> (&View<D>, &str) {
        (&self.view, &self.key)
    }

    fn apply(&self, doc: Option<D>, (): &mut (), recorded: &Recorded<'_, C>) -> Option<D> {
        (self.apply)(doc, recorded)
    }

    fn is_full(&self, (): &()) -> bool {
        false
    }

    async fn write(&self, row: &Row<D>, over: Option<u64>, (): &()) -> Result<Written, Error> {
        self.view.put(row, over).await
    }
}
