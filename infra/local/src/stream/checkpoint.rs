//! How far each shard has been read.
//!
//! It stands in a table of the same DynamoDB, not in a file of its own: whoever deletes or swaps the data takes the
//! checkpoints along, and a position can never point into a stream that it was not taken from.

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::local_table;

/// Where to read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// From the oldest record that the stream still has.
    Start,
    /// After the record with this sequence number.
    After(String),
    /// The shard was read to its end.
    Closed,
}

/// How far one function has read one stream.
#[derive(Clone)]
pub struct Checkpoints {
    client: Client,
    /// What the ids of its items begin with.
    prefix: String,
}

impl Checkpoints {
    /// Those of this function on this stream.
    pub fn new(client: Client, function: &str, stream_arn: &str) -> Self {
        let prefix = match function {
            // The projector was the first, and data folders have its checkpoints without its name.
            "projector" => format!("checkpoint#{stream_arn}"),
            _ => format!("checkpoint#{function}#{stream_arn}"),
        };
        Self { client, prefix }
    }

    /// How far this shard has been read.
    pub async fn load(&self, shard_id: &str) -> Result<Position, aws_sdk_dynamodb::Error> {
        let item = local_table::get(&self.client, &self.id(shard_id)).await?;
        let text = |name: &str| item.as_ref()?.get(name)?.as_s().ok().cloned();
        Ok(match (text("closed"), text("after")) {
            (Some(_), _) => Position::Closed,
            (None, Some(sequence_number)) => Position::After(sequence_number),
            (None, None) => Position::Start,
        })
    }

    /// Everything up to this position has been handled.
    pub async fn save(
        &self,
        shard_id: &str,
        position: &Position,
    ) -> Result<(), aws_sdk_dynamodb::Error> {
        let attribute = match position {
            Position::Start => return Ok(()),
            Position::After(sequence_number) => ("after", sequence_number.clone()),
            Position::Closed => ("closed", "yes".to_owned()),
        };
        let attribute = (attribute.0, AttributeValue::S(attribute.1));
        local_table::put(&self.client, &self.id(shard_id), [attribute]).await
    }

    fn id(&self, shard_id: &str) -> String {
        format!("{}#{shard_id}", self.prefix)
    }
}
