//! How far each stream is published: one row per stream, which only moves forward.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ScalarAttributeType},
};
use event_store::{Failure, Fault};

/// The table of publications. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Progress {
    client: Client,
    table: String,
}

impl Progress {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The version of the stream's last published event; zero where there is none.
    pub(crate) async fn of(&self, stream: &str) -> Result<u64, Failure> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("stream", AttributeValue::S(stream.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Fault::database("GetItem", error))?;
        let item = found.item.unwrap_or_default();
        let version = item.get("version").and_then(|value| value.as_n().ok());
        Ok(version
            .and_then(|version| version.parse().ok())
            .unwrap_or(0))
    }

    /// The bus has taken everything up to this version. Whoever was faster and came further is left alone.
    pub(crate) async fn reached(&self, stream: &str, version: u64) -> Result<(), Failure> {
        let moved = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("stream", AttributeValue::S(stream.to_owned()))
            .update_expression("SET #version = :version REMOVE #cause")
            .condition_expression("attribute_not_exists(#version) OR #version < :version")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#cause", "cause")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .send()
            .await;
        match moved {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Fault::database("UpdateItem", error).into()),
        }
    }

    /// The stream cannot go on, and why.
    pub(crate) async fn stopped(&self, stream: &str, cause: &str) -> Result<(), Failure> {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("stream", AttributeValue::S(stream.to_owned()))
            .update_expression("SET #cause = :cause")
            .expression_attribute_names("#cause", "cause")
            .expression_attribute_values(":cause", AttributeValue::S(cause.to_owned()))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| Fault::database("UpdateItem", error).into())
    }
}

/// Make the table of publications where there is none. In AWS the stack does this.
///
/// # Errors
/// The database refused, or the table did not become active within ten seconds.
pub async fn create_table(client: &Client, table: &str) -> Result<(), Fault> {
    event_store::create_table(client, table, &[("stream", ScalarAttributeType::S)]).await
}
