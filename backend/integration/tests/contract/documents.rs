//! The AsyncAPI document and the crate's own page name the events that the code has, and who sends and receives them.

use std::collections::BTreeSet;

use integration::{ASYNCAPI, EventType, Sender, Subscriber};
use serde_json::Value;

use crate::{file, members, types};

fn asyncapi() -> Value {
    serde_json::from_str(ASYNCAPI).unwrap()
}

/// Every `$ref` in a document.
fn references(value: &Value) -> Vec<String> {
    let inside: Vec<&Value> = match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let own = value.get("$ref").and_then(Value::as_str);
    let own = own.map(str::to_owned).into_iter();
    own.chain(inside.into_iter().flat_map(references)).collect()
}

/// Fails unless each reference in a file of this crate leads somewhere, and so on from there.
fn resolves(path: &str, seen: &mut BTreeSet<String>) {
    if !seen.insert(path.to_owned()) {
        return;
    }
    for reference in references(&file(path)) {
        let (target, pointer) = reference.split_once('#').unwrap_or((&reference, ""));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = match target.strip_prefix("./").unwrap_or(target) {
            "" => path.to_owned(),
            target if folder.is_empty() => target.to_owned(),
            target => format!("{folder}/{target}"),
        };
        assert!(
            file(&target).pointer(pointer).is_some(),
            "{path}: {reference}"
        );
        resolves(&target, seen);
    }
}

#[test]
fn every_reference_resolves() {
    let mut seen = BTreeSet::new();
    resolves("asyncapi.json", &mut seen);
    // The document, the types' schemas, and what those have in common.
    assert_eq!(seen.len(), 1 + EventType::ALL.len() + 1);
}

#[test]
fn the_bus_has_one_message_for_each_type_with_its_schema() {
    let document = asyncapi();
    assert_eq!(document["asyncapi"], "3.0.0");
    let components = &document["components"]["messages"];
    let on_bus = &document["channels"]["bus"]["messages"];
    let named = |messages| members(messages).into_iter().map(str::to_owned);
    assert_eq!(named(components).collect::<BTreeSet<_>>(), types());
    assert_eq!(named(on_bus).collect::<BTreeSet<_>>(), types());
    for of in EventType::ALL {
        let name = of.name();
        let message = &components[name];
        assert_eq!(message["name"], name);
        assert_eq!(message["contentType"], "application/cloudevents+json");
        let schema = &message["payload"]["schema"]["$ref"];
        assert_eq!(schema, &format!("./schemas/{name}.json"));
        let reference = &on_bus[name]["$ref"];
        assert_eq!(reference, &format!("#/components/messages/{name}"));
        let described = file(&format!("schemas/{name}.json"));
        assert_eq!(message["summary"], described["description"]);
    }
}

#[test]
fn the_operations_are_who_sends_and_who_receives() {
    let document = asyncapi();
    let operations = &document["operations"];
    let expected = |sends: &str, types: &mut dyn Iterator<Item = EventType>| {
        let messages = types.map(|of| format!("#/channels/bus/messages/{of}"));
        (sends.to_owned(), messages.collect::<Vec<_>>())
    };
    let all = || EventType::ALL.iter().copied();
    let sent_by = |sender| all().filter(move |of| of.sender() == sender);
    for (name, wanted) in [
        (
            "bookingSends",
            expected("send", &mut sent_by(Sender::Booking)),
        ),
        (
            "accountsSends",
            expected("send", &mut sent_by(Sender::Accounts)),
        ),
        (
            "accountsReceives",
            expected("receive", &mut Subscriber::Accounts.receives()),
        ),
        (
            "processesReceives",
            expected("receive", &mut Subscriber::Processes.receives()),
        ),
    ] {
        let operation = &operations[name];
        let action = operation["action"].as_str().unwrap().to_owned();
        assert_eq!(
            (action, references(&operation["messages"])),
            wanted,
            "{name}"
        );
        assert_eq!(operation["channel"]["$ref"], "#/channels/bus");
    }
    assert_eq!(members(operations).len(), 4);
}

#[test]
fn the_crates_page_has_one_row_for_each_type() {
    let page = include_str!("../../src/lib.rs");
    let rows = page.lines().filter(|line| line.starts_with("//! | `"));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), EventType::ALL.len());
    for (of, row) in EventType::ALL.iter().zip(rows) {
        let receivers: Vec<&str> = of.subscribers().iter().map(|who| who.name()).collect();
        let row: Vec<&str> = row.split('|').map(str::trim).collect();
        let name = format!("`{of}`");
        assert_eq!(
            row[1..4],
            [&name, of.sender().name(), &receivers.join(", ")]
        );
    }
}
