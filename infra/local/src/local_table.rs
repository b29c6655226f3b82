//! A small table for what only this machine needs to remember: stream checkpoints and whether the demo was loaded.
//! In AWS nothing like it exists; there the stream mapping is Lambda's own.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Error,
    types::{AttributeValue, ScalarAttributeType},
};
use event_store::{Fault, create_table};

const TABLE: &str = "plenary-local";

/// Make the table if there is none.
pub async fn create(client: &Client) -> Result<(), Fault> {
    create_table(client, TABLE, &[("id", ScalarAttributeType::S)]).await
}

/// The item of this id.
pub async fn get(
    client: &Client,
    id: &str,
) -> Result<Option<HashMap<String, AttributeValue>>, Error> {
    let found = client
        .get_item()
        .table_name(TABLE)
        .key("id", AttributeValue::S(id.to_owned()))
        .consistent_read(true)
        .send()
        .await?;
    Ok(found.item)
}

/// Put the item of this id, over what was there.
pub async fn put<const N: usize>(
    client: &Client,
    id: &str,
    attributes: [(&str, AttributeValue); N],
) -> Result<(), Error> {
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
    client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(HashMap::from(attributes)))
        .item("id", AttributeValue::S(id.to_owned()))
        .send()
        .await?;
    Ok(())
}
