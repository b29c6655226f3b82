//! A subscriber's queue as Lambda hands it over: batches of messages, each an integration event that came over the bus.

use std::{fmt::Display, future::Future};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};

use crate::IntegrationEvent;

/// Handle each message of a batch, one after another. Named in the answer is what must come again: after some times it
/// goes to the queue's dead letters, where a person looks at it. So does a message that cannot be read, or that
/// contradicts what the subscriber knows; here it is logged, once each time, without what it says.
pub async fn deliver<Handled, Error>(
    batch: SqsEvent,
    handle: impl Fn(IntegrationEvent) -> Handled,
) -> SqsBatchResponse
where
    Handled: Future<Output = Result<(), Error>>,
    Error: Display,
{
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let message_id = message.message_id.unwrap_or_default();
        let body = message.body.unwrap_or_default();
        match IntegrationEvent::from_bus(&body) {
            Ok(event) => {
                let (kind, id) = (event.event_type(), event.id);
                let correlation_id = event.correlation_id;
                match handle(event).await {
                    Ok(()) => {
                        tracing::info!(%kind, %id, %correlation_id, "an integration event");
                        continue;
                    }
                    Err(cause) => {
                        tracing::warn!(%kind, %id, %correlation_id, %cause, "not handled; it will come again");
                    }
                }
            }
            Err(cause) => tracing::error!(message_id, %cause, "not an integration event"),
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message_id;
        response.batch_item_failures.push(failure);
    }
    response
}
