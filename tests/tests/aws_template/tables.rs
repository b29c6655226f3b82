//! The tables are those that the code makes on a fresh machine, and are kept as they must be.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement};
use serde_json::Value;
use tests::engine::Engine;

use crate::template::{Template, list, spelled};

/// Each table of the stack, with the name that the code gives it where nothing else is said.
const TABLES: &[(&str, &str)] = &[
    ("Events", "plenary-events"),
    ("AccountEvents", "plenary-account-events"),
    ("Publications", "plenary-publications"),
    ("Keys", "plenary-keys"),
    ("Catalogue", "plenary-catalogue"),
    ("Availability", "plenary-availability"),
    ("Orders", "plenary-orders"),
    ("PromoCodes", "plenary-promo-codes"),
    ("AccountRows", "plenary-accounts"),
    ("Entries", "plenary-entries"),
    ("Proceeds", "plenary-proceeds"),
    ("Log", "plenary-log"),
    ("Analytics", "plenary-analytics"),
    ("Popularity", "plenary-popularity"),
    ("Erasures", "plenary-erasures"),
    ("Generations", "plenary-generations"),
    ("DeadLetters", "plenary-dead-letters"),
];

/// Tables of which no backup may be kept: it would bring back who has been forgotten.
const FORGETTING: &[&str] = &["Keys", "Orders"];

fn key_of_template(schema: &Value) -> Vec<(String, String)> {
    list(schema)
        .iter()
        .map(|element| {
            (
                spelled(&element["AttributeName"]),
                spelled(&element["KeyType"]),
            )
        })
        .collect()
}

fn key_of_engine(schema: &[KeySchemaElement]) -> Vec<(String, String)> {
    schema
        .iter()
        .map(|element| {
            (
                element.attribute_name().to_owned(),
                element.key_type().to_string(),
            )
        })
        .collect()
}

fn attribute(definition: &AttributeDefinition) -> (String, String) {
    let kind = definition.attribute_type().to_string();
    (definition.attribute_name().to_owned(), kind)
}

#[tokio::test]
#[ignore = "infra/aws/check expands the template and runs this"]
async fn the_tables_are_those_that_the_code_makes() {
    let template = Template::read();
    let known: BTreeSet<_> = TABLES.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<_> = template
        .all("AWS::DynamoDB::Table")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(found, known);

    let engine = Engine::start().await;
    publisher::create_table(&engine.client, "plenary-publications")
        .await
        .unwrap();
    eraser::create_table(&engine.client, "plenary-erasures")
        .await
        .unwrap();
    for (name, made) in TABLES {
        let properties = &template.resource(name)["Properties"];
        let described = engine
            .client
            .describe_table()
            .table_name(*made)
            .send()
            .await;
        let made = described.unwrap().table.unwrap();
        assert_eq!(
            key_of_template(&properties["KeySchema"]),
            key_of_engine(made.key_schema()),
            "{name}"
        );

        let attributes: BTreeSet<_> = list(&properties["AttributeDefinitions"])
            .iter()
            .map(|one| {
                (
                    spelled(&one["AttributeName"]),
                    spelled(&one["AttributeType"]),
                )
            })
            .collect();
        assert_eq!(
            attributes,
            made.attribute_definitions().iter().map(attribute).collect(),
            "{name}"
        );

        let indexes: BTreeSet<_> = list(&properties["GlobalSecondaryIndexes"])
            .iter()
            .map(|index| {
                let projection = spelled(&index["Projection"]["ProjectionType"]);
                (
                    spelled(&index["IndexName"]),
                    key_of_template(&index["KeySchema"]),
                    projection,
                )
            })
            .collect();
        let made_indexes = made.global_secondary_indexes().iter().map(|index| {
            let projection = index.projection().and_then(|all| all.projection_type());
            let projection = projection.map_or(String::new(), ToString::to_string);
            let name = index.index_name().unwrap_or_default().to_owned();
            (name, key_of_engine(index.key_schema()), projection)
        });
        assert_eq!(indexes, made_indexes.collect(), "the indexes of {name}");

        let stream = made
            .stream_specification()
            .and_then(|stream| stream.stream_view_type());
        let stream = stream.map_or(Value::Null, |kind| kind.as_str().into());
        assert_eq!(
            properties["StreamSpecification"]["StreamViewType"], stream,
            "{name}"
        );
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn tables_outlive_the_stack_and_mistakes() {
    for (name, table) in Template::read().all("AWS::DynamoDB::Table") {
        let properties = &table["Properties"];
        assert_eq!(table["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{name}");
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{name}");
        assert_eq!(
            spelled(&properties["SSESpecification"]["KMSMasterKeyId"]),
            "{Key.Arn}",
            "{name}"
        );
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{name}");
        // A name of its own would keep a table of it that is retained from being made again.
        assert!(properties["TableName"].is_null(), "{name}");
        assert!(
            properties["TimeToLiveSpecification"].is_null(),
            "{name} lets items expire"
        );
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn what_must_not_be_lost_is_backed_up_and_what_must_be_forgotten_is_not() {
    for (name, table) in Template::read().all("AWS::DynamoDB::Table") {
        let recovery = &table["Properties"]["PointInTimeRecoverySpecification"];
        let is_recoverable = &recovery["PointInTimeRecoveryEnabled"];
        assert_eq!(*is_recoverable, !FORGETTING.contains(&name), "{name}");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_key_and_the_people_outlive_the_stack() {
    let template = Template::read();
    for name in ["Key", "HeadsKey", "UserPool"] {
        assert_eq!(
            template.resource(name)["DeletionPolicy"],
            "Retain",
            "{name}"
        );
        assert_eq!(
            template.resource(name)["UpdateReplacePolicy"],
            "Retain",
            "{name}"
        );
    }
}
