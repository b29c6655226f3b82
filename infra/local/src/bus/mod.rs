//! The event bus between the contexts: what Amazon EventBridge does in AWS, and spoken to by the same SDK.
//!
//! An event is kept before its sender is answered: in the archive, and in the queue of each subscriber that receives its
//! type, as `integration` has it. An event of a type that nobody receives is in the archive alone.

mod put_events;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::{Client, Error};
use integration::{EventType, Subscriber};
use serde_json::Value;

pub use put_events::{PATH, routes};

use crate::{options::Deliveries, queue::Queue};

/// The name of the bus.
pub const NAME: &str = "plenary";

/// Where deliveries are shuffled, each copy of an event comes within this time.
const SPREAD_MILLIS: u64 = 300;

/// The bus.
pub struct Bus {
    /// A queue from which nobody takes.
    archive: Queue,
    queues: Vec<(Subscriber, Queue)>,
    /// Where deliveries are duplicated and shuffled, how.
    shuffle: Option<Mutex<fastrand::Rng>>,
}

impl Bus {
    /// The bus whose queues are in this DynamoDB.
    pub fn new(client: &Client, deliveries: Deliveries) -> Self {
        let queue = |subscriber: &Subscriber| (*subscriber, Queue::new(client, subscriber.name()));
        Self {
            archive: Queue::new(client, "archive"),
            queues: Subscriber::ALL.iter().map(queue).collect(),
            shuffle: match deliveries {
                Deliveries::Ordinary => None,
                Deliveries::Shuffled(seed) => Some(Mutex::new(fastrand::Rng::with_seed(seed))),
            },
        }
    }

    /// The queue of each subscriber.
    pub fn queues(&self) -> &[(Subscriber, Queue)] {
        &self.queues
    }

    /// Every event that was published, in EventBridge's envelope, oldest first.
    pub async fn published(&self) -> Result<Vec<Value>, Error> {
        let kept = self.archive.messages().await?;
        let envelopes = kept
            .iter()
            .map(|message| serde_json::from_str(&message.body));
        Ok(envelopes.filter_map(Result::ok).collect())
    }

    /// Keep an event, in its envelope, and route it by its type.
    async fn publish(&self, detail_type: &str, envelope: &Value) -> Result<(), Error> {
        let envelope = envelope.to_string();
        self.archive.send(&envelope, Duration::ZERO).await?;
        let event_type: Result<EventType, _> = detail_type.parse();
        let receives = event_type.map_or(&[][..], EventType::subscribers);
        for (subscriber, queue) in &self.queues {
            if receives.contains(subscriber) {
                for delay in self.delays() {
                    queue.send(&envelope, delay).await?;
                }
            }
        }
        Ok(())
    }

