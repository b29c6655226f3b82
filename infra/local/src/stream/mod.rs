//! The event source mapping of a table's stream: reads it and calls a function with its batches, as Lambda's own mapping
//! does in AWS. Each function on a stream has a mapping of its own, with its own checkpoints: one that fails holds up no
//! other.
//!
//! What is kept of Lambda's behaviour: one batch at a time per shard, a parent shard before its children, reports of
//! partial failures, retries from the lowest failed record, and a checkpoint after what succeeded, so that after a
//! crash a batch comes again rather than never. What differs: a failing batch is retried for ever, with growing pauses.

mod checkpoint;
mod reader;
mod record;

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use aws_sdk_dynamodbstreams::types::Shard;
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

pub use checkpoint::{Checkpoints, Position};
use reader::Reader;

use crate::{
    background::{Background, Stopped},
    functions::CallError,
};

/// The function that batches go to.
pub type Handler = Arc<dyn Fn(Value) -> Pin<Box<dyn Future<Output = Report> + Send>> + Send + Sync>;
/// What it says of a batch.
pub type Report = Result<DynamoDbEventResponse, CallError>;

/// Where a mapping reads, for whom, and where it keeps how far it has come.
#[derive(Clone)]
pub struct Source {
    pub function: &'static str,
    /// How the names of those streams of the table begin that it is told of; none where it is told of all.
    pub filter: Option<&'static str>,
    pub client: aws_sdk_dynamodbstreams::Client,
    pub stream_arn: String,
    pub checkpoints: Checkpoints,
}

/// How often the list of shards is read again: a shard of DynamoDB lives for about four hours.
const SHARD_LIST_AGE: Duration = Duration::from_secs(10);

/// Start reading. Whenever it is woken something was written, and it looks at once instead of at the next poll.
pub fn map(source: Source, handler: Handler, woken: watch::Receiver<()>) -> Background {
    Background::start(|stopped| follow_shards(source, handler, woken, stopped))
}

/// Keep one reader on each shard that is ready to be read, until told to stop.
async fn follow_shards(
    source: Source,
    handler: Handler,
    woken: watch::Receiver<()>,
    mut stopped: Stopped,
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
    use std::sync::Mutex;

    use aws_sdk_dynamodb::types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType, StreamSpecification, StreamViewType,
    };
    use serde_json::json;

    use super::*;
    use crate::{engine::Engine, local_table};

    /// A table with a stream in an engine of its own, and what a function was told of it.
    struct Fixture {
        engine: Engine,
        source: Source,
        told: Arc<Mutex<Vec<String>>>,
        _folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let engine = Engine::embedded(&folder.path().join("data"), 0)
                .await
                .unwrap();
            let client = engine.client();
            local_table::create(&client).await.unwrap();
            let key = (
                AttributeDefinition::builder()
                    .attribute_name("id")
                    .attribute_type(ScalarAttributeType::S),
                KeySchemaElement::builder()
                    .attribute_name("id")
                    .key_type(KeyType::Hash),
            );
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewImage);
            let created = client
                .create_table()
                .table_name("things")
                .attribute_definitions(key.0.build().unwrap())
                .key_schema(key.1.build().unwrap())
                .billing_mode(BillingMode::PayPerRequest)
                .stream_specification(stream.build().unwrap())
                .send();
            let table = created.await.unwrap().table_description.unwrap();
            let stream_arn = table.latest_stream_arn.unwrap();
            Self {
                source: Source {
                    function: "projector",
                    filter: None,
                    client: engine.streams_client(),
                    checkpoints: Checkpoints::new(client, "projector", &stream_arn),
                    stream_arn,
                },
                engine,
                told: Arc::default(),
                _folder: folder,
            }
        }

        async fn put(&self, id: &str) {
            let put = self.engine.client().put_item().table_name("things");
            let put = put.item("id", AttributeValue::S(id.to_owned()));
            put.send().await.unwrap();
        }

        /// A mapping to a function that remembers what it was told and then answers this.
        fn map(
            &self,
            answer: impl Fn(&[String]) -> serde_json::Value + Send + Sync + 'static,
        ) -> Background {
            let told = self.told.clone();
            let handler: Handler = Arc::new(move |batch| {
                let ids = batch["Records"].as_array().unwrap().iter();
                let ids: Vec<_> = ids
                    .map(|record| {
                        record["dynamodb"]["Keys"]["id"]["S"]
                            .as_str()
                            .unwrap()
                            .to_owned()
                    })
                    .collect();
                let failures = answer(&ids);
                let sequence_number = |place: u64| {
                    batch["Records"][place as usize]["dynamodb"]["SequenceNumber"].clone()
                };
                let failures =
                    failures.as_array().unwrap().iter().map(
                        |place| json!({ "itemIdentifier": place.as_u64().map(sequence_number) }),
                    );
                let failures: Vec<_> = failures.collect();
                told.lock().unwrap().extend(ids);
                let response = json!({ "batchItemFailures": failures });
                Box::pin(async move { Ok(serde_json::from_value(response).unwrap()) })
            });
            map(self.source.clone(), handler, watch::channel(()).1)
        }

        async fn told(&self, count: usize) -> Vec<String> {
            let enough = async {
                while self.told.lock().unwrap().len() < count {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(10), enough)
                .await
                .unwrap();
            self.told.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn after_a_restart_reading_goes_on_after_the_checkpoint() {
        let fixture = Fixture::new().await;
        fixture.put("a").await;
        let mapping = fixture.map(|_| json!([]));
        assert_eq!(fixture.told(1).await, ["a"]);
        mapping.stop().await;

        fixture.put("b").await;
        let mapping = fixture.map(|_| json!([]));
        assert_eq!(fixture.told(2).await, ["a", "b"]);
        mapping.stop().await;
    }

    #[tokio::test]
    async fn what_failed_comes_again_and_what_came_before_it_does_not() {
        let fixture = Fixture::new().await;
        for id in ["a", "b", "c"] {
            fixture.put(id).await;
        }
        let mapping = fixture.map(|ids| match ids.len() {
            3 => json!([1]),
            _ => json!([]),
        });
        assert_eq!(fixture.told(5).await, ["a", "b", "c", "b", "c"]);
        mapping.stop().await;
    }

    #[tokio::test]
    async fn a_batch_on_which_the_function_dies_comes_again() {
        let fixture = Fixture::new().await;
        fixture.put("a").await;
        let deaths = Arc::new(Mutex::new(0));
        let died = deaths.clone();
        let mapping = fixture.map(move |_| {
            let mut deaths = died.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            *deaths += 1;
            assert!(*deaths > 1, "the first call dies");
            json!([])
        });
        assert_eq!(fixture.told(1).await, ["a"]);
        mapping.stop().await;
    }

    #[tokio::test]
    async fn each_function_on_a_stream_reads_all_of_it() {
        let mut fixture = Fixture::new().await;
        fixture.put("a").await;
        let mapping = fixture.map(|_| json!([]));
        assert_eq!(fixture.told(1).await, ["a"]);
        mapping.stop().await;

        let (client, stream_arn) = (fixture.engine.client(), &fixture.source.stream_arn);
        fixture.source.checkpoints = Checkpoints::new(client, "publisher", stream_arn);
        let mapping = fixture.map(|_| json!([]));
        assert_eq!(fixture.told(2).await, ["a", "a"]);
        mapping.stop().await;
    }

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
