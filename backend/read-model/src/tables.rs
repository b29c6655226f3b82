//! The view tables' names and, for a fresh machine, their making.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, Projection, ProjectionType, ScalarAttributeType,
        ScalarAttributeType::{N, S},
        TableStatus,
    },
};

use crate::{
    AccountDoc, ConferenceDoc, Document, Error, Generation, Index, Log, OrderDoc, PoolDoc,
    PromoCodeDoc, ViewName, view::PART,
};

type Item = HashMap<String, AttributeValue>;

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
    pub log: String,
    pub analytics: String,
    pub popularity: String,
    pub dead_letters: String,
    /// Which generation of each view serves.
    pub generations: String,
}

/// A table in which a view has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewTable<'a> {
    pub view: ViewName,
    pub name: &'a str,
    /// The attribute that a generation stands before.
    pub hash: &'static str,
    pub range: Option<(&'static str, RangeOf)>,
    pub indexes: &'static [Index],
}

/// What a range key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeOf {
    Text,
    Number,
}

impl ViewTable<'_> {
    /// The generation that a row is of.
    pub fn generation_of(&self, row: &Item) -> Option<Generation> {
        Generation::of(row.get(self.hash)?.as_s().ok()?)
    }

    /// A row of this generation as it would be without one; none where it is of another.
    pub fn bare(&self, mut row: Item, generation: Generation) -> Option<Item> {
        if self.generation_of(&row) != Some(generation) {
            return None;
        }
        for name in self.hashes() {
            if let Some(AttributeValue::S(hash)) = row.get_mut(name) {
                *hash = Generation::bare(hash).to_owned();
            }
        }
        Some(row)
    }

    /// The key under which such a row stands in a generation.
    pub fn key_of(&self, bare: &Item, generation: Generation) -> Item {
        let mut key = Item::new();
        if let Some(AttributeValue::S(hash)) = bare.get(self.hash) {
            let hash = AttributeValue::S(generation.key(hash));
            key.insert(self.hash.to_owned(), hash);
        }
        if let Some((name, range)) = self
            .range
            .and_then(|(name, _)| Some((name, bare.get(name)?)))
        {
            key.insert(name.to_owned(), range.clone());
        }
        key
    }

    /// The attributes that a generation stands before, each named once.
    fn hashes(&self) -> BTreeSet<&'static str> {
        let of_indexes = self.indexes.iter().map(|index| index.hash);
        of_indexes.chain([self.hash]).collect()
    }
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
            log: "plenary-log".to_owned(),
            analytics: "plenary-analytics".to_owned(),
            popularity: "plenary-popularity".to_owned(),
            dead_letters: "plenary-dead-letters".to_owned(),
            generations: "plenary-generations".to_owned(),
        }
    }
}

impl Tables {
    /// Every table in which a view has rows. Those of one view stand in the order in which they are held against the log.
    pub fn of_views(&self) -> Vec<ViewTable<'_>> {
        let by_id = |view, name, indexes| ViewTable {
            view,
            name,
            hash: "id",
            range: None,
            indexes,
        };
        let plain = |view, name, hash, range| ViewTable {
            view,
            name,
            hash,
            range: Some(range),
            indexes: &[],
        };
        let in_parts = |view, name, indexes| ViewTable {
            view,
            name,
            hash: "id",
            range: Some((PART, RangeOf::Text)),
            indexes,
        };
        use ViewName::{Accounts, Availability, Catalogue, Orders, PromoCodes};
        vec![
            by_id(Catalogue, &self.catalogue, ConferenceDoc::INDEXES),
            by_id(Availability, &self.availability, PoolDoc::INDEXES),
            by_id(Orders, &self.orders, OrderDoc::INDEXES),
            by_id(PromoCodes, &self.promo_codes, PromoCodeDoc::INDEXES),
            by_id(Accounts, &self.accounts, AccountDoc::INDEXES),
            plain(
                Accounts,
                &self.entries,
                "account",
                ("version", RangeOf::Number),
            ),
            plain(
                Accounts,
                &self.proceeds,
                "conference",
                ("day", RangeOf::Text),
            ),
            in_parts(ViewName::Log, &self.log, Log::INDEXES),
            in_parts(ViewName::Analytics, &self.analytics, &[]),
            in_parts(ViewName::Popularity, &self.popularity, &[]),
        ]
    }
}

/// Make the tables where there are none. In AWS the stack does this.
///
/// # Errors
/// The database refused, or a table did not become active within ten seconds.
pub async fn create_tables(client: &Client, tables: &Tables) -> Result<(), Error> {
    for table in tables.of_views() {
        let range = table.range.map(|(name, kind)| match kind {
            RangeOf::Text => (name, S),
            RangeOf::Number => (name, N),
        });
        let key: Vec<_> = [(table.hash, S)].into_iter().chain(range).collect();
        create(client, table.name, &key, table.indexes).await?;
    }
    create(
        client,
        &tables.dead_letters,
        &[("stream", S), ("view", S)],
        &[],
    )
    .await?;
    create(client, &tables.generations, &[("view", S)], &[]).await
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
