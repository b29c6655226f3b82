//! A function as a queue's consumer: the messages as the event of Lambda's mapping of an SQS queue, and its report of what
//! failed.

use std::{collections::HashSet, sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::SqsBatchResponse;
use plenary_http::respond::chain;
use serde_json::{Value, json};

use super::{Consumer, Message, Retries};
use crate::functions::CallError;

/// Lambda's default batch size for queues.
pub const BATCH_SIZE: usize = 10;
/// Patient enough for a function that is being built anew, and quick where it stumbled once.
pub const RETRIES: Retries = Retries {
    first_pause: Duration::from_millis(100),
    longest_pause: Duration::from_secs(60),
    most_receives: Some(10),
};

/// Hand messages of the queue of this name to this function.
pub fn to_function<F>(
    queue: &'static str,
    call: impl Fn(Value) -> F + Send + Sync + 'static,
) -> Consumer
where
    F: Future<Output = Result<SqsBatchResponse, CallError>> + Send + 'static,
{
    Arc::new(move |messages| {
        let called = call(event(queue, &messages));
        Box::pin(async move {
            let failed = match called.await {
                Ok(report) => failed(&report, &messages),
                Err(error) => {
                    tracing::error!(queue, cause = chain(&error), "a function gave no report");
                    ids(&messages)
                }
            };
            if !failed.is_empty() {
                let messages = failed.len();
                tracing::warn!(queue, messages, "messages failed; they will come again");
            }
            failed
        })
    })
}

fn event(queue: &str, messages: &[Message]) -> Value {
    let records = messages.iter().map(|message| {
        json!({
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": (message.receives + 1).to_string(),
                "SentTimestamp": message.sent_at.millis().to_string(),
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:local:000000000000:{queue}"),
            "awsRegion": "local",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

/// As for Lambda, a report that names a message which was not in the batch fails all of it.
fn failed(report: &SqsBatchResponse, messages: &[Message]) -> HashSet<String> {
    let all = ids(messages);
    let failures = report.batch_item_failures.iter();
    let named: HashSet<String> = failures
        .map(|failure| failure.item_identifier.clone())
        .collect();
    if named.is_subset(&all) { named } else { all }
}

fn ids(messages: &[Message]) -> HashSet<String> {
    messages.iter().map(|message| message.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::sqs::SqsEvent;
    use shared::Timestamp;

    use super::*;

    fn messages() -> Vec<Message> {
        let message = |id: &str| Message {
            id: id.to_owned(),
            body: format!("the body of {id}"),
            sent_at: Timestamp::from_millis(1_800_000_000_000),
            receives: 2,
            due: Timestamp::from_millis(1_800_000_000_500),
        };
        vec![message("1"), message("2")]
    }

    #[test]
    fn messages_arrive_as_lambda_would_send_them() {
        let event: SqsEvent = serde_json::from_value(event("accounts", &messages())).unwrap();
        let record = &event.records[1];
        assert_eq!(record.message_id.as_deref(), Some("2"));
        assert_eq!(record.body.as_deref(), Some("the body of 2"));
        assert_eq!(record.attributes["ApproximateReceiveCount"], "3");
        assert_eq!(record.attributes["SentTimestamp"], "1800000000000");
    }

    #[tokio::test]
    async fn what_the_report_names_has_failed_and_without_one_everything_has() {
        for (report, expected) in [
            (Ok(json!([])), vec![]),
            (Ok(json!([{ "itemIdentifier": "2" }])), vec!["2"]),
            (Ok(json!([{ "itemIdentifier": "9" }])), vec!["1", "2"]),
            (Ok(json!([{ "itemIdentifier": "" }])), vec!["1", "2"]),
            (Err(()), vec!["1", "2"]),
        ] {
            let consumer = to_function("accounts", move |_| {
                let answered = match &report {
                    Ok(failures) => Ok(json!({ "batchItemFailures": failures })),
                    Err(()) => Err(CallError::TooSlow),
                };
                async { answered.map(|report| serde_json::from_value(report).unwrap()) }
            });
            let failed = consumer(messages()).await;
            let mut failed: Vec<&str> = failed.iter().map(String::as_str).collect();
            failed.sort();
            assert_eq!(failed, expected);
        }
    }
}
