//! Takes from a queue what is due and hands it over, several batches at a time.

use std::{collections::HashMap, time::Duration};

use plenary_http::{now, respond::chain};
use tokio::task::{Id, JoinSet};

use super::{Consumer, Message, Queue, Retries};
use crate::background::Stopped;

/// How many batches are handed over at once. Lambda begins with five, so that one slow message holds up no other.
const AT_ONCE: usize = 5;
/// How long to sleep at most: a clock that is moved wakes nobody.
pub const LONGEST_SLEEP: Duration = Duration::from_millis(500);

/// Hands the messages of a queue to its consumer.
pub struct Worker {
    pub queue: Queue,
    pub batch: usize,
    pub retries: Retries,
    pub consumer: Consumer,
}

impl Worker {
    /// Hand over until told to stop, and then finish what was begun.
    pub async fn run(self, mut stopped: Stopped) {
        let mut sent = self.queue.sent.subscribe();
        let mut running = JoinSet::new();
        let mut in_hand: HashMap<Id, Vec<Message>> = HashMap::new();
        while !*stopped.borrow() {
            // Whatever is sent from here on wakes the pause below.
            sent.mark_unchanged();
            let pause = match self.next(&in_hand).await {
                Next::Batch(batch) => {
                    let delivery = self.deliver(batch.clone());
                    in_hand.insert(running.spawn(delivery).id(), batch);
                    continue;
                }
                Next::Pause(pause) => pause,
            };
            tokio::select! {
                Some(ended) = running.join_next_with_id() => {
                    let task = ended.map_or_else(|error| error.id(), |(task, ())| task);
                    in_hand.remove(&task);
                }
                _ = sent.changed() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        }
        running.join_all().await;
    }

    /// What there is to do, beside what is in hand.
    async fn next(&self, in_hand: &HashMap<Id, Vec<Message>>) -> Next {
        if in_hand.len() == AT_ONCE {
            return Next::Pause(LONGEST_SLEEP);
        }
        let in_hand: Vec<&Message> = in_hand.values().flatten().collect();
        let first = match self.queue.messages.first(in_hand.len() + self.batch).await {
            Ok(first) => first,
            Err(error) => {
                let (queue, cause) = (&self.queue.name, chain(&error));
                tracing::warn!(queue, cause, "cannot read the queue; trying again");
                return Next::Pause(LONGEST_SLEEP);
            }
        };
        let waiting = first
            .into_iter()
            .filter(|message| !in_hand.contains(&message));
        let now = now();
        let (mut batch, later): (Vec<_>, Vec<_>) = waiting.partition(|message| message.due <= now);
        batch.truncate(self.batch);
        if !batch.is_empty() {
            return Next::Batch(batch);
        }
        let until_due = later.first().and_then(|message| {
            let millis = message.due.millis() - now.millis();
            millis.try_into().ok().map(Duration::from_millis)
        });
        Next::Pause(until_due.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP))
    }

    /// Hand over a batch, and remove what succeeded.
    fn deliver(&self, batch: Vec<Message>) -> impl Future<Output = ()> + Send + 'static {
        let (queue, retries, consumer) = (self.queue.clone(), self.retries, self.consumer.clone());
        async move {
            // A task of its own, so that a panic is a failed batch and not the end of the queue.
            let messages = batch.clone();
            let consumed = tokio::spawn(async move { consumer(messages).await }).await;
            let has_failed = |message: &Message| match &consumed {
                Ok(failed) => failed.contains(&message.id),
                Err(_) => true,
            };
            if let Err(panic) = &consumed {
                tracing::error!(queue = queue.name, %panic, "the consumer of a queue failed");
            }
            for message in &batch {
                let settled = match has_failed(message) {
                    true => queue.failed(message, &retries).await,
                    false => queue.messages.remove(message).await,
                };
                if let Err(error) = settled {
                    let (queue, cause) = (&queue.name, chain(&error));
                    tracing::warn!(queue, cause, "a delivery cannot be noted; it comes again");
                }
            }
        }
    }
}

enum Next {
    Batch(Vec<Message>),
    Pause(Duration),
}
