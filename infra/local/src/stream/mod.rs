//! The event source mapping: reads the event table's stream and calls the projector with its batches, as Lambda's own
//! mapping does in AWS.
//!
//! What is kept of Lambda's behaviour: one batch at a time per shard, a parent shard before its children, reports of
//! partial failures, retries from the lowest failed record, and a checkpoint after what succeeded, so that after a
//! crash a batch comes again rather than never. What differs: a failing batch is retried for ever, with growing pauses.

mod checkpoint;
mod reader;
mod record;

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};
use aws_sdk_dynamodbstreams::types::Shard;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

pub use checkpoint::{Checkpoints, Position};
use reader::Reader;

/// The function that batches go to.
pub type Handler =
    Arc<dyn Fn(Event) -> Pin<Box<dyn Future<Output = DynamoDbEventResponse> + Send>> + Send + Sync>;

/// Where a mapping reads, and where it keeps how far it has come.
#[derive(Clone)]
pub struct Source {
    pub client: aws_sdk_dynamodbstreams::Client,
    pub stream_arn: String,
    pub checkpoints: Checkpoints,
}

/// A mapping that runs.
pub struct Mapping {
    wake: watch::Sender<()>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How often the list of shards is read again: a shard of DynamoDB lives for about four hours.
const SHARD_LIST_AGE: Duration = Duration::from_secs(10);

impl Mapping {
    /// Start reading.
    pub fn start(source: Source, handler: Handler) -> Self {
        let (wake, woken) = watch::channel(());
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(follow_shards(source, handler, woken, stopped));
        Self { wake, stop, task }
    }

    /// Something was written: look at once instead of at the next poll.
    pub fn waker(&self) -> watch::Sender<()> {
        self.wake.clone()
    }

    /// Finish and checkpoint the batches that are being handled, and read no more.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}

/// Keep one reader on each shard that is ready to be read, until told to stop.
async fn follow_shards(
    source: Source,
    handler: Handler,
    woken: watch::Receiver<()>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut readers: JoinSet<String> = JoinSet::new();
    let mut shards: HashMap<String, ShardState> = HashMap::new();
    loop {
        match list_shards(&source).await {
            Ok(listed) => {
                shards.retain(|id, _| listed.iter().any(|shard| shard.shard_id() == Some(id)));
                for id in ready(&listed, &shards) {
                    let reader = Reader {
                        source: source.clone(),
                        handler: handler.clone(),
                        shard_id: id.clone(),
                        woken: woken.clone(),
                        stopped: stopped.clone(),
                    };
                    shards.insert(id, ShardState::Reading);
                    readers.spawn(reader.run());
                }
            }
            Err(error) => tracing::warn!(error, "cannot list the stream's shards; trying again"),
        }
        tokio::select! {
            Some(read) = readers.join_next() => {
                // A reader returns when its shard is read to its end, or when it was told to stop.
                if let Ok(shard_id) = read {
                    shards.insert(shard_id, ShardState::Finished);
                }
            }
            () = tokio::time::sleep(SHARD_LIST_AGE) => {}
            _ = stopped.wait_for(|stop| *stop) => break,
        }
    }
    while readers.join_next().await.is_some() {}
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ShardState {
    Reading,
    Finished,
}

/// The shards that nobody reads yet and whose parent, if the stream still has it, is finished.
fn ready(listed: &[Shard], known: &HashMap<String, ShardState>) -> Vec<String> {
    let waits_for = |parent: &str| {
        listed.iter().any(|shard| shard.shard_id() == Some(parent))
            && known.get(parent) != Some(&ShardState::Finished)
    };
    listed
        .iter()
        .filter(|shard| !shard.parent_shard_id().is_some_and(waits_for))
        .filter_map(|shard| shard.shard_id())
        .filter(|id| !known.contains_key(*id))
        .map(str::to_owned)
        .collect()
}

async fn list_shards(source: &Source) -> Result<Vec<Shard>, String> {
    let mut shards = Vec::new();
    let mut after = None;
    loop {
        let page = source
            .client
            .describe_stream()
            .stream_arn(&source.stream_arn)
            .set_exclusive_start_shard_id(after)
            .send()
            .await
            .map_err(reader::cause)?
            .stream_description
            .unwrap_or_else(|| {
                aws_sdk_dynamodbstreams::types::StreamDescription::builder().build()
            });
        shards.extend(page.shards.unwrap_or_default());
        after = page.last_evaluated_shard_id;
        if after.is_none() {
            return Ok(shards);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parent: Option<&str>) -> Shard {
        Shard::builder()
            .shard_id(id)
            .set_parent_shard_id(parent.map(str::to_owned))
            .build()
    }

    #[test]
    fn a_child_shard_waits_for_its_parent() {
        let listed = [
            shard("parent", None),
            shard("child", Some("parent")),
            shard("orphan", Some("trimmed")),
        ];
        let mut known = HashMap::new();
        assert_eq!(ready(&listed, &known), ["parent", "orphan"]);
        known.insert("parent".into(), ShardState::Reading);
        known.insert("orphan".into(), ShardState::Reading);
        assert!(ready(&listed, &known).is_empty());
        known.insert("parent".into(), ShardState::Finished);
        assert_eq!(ready(&listed, &known), ["child"]);
    }
}
