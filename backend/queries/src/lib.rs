//! Lambda: reads. It cannot link the domain or the event store's append.

use lambda_http::{Body, Request, Response};

/// The query function.
pub struct Queries {}

impl Queries {
    /// Over this DynamoDB, with the tables of the environment's names.
    pub fn new(_client: aws_sdk_dynamodb::Client) -> Self {
        Self {}
    }

    /// Answer one request.
    pub async fn handle(&self, _request: Request) -> Response<Body> {
        Response::new(Body::Empty)
    }
}
