//! The view tables' names and, for a fresh machine, their making.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType,
        ScalarAttributeType::{N, S},
        TableStatus,
    },
};

use crate::{AccountDoc, ConferenceDoc, Document, Error, Index, OrderDoc, PoolDoc, PromoCodeDoc};

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    pub catalogue: String,
    pub availability: String,
    pub orders: String,
    pub promo_codes: String,
    pub accounts: String,
    /// The accounts' entries.
    pub entries: String,
    pub proceeds: String,
    pub dead_letters: String,
}

impl Default for Tables {
    /// The names on a machine that holds only one Plenary.
    fn default() -> Self {
        Self {
            catalogue: "plenary-catalogue".to_owned(),
            availability: "plenary-availability".to_owned(),
            orders: "plenary-orders".to_owned(),
            promo_codes: "plenary-promo-codes".to_owned(),
            accounts: "plenary-accounts".to_owned(),
            entries: "plenary-entries".to_owned(),
            proceeds: "plenary-proceeds".to_owned(),
            dead_letters: "plenary-dead-letters".to_owned(),
        }
    }
}

/// Make the tables where there are none. In AWS the stack does this.
///
/// # Errors
/// The database refused, or a table did not become active within ten seconds.
pub async fn create_tables(client: &Client, tables: &Tables) -> Result<(), Error> {
    let views: [(&String, &[Index]); 5] = [
        (&tables.catalogue, ConferenceDoc::INDEXES),
        (&tables.availability, PoolDoc::INDEXES),
        (&tables.orders, OrderDoc::INDEXES),
        (&tables.promo_codes, PromoCodeDoc::INDEXES),
        (&tables.accounts, AccountDoc::INDEXES),
    ];
    for (table, indexes) in views {
        create(client, table, &[("id", S)], indexes).await?;
    }
    create(
        client,
        &tables.entries,
        &[("account", S), ("version", N)],
        &[],
    )
    .await?;
    create(
        client,
        &tables.proceeds,
        &[("conference", S), ("day", S)],
        &[],
    )
    .await?;
    create(
        client,
        &tables.dead_letters,
        &[("stream", S), ("view", S)],
        &[],
    )
    .await
}

async fn create(
    client: &Client,
    table: &str,
    key: &[(&'static str, ScalarAttributeType)],
    indexes: &[Index],
) -> Result<(), Error> {
    let build = |error: BuildError| Error::unbuilt("CreateTable", table, &error);
    let mut attributes: BTreeMap<&str, ScalarAttributeType> = key.iter().cloned().collect();
    let key: Vec<&str> = key.iter().map(|(name, _)| *name).collect();
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(&key).map_err(build)?));
    for index in indexes {
        let key: Vec<&str> = [index.hash].into_iter().chain(index.range).collect();
        attributes.extend(key.iter().map(|name| (*name, S)));
        let projection_type = match index.keys_only {
            true => ProjectionType::KeysOnly,
            false => ProjectionType::All,
        };
        let projection = Projection::builder().projection_type(projection_type);
        let index = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .set_key_schema(Some(key_schema(&key).map_err(build)?))
            .projection(projection.build());
        request = request.global_secondary_indexes(index.build().map_err(build)?);
    }
    for (attribute, attribute_type) in attributes {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(attribute_type);
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
