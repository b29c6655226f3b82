//! Lambda on the event table's stream: events -> views.

use aws_lambda_events::event::{dynamodb::Event, streams::DynamoDbEventResponse};

/// The projector function.
pub struct Projector {}

impl Projector {
    /// Over this DynamoDB, with the tables of the environment's names.
    pub fn new(_client: aws_sdk_dynamodb::Client) -> Self {
        Self {}
    }

    /// Project one batch; what could not be projected and must come again is named in the answer.
    pub async fn handle(&self, _batch: Event) -> DynamoDbEventResponse {
        DynamoDbEventResponse::default()
    }
}
