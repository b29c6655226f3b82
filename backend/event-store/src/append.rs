//! Appending: the database refuses what does not follow on what was decided upon.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{
        AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    },
};
use domain::{BoundedContext, Changes};
use shared::{StreamVersion, Timestamp};

use crate::{Commit, Entry, Envelope, EventStore, Fault, embedded, folded::Folded};

/// Nothing may stand at the version that comes next.
pub(crate) const FREE: &str = "attribute_not_exists(version)";

/// How an append went.
pub(crate) enum Appended<C: BoundedContext> {
    /// These commits are in the log; the command wrote up to these versions.
    Done(Vec<Commit<C>>, Vec<StreamVersion>),
    /// Somebody was faster; these are the commits of theirs that came back with the refusal.
    Conflict(Vec<Commit<C>>),
}

impl<C: BoundedContext> EventStore<C> {
    /// Append a command's changes to the streams it was decided on: all or none, and only if each of those streams,
    /// written or only read, is still where it was.
    pub(crate) async fn append(
        &self,
        envelope: &Envelope<C::Rules>,
        changes: Changes<C>,
        states: &BTreeMap<C::Stream, Arc<Folded<C>>>,
    ) -> Result<Appended<C>, Fault> {
        let version = |stream: &C::Stream| states.get(stream).map_or(0, |folded| folded.version);
        let wrote: Vec<StreamVersion> = changes
            .0
            .iter()
            .map(|(stream, events)| StreamVersion {
                stream: stream.to_string(),
                version: version(stream) + events.len() as u64,
            })
            .collect();

        // The times of a stream never go back, whatever the clocks of those who append to it: any moment is found in it by
        // halving.
        let latest = changes.0.keys().filter_map(|stream| states.get(stream)?.at);
        let at = latest.fold(envelope.context.at, Timestamp::max);

        let mut commits = Vec::with_capacity(changes.0.len());
        for (stream, mut events) in changes.0 {
            let first = version(&stream) + 1;
            for (version, event) in (first..).zip(&mut events) {
                for (field, personal) in C::personal_mut(event) {
                    self.keys.seal(personal, &stream, version, field).await?;
                }
            }
            let entry = Entry {
                command_id: envelope.context.command_id,
                fingerprint: envelope.fingerprint,
                correlation_id: envelope.correlation_id,
                causation_id: envelope.causation_id,
                actor: envelope.context.actor.person.clone(),
                at,
                wrote: wrote.clone(),
                events,
            };
            let previous = states
                .get(&stream)
                .map(|folded| folded.hash)
                .unwrap_or_default();
            let folded = states.get(&stream);
            let mut commit = Commit::new(stream, first, vec![entry], &previous)
                .map_err(|error| Fault::malformed("encode", &error.to_string()))?;
            commit.state = folded.and_then(|folded| embedded::due(folded, &commit));
            commits.push(commit);
        }
        let only_read = states
            .iter()
            .filter(|(stream, _)| !commits.iter().any(|commit| commit.stream == **stream));
        let only_read: Vec<(&C::Stream, u64)> = only_read
            .map(|(stream, folded)| (stream, folded.version))
            .collect();

        let conflict = match (&commits[..], &only_read[..]) {
            ([commit], []) => self.put(commit).await?,
            _ => self.transact(&commits, &only_read).await?,
        };
        Ok(match conflict {
            Some(theirs) => Appended::Conflict(theirs),
            None => Appended::Done(commits, wrote),
        })
    }

    /// One commit, one `PutItem`. Answers the commit that stands there already, if one does.
    async fn put(&self, commit: &Commit<C>) -> Result<Option<Vec<Commit<C>>>, Fault> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.events)
            .set_item(Some(commit.to_item()))
            .condition_expression(FREE)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(None) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => Ok(Some(
                failed
                    .item()
                    .map(Commit::from_item)
                    .transpose()?
                    .into_iter()
                    .collect(),
            )),
            _ => Err(Fault::database("PutItem", error)),
        }
    }

    /// Several streams that must agree: one `TransactWriteItems`, with a `Put` for each that is written and a
    /// `ConditionCheck` for each that was only read.
    async fn transact(
        &self,
        commits: &[Commit<C>],
        only_read: &[(&C::Stream, u64)],
    ) -> Result<Option<Vec<Commit<C>>>, Fault> {
        let build = |error: aws_sdk_dynamodb::error::BuildError| {
            Fault::malformed("TransactWriteItems", &error.to_string())
        };
        let mut items = Vec::with_capacity(commits.len() + only_read.len());
        for commit in commits {
            let put = Put::builder()
                .table_name(&self.tables.events)
                .set_item(Some(commit.to_item()))
                .condition_expression(FREE)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .build()
                .map_err(build)?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        for (stream, version) in only_read {
            let check = ConditionCheck::builder()
                .table_name(&self.tables.events)
                .key("stream", AttributeValue::S(stream.to_string()))
                .key("version", AttributeValue::N((version + 1).to_string()))
                .condition_expression(FREE)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .build()
                .map_err(build)?;
            items.push(TransactWriteItem::builder().condition_check(check).build());
        }
        let Err(error) = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await
        else {
            return Ok(None);
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(Fault::database("TransactWriteItems", error));
        };
        let reasons = cancelled.cancellation_reasons();
        let lost = |code: &str| matches!(code, "ConditionalCheckFailed" | "TransactionConflict");
        if !reasons.iter().any(|reason| reason.code().is_some_and(lost)) {
            return Err(Fault::database("TransactWriteItems", error));
        }
        let theirs = reasons
            .iter()
            .filter_map(|reason| reason.item())
            .map(Commit::from_item);
        Ok(Some(theirs.collect::<Result<_, _>>()?))
    }
}
