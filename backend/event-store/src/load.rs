//! Reading the event table: commits of one stream, in order, consistently; and what they fold to, from the nearest state on.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::{operation::query::QueryOutput, types::AttributeValue};
use domain::BoundedContext;
use serde::Deserialize;
use serde_json::Value;
use shared::history::Reads;

use crate::{
    Commit, DecodeError, EventStore, Fault,
    embedded::{Embedded, Mark},
    folded::Folded,
    merge_patch,
};

/// How many commits are looked through for something at first: about as many weigh as much as the smallest state. Where it
/// is not among them, twice as many are looked through, and so on; an answer of DynamoDB holds 1 MB at most.
pub(crate) const LOOK: i32 = 64;

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

    /// The stream as it is now: the kept state and what is newer. Keeps what it read.
    pub(crate) async fn read(&self, stream: &C::Stream) -> Result<Arc<Folded<C>>, Fault> {
        self.read_counted(stream, &mut Reads::default()).await
    }

    pub(crate) async fn read_counted(
        &self,
        stream: &C::Stream,
        reads: &mut Reads,
    ) -> Result<Arc<Folded<C>>, Fault> {
        let kept = self.kept.get(stream);
        let kept = kept.unwrap_or_else(|| Arc::new(Folded::nothing_yet(stream)));
        let folded = self.fold_up_to(stream, kept, u64::MAX, reads).await?;
        self.kept.put(stream.clone(), folded.clone());
        Ok(folded)
    }

    /// The stream up to a version: from what is folded already, or from the nearest state in the log where that is far
    /// behind. The log is read from that version down, so that it takes no longer however much came before.
    pub(crate) async fn fold_up_to(
        &self,
        stream: &C::Stream,
        folded: Arc<Folded<C>>,
        version: u64,
        reads: &mut Reads,
    ) -> Result<Arc<Folded<C>>, Fault> {
        let mut folded = folded;
        let mut newer = Vec::new();
        let (mut to, mut look) = (version, LOOK);
        'down: loop {
            let between = (folded.version + 1, to);
            let page = self.newest_first(stream, between, look, reads).await?;
            let is_far = page.last_evaluated_key.is_some();
            for item in page.items() {
                let commit = Commit::from_item(item)?;
                if is_far
                    && commit.last_version() <= version
                    && let Some(found) = self.state_after(&commit, reads).await?
                {
                    reads.skipped += found.version;
                    folded = Arc::new(found);
                    break 'down;
                }
                to = commit.version - 1;
                newer.push(commit);
            }
            if !is_far {
                break;
            }
            look = look.saturating_mul(2);
        }
        if !newer.is_empty() {
            let before = folded.version;
            let folding = Arc::make_mut(&mut folded);
            for commit in newer.iter().rev() {
                folding.fold_up_to(commit, version);
            }
            reads.events += folding.version - before;
        }
        Ok(folded)
    }

    /// The commits whose first event's version is within these, from the last one down, as many as one call gives.
    pub(crate) async fn newest_first(
        &self,
        stream: &C::Stream,
        (from, to): (u64, u64),
        limit: i32,
        reads: &mut Reads,
    ) -> Result<QueryOutput, Fault> {
        if from > to {
            return Ok(QueryOutput::builder().build());
        }
        reads.calls += 1;
        self.client
            .query()
            .table_name(&self.tables.events)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(limit)
            .key_condition_expression("#stream = :stream AND #version BETWEEN :from AND :to")
            .expression_attribute_names("#stream", "stream")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":stream", AttributeValue::S(stream.to_string()))
            .expression_attribute_values(":from", AttributeValue::N(from.to_string()))
            .expression_attribute_values(":to", AttributeValue::N(to.to_string()))
            .send()
            .await
            .map_err(|error| Fault::database("Query", error))
    }

    /// The stream right after a commit that carries a state; none where it carries none that can be gone on from.
    async fn state_after(
        &self,
        commit: &Commit<C>,
        reads: &mut Reads,
    ) -> Result<Option<Folded<C>>, Fault> {
        let name = commit.stream.to_string();
        let Some(last) = &commit.state else {
            return Ok(None);
        };
        let Some(newest) = Embedded::read::<C>(last, &name, commit.version, &commit.hash) else {
            return Ok(None);
        };
        let mut patches = Vec::new();
        let mut since = newest.since;
        while since > 0 {
            let Some(earlier) = self.embedded(&commit.stream, since, reads).await? else {
                return Ok(None);
            };
            // Each is made of an earlier one, or it is none of ours.
            if earlier.since >= since {
                return Ok(None);
            }
            patches.push(earlier.patch);
            since = earlier.since;
        }
        let base = newest.since;
        let Some((base_state, state)) = patched::<C>(&commit.stream, patches, newest.patch) else {
            return Ok(None);
        };
        let state = Arc::new(state);
        Ok(Some(Folded {
            version: commit.last_version(),
            hash: commit.hash,
            at: commit.entries.last().map(|entry| entry.at),
            state: state.clone(),
            commands: newest.commands,
            base: Mark {
                version: base,
                state: Arc::new(base_state),
            },
            last: Mark {
                version: commit.version,
                state,
            },
            last_weight: last.len(),
            weight: 0,
        }))
    }

    /// What the commit at a version carries.
    async fn embedded(
        &self,
        stream: &C::Stream,
        version: u64,
        reads: &mut Reads,
    ) -> Result<Option<Embedded>, Fault> {
        let page = self
            .newest_first(stream, (version, version), 1, reads)
            .await?;
        let read = |item: &HashMap<String, AttributeValue>| {
            let hash = item.get("hash")?.as_b().ok()?.as_ref().try_into().ok()?;
            let state = item.get("state")?.as_s().ok()?;
            Embedded::read::<C>(state, &stream.to_string(), version, &hash)
        };
        Ok(page.items().first().and_then(read))
    }
}

/// The state that these patches make, and the one before the last of them; none where they are of another form after all.
fn patched<C: BoundedContext>(
    stream: &C::Stream,
    newest_first: Vec<Value>,
    last: Value,
) -> Option<(C::State, C::State)> {
    let initial = C::initial(stream);
    let mut value = serde_json::to_value(&initial).ok()?;
    let is_first = newest_first.is_empty();
    for patch in newest_first.into_iter().rev() {
        merge_patch::apply(&mut value, patch);
    }
    let base = if is_first {
        initial
    } else {
        C::State::deserialize(&value).ok()?
    };
    merge_patch::apply(&mut value, last);
    Some((base, serde_json::from_value(value).ok()?))
}
