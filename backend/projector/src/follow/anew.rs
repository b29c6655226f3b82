//! Folding a row anew though its stream has not moved: what may be shown of it has changed meanwhile.

use domain::BoundedContext;
use event_store::Failure;
use read_model::{Row, Written};

use super::{ATTEMPTS, Applied, Following, Progress, failed, pause};
use crate::follower::Follower;

impl<C: BoundedContext, F: Follower<C>> Following<'_, C, F>
where
    F::Doc: PartialEq,
{
    /// Fold the row again up to the version that it has. Answers whether it was another before. Where there is no row,
    /// none is made: it is still to come, or has just been dropped.
    pub(crate) async fn anew(&self) -> Result<bool, Failure> {
        let (view, key) = self.follower.row();
        for lost in 0..ATTEMPTS {
            let Some(row) = view.get(key).await.map_err(failed)? else {
                return Ok(false);
            };
            let mut commits = self.store.commits(self.stream, 1).await?;
            commits.retain(|commit| {
                let is_newer = commit
                    .as_ref()
                    .is_ok_and(|commit| commit.version > row.version);
                !is_newer
            });
            let mut progress = Progress {
                version: 0,
                doc: None,
                along: F::Along::default(),
            };
            // Where the stream stands still, it may do so right after what is in the row.
            if let Applied::UpTo(cause) = self.apply_all(&mut progress, commits).await?
                && progress.version < row.version
            {
                return Err(Failure::Transient(cause));
            }
            let Some(doc) = progress.doc.filter(|doc| *doc != row.doc) else {
                return Ok(false);
            };
            let (over, row) = (row.version, Row { doc, ..row });
            let written = self.follower.write(&row, Some(over), &progress.along).await;
            if written.map_err(failed)? == Written::Done {
                return Ok(true);
            }
            pause(lost).await;
        }
        Err(Failure::Transient("lost every race for the row".into()))
    }
}
