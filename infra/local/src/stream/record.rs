//! A stream's records in the form in which Lambda hands them to a function: as JSON, which the function reads by the same
//! types here and there.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// A batch of these records, as of the stream with this ARN.
pub fn batch(records: &[&Record], stream_arn: &str) -> Value {
    let records: Vec<Value> = records
        .iter()
        .map(|record| event_record(record, stream_arn))
        .collect();
    json!({ "Records": records })
}

/// Whether it is about an item whose `stream` begins so.
pub fn is_of(record: &Record, prefix: &str) -> bool {
    let keys = record.dynamodb().and_then(|change| change.keys());
    let stream = keys.and_then(|keys| keys.get("stream")?.as_s().ok());
    stream.is_some_and(|stream| stream.starts_with(prefix))
}

/// The record's place in its shard.
pub fn sequence_number(record: &Record) -> Option<&str> {
    record.dynamodb()?.sequence_number()
}

fn event_record(record: &Record, stream_arn: &str) -> Value {
    let mut change = Map::new();
    if let Some(dynamodb) = record.dynamodb() {
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                change.insert(name.to_owned(), value);
            }
        };
        set(
            "ApproximateCreationDateTime",
            dynamodb
                .approximate_creation_date_time()
                .map(|at| json!(at.as_secs_f64())),
        );
        set("Keys", dynamodb.keys().map(item));
        set("NewImage", dynamodb.new_image().map(item));
        set("OldImage", dynamodb.old_image().map(item));
        set(
            "SequenceNumber",
            dynamodb.sequence_number().map(|number| json!(number)),
        );
        set("SizeBytes", Some(json!(dynamodb.size_bytes().unwrap_or(0))));
        set(
            "StreamViewType",
            dynamodb.stream_view_type().map(|view| json!(view.as_str())),
        );
    }
    json!({
        "eventID": record.event_id().unwrap_or_default(),
        "eventName": record.event_name().map(|name| name.as_str()).unwrap_or_default(),
        "eventVersion": record.event_version(),
        "eventSource": record.event_source().unwrap_or("aws:dynamodb"),
        "awsRegion": record.aws_region().unwrap_or_default(),
        "eventSourceARN": stream_arn,
        "userIdentity": record.user_identity().map(|identity| json!({
            "type": identity.r#type().unwrap_or_default(),
            "principalId": identity.principal_id().unwrap_or_default(),
        })),
        "dynamodb": change,
    })
}

fn item(attributes: &HashMap<String, AttributeValue>) -> Value {
    let attributes = attributes
        .iter()
        .map(|(name, value)| (name.clone(), attribute(value)));
    Value::Object(attributes.collect())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the SDK's enum is open; a type added one day is one that Lambda's types refuse too"
)]
fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::M(entries) => json!({ "M": item(entries) }),
        AttributeValue::L(values) => {
            json!({ "L": values.iter().map(attribute).collect::<Vec<_>>() })
        }
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(blobs) => {
            json!({ "BS": blobs.iter().map(|bytes| STANDARD.encode(bytes)).collect::<Vec<_>>() })
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::dynamodb::Event;
    use aws_sdk_dynamodbstreams::{
        primitives::Blob,
        types::{OperationType, StreamRecord, StreamViewType},
    };

    use super::*;

    #[test]
    fn a_record_arrives_as_lambda_would_send_it() {
        let entries = AttributeValue::L(vec![AttributeValue::M(HashMap::from([
            ("sealed".to_owned(), AttributeValue::B(Blob::new([1, 2, 3]))),
            ("again".to_owned(), AttributeValue::Bool(false)),
        ]))]);
        let record = Record::builder()
            .event_id("e1")
            .event_name(OperationType::Insert)
            .dynamodb(
                StreamRecord::builder()
                    .keys("stream", AttributeValue::S("order#1".into()))
                    .keys("version", AttributeValue::N("7".into()))
                    .new_image("entries", entries)
                    .sequence_number("000000000000000000042")
                    .stream_view_type(StreamViewType::NewImage)
                    .size_bytes(12)
                    .build(),
            )
            .build();
        let event: Event = serde_json::from_value(batch(&[&record], "arn:stream")).unwrap();
        let sent = serde_json::to_value(&event.records[0]).unwrap();
        assert_eq!(sent["eventID"], "e1");
        assert_eq!(sent["eventName"], "INSERT");
        assert_eq!(sent["eventSourceARN"], "arn:stream");
        assert_eq!(sent["dynamodb"]["Keys"]["version"]["N"], "7");
        assert_eq!(sent["dynamodb"]["SequenceNumber"], "000000000000000000042");
        assert_eq!(sent["dynamodb"]["StreamViewType"], "NEW_IMAGE");
        let entry = &sent["dynamodb"]["NewImage"]["entries"]["L"][0]["M"];
        assert_eq!(entry["sealed"]["B"], "AQID");
        assert_eq!(entry["again"]["BOOL"], false);
    }
}
