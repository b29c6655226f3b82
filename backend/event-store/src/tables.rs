//! The event table and the key table: their names and, for a fresh machine, their making.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        StreamSpecification, StreamViewType, TableStatus,
    },
};

use crate::Fault;

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// The event table.
    pub events: String,
    /// One data key per person.
    pub keys: String,
}

impl Tables {
    /// For a function that neither seals nor opens personal data: it has no key table.
    pub fn without_keys(events: String) -> Self {
        let keys = String::new();
        Self { events, keys }
    }
}

impl Default for Tables {
    /// The names on a machine that holds only one Plenary.
    fn default() -> Self {
        Self {
            events: "plenary-events".to_owned(),
            keys: "plenary-keys".to_owned(),
        }
    }
}

/// Make the tables where there are none. In AWS the stack does this.
///
/// # Errors
/// The database refused, or a table did not become active within ten seconds.
pub async fn create_tables(client: &Client, tables: &Tables) -> Result<(), Fault> {
    create(
        client,
        &tables.events,
        &[
            ("stream", ScalarAttributeType::S),
            ("version", ScalarAttributeType::N),
        ],
        true,
    )
    .await?;
    create_table(client, &tables.keys, &[("person", ScalarAttributeType::S)]).await
}

/// Make a table with this key, hash first, where there is none.
///
/// # Errors
/// The database refused, or the table did not become active within ten seconds.
pub async fn create_table(
    client: &Client,
    name: &str,
    key: &[(&str, ScalarAttributeType)],
) -> Result<(), Fault> {
    create(client, name, key, false).await
}

async fn create(
    client: &Client,
    name: &str,
    key: &[(&str, ScalarAttributeType)],
    stream: bool,
) -> Result<(), Fault> {
    let build = |error: aws_sdk_dynamodb::error::BuildError| {
        Fault::malformed("CreateTable", &error.to_string())
    };
    let mut request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for ((attribute, scalar), key_type) in key.iter().zip([KeyType::Hash, KeyType::Range]) {
        let definition = AttributeDefinition::builder()
            .attribute_name(*attribute)
            .attribute_type(scalar.clone());
        let element = KeySchemaElement::builder()
            .attribute_name(*attribute)
            .key_type(key_type);
        request = request
            .attribute_definitions(definition.build().map_err(build)?)
            .key_schema(element.build().map_err(build)?);
    }
    if stream {
        let specification = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::NewImage)
            .build()
            .map_err(build)?;
        request = request.stream_specification(specification);
    }
    match request.send().await {
        Ok(_) => {}
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_in_use_exception()) => {}
        Err(error) => return Err(Fault::database("CreateTable", error)),
    }
    for _ in 0..100 {
        let described = client.describe_table().table_name(name).send().await;
        let described = described.map_err(|error| Fault::database("DescribeTable", error))?;
        if described.table.and_then(|table| table.table_status) == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Fault::malformed(
        "DescribeTable",
        "the table did not become active within ten seconds",
    ))
}
