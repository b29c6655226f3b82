//! Lambda: the booking context's commands.

use lambda_http::{Body, Request, Response};

/// The command function.
pub struct Commands {}

impl Commands {
    /// Over this DynamoDB, with the tables of the environment's names.
    pub fn new(_client: aws_sdk_dynamodb::Client) -> Self {
        Self {}
    }

    /// Answer one request.
    pub async fn handle(&self, _request: Request) -> Response<Body> {
        Response::new(Body::Empty)
    }
}
