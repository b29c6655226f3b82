//! A small table for what only this machine needs to remember: stream checkpoints and whether the demo was loaded.
//! In AWS nothing like it exists; there the stream mapping is Lambda's own.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Error,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType,
    },
};

const TABLE: &str = "plenary-local";

/// Make the table if there is none.
pub async fn create(client: &Client) -> Result<(), Error> {
    create_table(client, TABLE, &[("id", KeyType::Hash)]).await
}

/// Make a table with this key, of strings, if there is none.
pub async fn create_table(
    client: &Client,
    table: &str,
    key: &[(&str, KeyType)],
) -> Result<(), Error> {
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest);
    for (name, key_type) in key {
        let attribute = AttributeDefinition::builder()
            .attribute_name(*name)
            .attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder()
            .attribute_name(*name)
            .key_type(key_type.clone());
        request = request
            .attribute_definitions(attribute.build()?)
            .key_schema(element.build()?);
    }
    match request.send().await.map_err(Error::from) {
        Ok(_) | Err(Error::ResourceInUseException(_)) => Ok(()),
        Err(error) => Err(error),
    }
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
