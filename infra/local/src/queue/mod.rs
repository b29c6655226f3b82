//! Queues that lose nothing: what SQS and Lambda's event source mapping of a queue do in AWS.
//!
//! A message is kept before its sender is answered, and removed after its consumer succeeded: it comes at least once,
//! across restarts and crashes. What failed comes again after pauses that grow, and what failed too often becomes a dead
//! letter, which stays to be looked at.

mod consumer;
mod function;
mod messages;

use std::{
    collections::HashSet,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{Client, Error};
use plenary_http::now;
use shared::Timestamp;
use tokio::sync::watch;

pub use function::{BATCH_SIZE, RETRIES, to_function};
pub use messages::{Message, create_table};

use crate::{background::Background, gateway::random};
use consumer::Worker;
use messages::Messages;

/// What messages are handed to. It answers the ids of those that failed, and with none of them where it dies.
pub type Consumer = Arc<
    dyn Fn(Vec<Message>) -> Pin<Box<dyn Future<Output = HashSet<String>> + Send>> + Send + Sync,
>;

/// How what failed is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// After the first failure; each pause is three times the one before it.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// How often a message is received before it becomes a dead letter; none for a message that is tried for ever.
    pub most_receives: Option<u32>,
}

impl Retries {
    fn pause(&self, receives: u32) -> Duration {
        let times = 3_u32.saturating_pow(receives.saturating_sub(1));
        self.first_pause
            .saturating_mul(times)
            .min(self.longest_pause)
    }
}

/// A queue. Cheap to clone; all clones are one queue.
#[derive(Clone)]
pub struct Queue {
    name: String,
    messages: Messages,
    dead_letters: Messages,
    /// Told after each message, so that the consumer looks at once.
    sent: watch::Sender<()>,
    count: Arc<AtomicU16>,
}

impl Queue {
    /// The queue of this name.
    pub fn new(client: &Client, name: &str) -> Self {
        let dead_letters = format!("{name}-dead-letters");
        Self {
            name: name.to_owned(),
            messages: Messages::new(client.clone(), name.to_owned()),
            dead_letters: Messages::new(client.clone(), dead_letters),
            sent: watch::Sender::new(()),
            count: Arc::default(),
        }
    }

    /// Send a message that may be received after this delay. When this returns, it is kept.
    pub async fn send(&self, body: &str, delay: Duration) -> Result<(), Error> {
        let sent_at = now();
        let message = Message {
            id: self.new_id(sent_at),
            body: body.to_owned(),
            sent_at,
            receives: 0,
            due: later(sent_at, delay),
        };
        self.messages.put(&message).await?;
        self.sent.send_replace(());
        Ok(())
    }

    /// Every message that is kept, those that are due longest first.
    pub async fn messages(&self) -> Result<Vec<Message>, Error> {
        self.messages.all().await
    }

    /// Hand its messages to this consumer, as many at a time as this.
    pub fn consume(&self, batch: usize, retries: Retries, consumer: Consumer) -> Background {
        let worker = Worker {
            queue: self.clone(),
            batch,
            retries,
            consumer,
        };
        Background::start(|stopped| worker.run(stopped))
    }

    /// Ids sort as they were made, so that messages of one millisecond keep their order: UUIDs of version 7, with a count
    /// where that has one.
    fn new_id(&self, at: Timestamp) -> String {
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random()[..10]);
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        bytes[..2].copy_from_slice(&count.to_be_bytes());
        let millis = at.millis().unsigned_abs();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &bytes);
        id.into_uuid().to_string()
    }

    /// A message failed: it comes again later, or becomes a dead letter.
    async fn failed(&self, message: &Message, retries: &Retries) -> Result<(), Error> {
        let mut again = message.clone();
        again.receives += 1;
        let is_dead = (retries.most_receives).is_some_and(|most| again.receives >= most);
        if is_dead {
            tracing::error!(
                queue = self.name,
                message = message.id,
                receives = again.receives,
                "a message failed too often and is a dead letter now; it stays in {}",
                messages::TABLE
            );
            self.dead_letters.put(&again).await?;
        } else {
            // Never under the key that is removed below, whatever happened to the clock.
            again.due = later(now().max(message.due), retries.pause(again.receives));
            self.messages.put(&again).await?;
        }
        // Last, so that a crash before it makes a second one of it, and not none.
        self.messages.remove(message).await
    }
}

