//! The view tables' names and, for a fresh machine, their making.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType, TableStatus,
    },
};

use crate::{ConferenceDoc, Document, Error, Index, OrderDoc, PoolDoc};

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    pub catalogue: String,
    pub availability: String,
    pub orders: String,
    pub dead_letters: String,
}

impl Default for Tables {
    /// The names on a machine that holds only one Plenary.
    fn default() -> Self {
        Self {
            catalogue: "plenary-catalogue".to_owned(),
            availability: "plenary-availability".to_owned(),
            orders: "plenary-orders".to_owned(),
            dead_letters: "plenary-dead-letters".to_owned(),
        }
    }
}

/// Make the tables where there are none. In AWS the stack does this.
///
/// # Errors
/// The database refused, or a table did not become active within ten seconds.
pub async fn create_tables(client: &Client, tables: &Tables) -> Result<(), Error> {
    create(client, &tables.catalogue, &["id"], ConferenceDoc::INDEXES).await?;
    create(client, &tables.availability, &["id"], PoolDoc::INDEXES).await?;
    create(client, &tables.orders, &["id"], OrderDoc::INDEXES).await?;
    create(client, &tables.dead_letters, &["stream", "view"], &[]).await
}

async fn create(
    client: &Client,
    table: &str,
    key: &[&'static str],
    indexes: &[Index],
) -> Result<(), Error> {
    let build = |error: BuildError| Error::unbuilt("CreateTable", table, &error);
    let mut attributes: BTreeSet<&str> = key.iter().copied().collect();
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(key).map_err(build)?));
    for index in indexes {
        let key: Vec<&str> = [index.hash].into_iter().chain(index.range).collect();
        attributes.extend(&key);
        let whole_rows = Projection::builder().projection_type(ProjectionType::All);
        let index = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .set_key_schema(Some(key_schema(&key).map_err(build)?))
            .projection(whole_rows.build());
        request = request.global_secondary_indexes(index.build().map_err(build)?);
    }
    for attribute in attributes {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(definition.build().map_err(build)?);
    }
    match request.send().await {
        Ok(_) => {}
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_in_use_exception()) => {}
        Err(error) => return Err(Error::database("CreateTable", table, error)),
    }
    active(client, table).await
}

fn key_schema(key: &[&str]) -> Result<Vec<KeySchemaElement>, BuildError> {
    key.iter()
        .zip([KeyType::Hash, KeyType::Range])
        .map(|(attribute, key_type)| {
            KeySchemaElement::builder()
                .attribute_name(*attribute)
                .key_type(key_type)
                .build()
        })
        .collect()
}

async fn active(client: &Client, table: &str) -> Result<(), Error> {
    for _ in 0..100 {
        let described = client.describe_table().table_name(table).send().await;
        let described =
            described.map_err(|error| Error::database("DescribeTable", table, error))?;
        if described.table.and_then(|table| table.table_status) == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Error::Database {
        operation: "DescribeTable",
        table: table.to_owned(),
        cause: "the table did not become active within ten seconds".into(),
        throttled: false,
    })
}
