//! Reading the event table: commits of one stream, in order, consistently.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::BoundedContext;

use crate::{Commit, DecodeError, EventStore, Fault, folded::Folded};

impl<C: BoundedContext> EventStore<C> {
    /// The commits of a stream whose first event has at least this version, in order. A commit that cannot be read
    /// stands as its error in its place.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn commits(
        &self,
        stream: &C::Stream,
        from_version: u64,
    ) -> Result<Vec<Result<Commit<C>, DecodeError>>, Fault> {
        let mut commits = Vec::new();
        let mut next = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.tables.events)
                .consistent_read(true)
                .key_condition_expression("#stream = :stream AND #version >= :from")
                .expression_attribute_names("#stream", "stream")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":stream", AttributeValue::S(stream.to_string()))
                .expression_attribute_values(":from", AttributeValue::N(from_version.to_string()))
                .set_exclusive_start_key(next)
                .send()
                .await
                .map_err(|error| Fault::database("Query", error))?;
            commits.extend(page.items().iter().map(Commit::from_item));
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(commits);
            }
        }
    }

    /// What is known of a stream now.
    ///
    /// # Errors
    /// The database refused or did not answer, or a commit cannot be read.
    pub async fn current(&self, stream: &C::Stream) -> Result<Arc<C::State>, Fault> {
        Ok(self.read(stream).await?.state.clone())
    }

    /// The stream as it is now: the kept state and what is newer, or all of it. Keeps what it read.
    pub(crate) async fn read(&self, stream: &C::Stream) -> Result<Arc<Folded<C>>, Fault> {
        let mut folded = self
            .kept
            .get(stream)
            .unwrap_or_else(|| Arc::new(Folded::nothing_yet(stream)));
        for commit in self.commits(stream, folded.version + 1).await? {
            Arc::make_mut(&mut folded).fold(&commit?);
        }
        self.kept.put(stream.clone(), folded.clone());
        Ok(folded)
    }
}