fn later(at: Timestamp, delay: Duration) -> Timestamp {
    let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.millis().saturating_add(delay))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::engine::Engine;

    const QUICK: Retries = Retries {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        most_receives: Some(10),
    };

    /// A queue in an engine of its own, and what its consumer was told.
    struct Fixture {
        engine: Engine,
        queue: Queue,
        told: Arc<Mutex<Vec<Vec<String>>>>,
        folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new() -> Self {
            Self::on(tempfile::tempdir().unwrap()).await
        }

        async fn on(folder: tempfile::TempDir) -> Self {
            let file = folder.path().join("data");
            let engine = Engine::embedded(&file, 0).await.unwrap();
            create_table(&engine.client()).await.unwrap();
            Self {
                queue: Queue::new(&engine.client(), "things"),
                engine,
                told: Arc::default(),
                folder,
            }
        }

        async fn send(&self, body: &str) {
            self.queue.send(body, Duration::ZERO).await.unwrap();
        }

        /// Consume with something that remembers what it was told, and of which the messages with these bodies fail.
        fn consume(&self, fails: impl Fn(&str) -> bool + Send + Sync + 'static) -> Background {
            let told = self.told.clone();
            let consumer: Consumer = Arc::new(move |messages| {
                let bodies = messages.iter().map(|message| message.body.clone());
                told.lock().unwrap().push(bodies.collect());
                let failed = messages.into_iter().filter(|message| fails(&message.body));
                let failed = failed.map(|message| message.id).collect();
                Box::pin(async move { failed })
            });
            self.queue.consume(10, QUICK, consumer)
        }

        async fn told(&self, count: usize) -> Vec<String> {
            let enough = async {
                while self.told.lock().unwrap().iter().flatten().count() < count {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let long = Duration::from_secs(10);
            tokio::time::timeout(long, enough).await.unwrap();
            self.told.lock().unwrap().concat()
        }

        async fn kept(&self, messages: &Messages) -> Vec<Message> {
            messages.all().await.unwrap()
        }
    }

    #[tokio::test]
    async fn what_was_sent_is_handed_over_at_once_and_then_gone() {
        let fixture = Fixture::new().await;
        let consumed = fixture.consume(|_| false);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let began = std::time::Instant::now();
        fixture.send("a").await;
        assert_eq!(fixture.told(1).await, ["a"]);
        assert!(began.elapsed() < consumer::LONGEST_SLEEP / 2);
        consumed.stop().await;
        assert_eq!(fixture.kept(&fixture.queue.messages).await, []);
    }

    #[tokio::test]
    async fn what_was_sent_survives_the_end_of_the_process() {
        let fixture = Fixture::new().await;
        fixture.send("a").await;
        fixture.engine.stop().await;
        let fixture = Fixture::on(fixture.folder).await;
        let consumed = fixture.consume(|_| false);
        assert_eq!(fixture.told(1).await, ["a"]);
        consumed.stop().await;
    }

    #[tokio::test]
    async fn what_failed_comes_again_and_what_came_beside_it_does_not() {
        let fixture = Fixture::new().await;
        for body in ["a", "b", "c"] {
            fixture.send(body).await;
        }
        let failures = Mutex::new(3);
        let consumed = fixture.consume(move |body| {
            let mut failures = failures.lock().unwrap();
            *failures -= i32::from(body == "b");
            body == "b" && *failures >= 0
        });
        assert_eq!(fixture.told(6).await, ["a", "b", "c", "b", "b", "b"]);
        consumed.stop().await;
        assert_eq!(fixture.kept(&fixture.queue.messages).await, []);
    }

    #[tokio::test]
    async fn what_fails_ten_times_is_a_dead_letter_that_can_be_looked_at() {
        let fixture = Fixture::new().await;
        fixture.send("bad").await;
        fixture.send("good").await;
        let consumed = fixture.consume(|body| body == "bad");
        fixture.told(11).await;
        consumed.stop().await;
        assert_eq!(fixture.told.lock().unwrap().concat().len(), 11);
        assert_eq!(fixture.kept(&fixture.queue.messages).await, []);
        let dead = fixture.kept(&fixture.queue.dead_letters).await;
        assert_eq!((dead[0].body.as_str(), dead[0].receives), ("bad", 10));
    }

    #[tokio::test]
    async fn a_batch_on_which_the_consumer_dies_comes_again() {
        let fixture = Fixture::new().await;
        fixture.send("a").await;
        let died = Mutex::new(false);
        let consumed = fixture.consume(move |_| {
            let mut died = died.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let is_first = !std::mem::replace(&mut *died, true);
            assert!(!is_first, "the first call dies");
            false
        });
        assert_eq!(fixture.told(2).await, ["a", "a"]);
        consumed.stop().await;
        assert_eq!(fixture.kept(&fixture.queue.messages).await, []);
    }

    #[tokio::test]
    async fn a_delayed_message_comes_when_it_is_due_and_holds_up_no_other() {
        let fixture = Fixture::new().await;
        let delay = Duration::from_millis(300);
        fixture.queue.send("late", delay).await.unwrap();
        fixture.send("now").await;
        let consumed = fixture.consume(|_| false);
        let began = std::time::Instant::now();
        assert_eq!(fixture.told(2).await, ["now", "late"]);
        assert!(began.elapsed() > delay / 2);
        consumed.stop().await;
    }

    #[tokio::test]
    async fn at_most_ten_come_at_a_time_and_each_of_many_comes() {
        let fixture = Fixture::new().await;
        for number in 0..35 {
            fixture.send(&number.to_string()).await;
        }
        let consumed = fixture.consume(|_| false);
        let mut told = fixture.told(35).await;
        consumed.stop().await;
        let batches = fixture.told.lock().unwrap();
        assert!(batches.iter().all(|batch| batch.len() <= 10));
        told.sort_by_key(|number| number.parse::<u32>().unwrap());
        assert_eq!(told, (0..35).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let pauses = [1, 2, 3, 20].map(|receives| RETRIES.pause(receives).as_millis());
        assert_eq!(pauses, [100, 300, 900, 60_000]);
    }
}