    /// One for each copy of an event that its subscriber gets.
    fn delays(&self) -> Vec<Duration> {
        match &self.shuffle {
            None => vec![Duration::ZERO],
            Some(random) => {
                let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
                let mut delay = || Duration::from_millis(random.u64(..=SPREAD_MILLIS));
                vec![delay(), delay()]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_eventbridge::types::{
        PutEventsRequestEntry, builders::PutEventsRequestEntryBuilder,
    };
    use plenary_http::start::local;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::{engine::Engine, queue};

    const CHARGED: &str = "account.charge-posted.v1";

    /// A bus on an engine of its own, and the SDK's client of it.
    struct Fixture {
        bus: Arc<Bus>,
        sdk: aws_sdk_eventbridge::Client,
        _engine: Engine,
        _folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new(deliveries: Deliveries) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("data");
            let engine = Engine::embedded(&file, 0).await.unwrap();
            queue::create_table(&engine.client()).await.unwrap();
            let bus = Arc::new(Bus::new(&engine.client(), deliveries));
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(axum::serve(listener, routes(bus.clone())).into_future());
            let endpoint = format!("http://{address}{PATH}");
            Self {
                bus,
                sdk: aws_sdk_eventbridge::Client::new(&local(&endpoint)),
                _engine: engine,
                _folder: folder,
            }
        }

        async fn put(&self, entries: impl IntoIterator<Item = PutEventsRequestEntry>) -> Value {
            let request = self.sdk.put_events();
            let request = request.set_entries(Some(entries.into_iter().collect()));
            let answer = request.send().await.unwrap();
            let codes = answer.entries().iter().map(|entry| {
                assert_ne!(entry.event_id().is_some(), entry.error_code().is_some());
                entry.error_code()
            });
            let codes: Vec<_> = codes.collect();
            let failed = codes.iter().flatten().count();
            assert_eq!(answer.failed_entry_count() as usize, failed);
            json!(codes)
        }

        /// The bodies in each subscriber's queue, with the time for which each waits.
        async fn queued(&self) -> [Vec<(Value, i64)>; 2] {
            let mut queued = [vec![], vec![]];
            for ((_, queue), bodies) in self.bus.queues().iter().zip(&mut queued) {
                for message in queue.messages().await.unwrap() {
                    let body = serde_json::from_str(&message.body).unwrap();
                    bodies.push((body, message.due.millis() - message.sent_at.millis()));
                }
            }
            queued
        }
    }

    fn entry(detail_type: &str) -> PutEventsRequestEntryBuilder {
        PutEventsRequestEntry::builder()
            .event_bus_name(NAME)
            .source("plenary.accounts")
            .detail_type(detail_type)
            .detail(json!({ "id": "7", "type": detail_type }).to_string())
    }

    #[tokio::test]
    async fn an_event_of_the_sdk_is_in_its_subscribers_queue_in_the_envelope() {
        let fixture = Fixture::new(Deliveries::Ordinary).await;
        let types = [CHARGED, "order.refund-due.v1", "order.placed.v1"];
        let answered = fixture.put(types.map(|name| entry(name).build())).await;
        assert_eq!(answered, json!([null, null, null]));

        let [accounts, processes] = fixture.queued().await;
        assert_eq!(accounts.len(), 1);
        assert_eq!(accounts[0].0["detail-type"], "order.refund-due.v1");
        assert_eq!(processes.len(), 1);
        let (envelope, wait) = &processes[0];
        assert_eq!(*wait, 0);
        assert_eq!(envelope["source"], "plenary.accounts");
        assert_eq!(envelope["detail"], json!({ "id": "7", "type": CHARGED }));
        assert!(envelope["time"].as_str().unwrap().ends_with('Z'));

        let published = fixture.bus.published().await.unwrap();
        let published = published.iter().map(|event| event["detail-type"].as_str());
        assert_eq!(published.flatten().count(), types.len());
    }

    #[tokio::test]
    async fn an_entry_that_is_none_is_refused_and_those_beside_it_are_taken() {
        let fixture = Fixture::new(Deliveries::Ordinary).await;
        let entries = [
            entry(CHARGED).event_bus_name("another").build(),
            entry(CHARGED).detail("[]").build(),
            entry("").build(),
            entry(CHARGED).build(),
        ];
        let answered = fixture.put(entries).await;
        let invalid = "InvalidArgument";
        assert_eq!(answered, json!([invalid, "MalformedDetail", invalid, null]));
        assert_eq!(fixture.queued().await[1].len(), 1);

        for count in [0, 11] {
            let entries = vec![entry(CHARGED).build(); count];
            let refused = fixture.sdk.put_events().set_entries(Some(entries));
            let refused = refused.send().await.unwrap_err().into_service_error();
            assert_eq!(refused.meta().code(), Some("ValidationException"));
        }
        let refused = fixture.sdk.list_event_buses().send().await.unwrap_err();
        let refused = refused.into_service_error();
        assert_eq!(refused.meta().code(), Some("UnknownOperationException"));
    }

    #[tokio::test]
    async fn shuffled_deliveries_are_two_of_each_event_in_another_order() {
        let fixture = Fixture::new(Deliveries::Shuffled(7)).await;
        for number in 0..10 {
            let detail = json!({ "number": number }).to_string();
            fixture.put([entry(CHARGED).detail(detail).build()]).await;
        }
        let [_, processes] = fixture.queued().await;
        let came = processes
            .iter()
            .map(|(event, _)| &event["detail"]["number"]);
        let came: Vec<u64> = came.map(|number| number.as_u64().unwrap()).collect();
        let mut sorted = came.clone();
        sorted.sort();
        assert_ne!(came, sorted);
        let twice: Vec<u64> = (0..10).flat_map(|number| [number, number]).collect();
        assert_eq!(sorted, twice);
    }
}
