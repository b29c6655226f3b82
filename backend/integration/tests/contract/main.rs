//! The contract in its four forms (Rust types, JSON Schemas, examples, the AsyncAPI document) says the same in each.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod documents;
mod privacy;
mod reading;
mod samples;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use integration::{COMMON_SCHEMA, EventType};
use jsonschema::{Registry, Validator};
use serde_json::Value;

/// A file of this crate, as JSON.
fn file(path: &str) -> Value {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of the files in a folder of this crate, without `.json`.
fn names(folder: &str) -> BTreeSet<String> {
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".json").expect(&name).to_owned()
        })
        .collect()
}

/// The names of all types.
fn types() -> BTreeSet<String> {
    EventType::ALL.iter().map(ToString::to_string).collect()
}

/// The members of a JSON object.
fn members(object: &Value) -> BTreeSet<&str> {
    let members = object.as_object().expect("an object");
    members.keys().map(String::as_str).collect()
}

fn schema(of: EventType) -> Value {
    serde_json::from_str(of.schema()).unwrap()
}

fn common_schema() -> Value {
    serde_json::from_str(COMMON_SCHEMA).unwrap()
}

/// What checks a CloudEvent of each type against its schema.
fn validators() -> BTreeMap<&'static str, Validator> {
    let common = common_schema();
    let registry = Registry::new()
        .add(common["$id"].as_str().unwrap(), &common)
        .unwrap()
        .prepare()
        .unwrap();
    let validator = |of: &EventType| {
        let options = jsonschema::options().should_validate_formats(true);
        let options = options.with_registry(&registry);
        (of.name(), options.build(&schema(*of)).unwrap())
    };
    EventType::ALL.iter().map(validator).collect()
}
