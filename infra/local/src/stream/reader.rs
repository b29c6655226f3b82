//! One shard's reader: polls, hands over batches, checkpoints.

use std::time::Duration;

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use aws_sdk_dynamodbstreams::{
    error::{DisplayErrorContext, SdkError},
    operation::get_records::GetRecordsError,
    types::{Record, ShardIteratorType},
};
use tokio::{sync::watch, time::Instant};

use super::{Handler, Position, Source, record};
use crate::background::Stopped;

/// Lambda's default batch size for DynamoDB streams.
const BATCH_SIZE: i32 = 100;
/// Between polls while records keep coming, and otherwise: a person waits for the first, nobody for the second.
const BUSY_POLL: Duration = Duration::from_millis(50);
const IDLE_POLL: Duration = Duration::from_millis(250);
/// How long after the last record a shard counts as busy.
const BUSY_FOR: Duration = Duration::from_secs(2);
/// Pauses after a failure grow from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Reads one shard.
pub struct Reader {
    pub source: Source,
    pub handler: Handler,
    pub shard_id: String,
    pub woken: watch::Receiver<()>,
    pub stopped: Stopped,
}

impl Reader {
    /// Read until the shard's end or until told to stop; returns the shard's id.
    pub async fn run(mut self) -> String {
        let mut pause = FIRST_PAUSE;
        while !*self.stopped.borrow() {
            match self.read().await {
                Ok(()) => break,
                Err(error) => {
                    tracing::warn!(
                        shard = self.shard_id,
                        error,
                        "cannot read the stream; trying again"
                    );
                    self.sleep(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
        self.shard_id
    }

    /// Read from the checkpoint on, until the shard's end or until told to stop.
    async fn read(&mut self) -> Result<(), String> {
        let position = self
            .source
            .checkpoints
            .load(&self.shard_id)
            .await
            .map_err(cause)?;
        if position == Position::Closed {
            return Ok(());
        }
        let mut iterator = self.iterator(&position).await?;
        let mut last_record = Instant::now();
        loop {
            // Whatever is written from here on wakes the pause below.
            self.woken.mark_unchanged();
            let page = self
                .source
                .client
                .get_records()
                .shard_iterator(iterator)
                .limit(BATCH_SIZE)
                .send()
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) if is_trimmed(&error) => {
                    tracing::warn!(
                        shard = self.shard_id,
                        "the stream no longer has the records after the checkpoint"
                    );
                    iterator = self.iterator(&Position::Start).await?;
                    continue;
                }
                Err(error) => return Err(cause(error)),
            };
            let records = page.records.unwrap_or_default();
            if !records.is_empty() {
                last_record = Instant::now();
                if !self.deliver(&records).await? {
                    return Ok(());
                }
            }
            match page.next_shard_iterator {
                Some(next) => iterator = next,
                // Nothing else says that a shard is closed; some engines give the live shard an ending number.
                None => {
                    let closed = Position::Closed;
                    return (self.source.checkpoints.save(&self.shard_id, &closed))
                        .await
                        .map_err(cause);
                }
            }
            if records.is_empty() {
                let busy = last_record.elapsed() < BUSY_FOR;
                self.sleep_unless_woken(if busy { BUSY_POLL } else { IDLE_POLL })
                    .await;
            }
            if *self.stopped.borrow() {
                return Ok(());
            }
        }
    }

    async fn iterator(&self, position: &Position) -> Result<String, String> {
        let request = self
            .source
            .client
            .get_shard_iterator()
            .stream_arn(&self.source.stream_arn)
            .shard_id(&self.shard_id);
        let request = match position {
            Position::Start | Position::Closed => {
                request.shard_iterator_type(ShardIteratorType::TrimHorizon)
            }
            Position::After(sequence_number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(sequence_number),
        };
        let found = request.send().await.map_err(cause)?;
        found
            .shard_iterator
            .ok_or_else(|| "the stream gave no iterator".to_owned())
    }

    /// Hand over these records until all have succeeded. False where it was told to stop before that.
    async fn deliver(&mut self, mut records: &[Record]) -> Result<bool, String> {
        let mut pause = FIRST_PAUSE;
        while !records.is_empty() {
            let done = self.invoke(records).await;
            if let Some(last) = done.checked_sub(1).map(|last| &records[last]) {
                let sequence_number = record::sequence_number(last).unwrap_or_default();
                let position = Position::After(sequence_number.to_owned());
                self.source
                    .checkpoints
                    .save(&self.shard_id, &position)
                    .await
                    .map_err(cause)?;
                records = &records[done..];
                pause = FIRST_PAUSE;
            }
            if *self.stopped.borrow() {
                return Ok(records.is_empty());
            }
            if !records.is_empty() {
                tracing::warn!(
                    function = self.source.function,
                    shard = self.shard_id,
                    records = records.len(),
                    "a batch failed; trying it again"
                );
                self.sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
        Ok(true)
    }

    /// Call the function; returns how many records, from the first, have succeeded.
    async fn invoke(&self, records: &[Record]) -> usize {
        let filter = self.source.filter;
        let wanted = records
            .iter()
            .filter(|record| filter.is_none_or(|prefix| record::is_of(record, prefix)));
        let wanted: Vec<&Record> = wanted.collect();
        if wanted.is_empty() {
            return records.len();
        }
        let batch = record::batch(&wanted, &self.source.stream_arn);
        // A task of its own, so that a panic is a failed batch and not the end of the mapping.
        let handler = self.handler.clone();
        match tokio::spawn(async move { handler(batch).await }).await {
            Ok(Ok(response)) => succeeded(&response, records),
            Ok(Err(error)) => {
                let cause = plenary_http::respond::chain(&error);
                tracing::error!(
                    function = self.source.function,
                    cause,
                    "the function gave no report"
                );
                0
            }
            Err(panic) => {
                tracing::error!(function = self.source.function, %panic, "the function failed");
                0
            }
        }
    }

    async fn sleep(&mut self, pause: Duration) {
        let stopped = self.stopped.wait_for(|stop| *stop);
        let _ = tokio::time::timeout(pause, stopped).await;
    }

    async fn sleep_unless_woken(&mut self, pause: Duration) {
        tokio::select! {
            _ = self.stopped.wait_for(|stop| *stop) => {}
            Ok(()) = self.woken.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// How many records, from the first, count as done. As for Lambda, the lowest reported failure and all after it come
/// again, and a report that names no record of the batch fails all of it.
fn succeeded(response: &DynamoDbEventResponse, records: &[Record]) -> usize {
    let place = |identifier: Option<&str>| {
        records
            .iter()
            .position(|record| record::sequence_number(record) == identifier)
            .unwrap_or(0)
    };
    response
        .batch_item_failures
        .iter()
        .map(|failure| place(failure.item_identifier.as_deref()))
        .min()
        .unwrap_or(records.len())
}

fn is_trimmed(error: &SdkError<GetRecordsError>) -> bool {
    error
        .as_service_error()
        .is_some_and(GetRecordsError::is_trimmed_data_access_exception)
}

/// An SDK error with its causes, on one line.
pub fn cause(error: impl std::error::Error) -> String {
    DisplayErrorContext(error).to_string()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::types::StreamRecord;
    use serde_json::json;

    use super::*;

    fn records() -> Vec<Record> {
        ["1", "2", "3"]
            .map(|number| {
                let change = StreamRecord::builder().sequence_number(number).build();
                Record::builder().dynamodb(change).build()
            })
            .into()
    }

    fn failed(identifiers: serde_json::Value) -> DynamoDbEventResponse {
        serde_json::from_value(json!({ "batchItemFailures": identifiers })).unwrap()
    }

    #[test]
    fn what_comes_before_the_lowest_failure_is_done() {
        let done = |identifiers| succeeded(&failed(identifiers), &records());
        assert_eq!(done(json!([])), 3);
        assert_eq!(
            done(json!([{"itemIdentifier": "3"}, {"itemIdentifier": "2"}])),
            1
        );
        assert_eq!(done(json!([{"itemIdentifier": "1"}])), 0);
    }

    #[test]
    fn a_failure_of_no_record_fails_the_batch() {
        let done = |identifiers| succeeded(&failed(identifiers), &records());
        assert_eq!(done(json!([{"itemIdentifier": null}])), 0);
        assert_eq!(done(json!([{"itemIdentifier": "9"}])), 0);
    }
}
