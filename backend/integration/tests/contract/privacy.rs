//! No personal data leaves in an integration event.

use std::collections::BTreeMap;

use integration::EventType;
use serde_json::Value;

use crate::{common_schema, schema};

/// The one member that is about a person: an opaque id.
const PERSON: &str = "person_id";

/// The members that are about no person. Whoever adds one says so here, and has thought about it.
const NO_PERSON: &[&str] = &[
    "amount",
    "conference_id",
    "locator",
    "order_id",
    "payment_id",
    "reason",
    "refund_id",
    "shortfall",
    "top_up_id",
];

/// The members of every type's data, with what the schemas say of them.
fn data_members() -> BTreeMap<String, Value> {
    let common = common_schema();
    let mut all = BTreeMap::new();
    for of in EventType::ALL {
        let schema = schema(*of);
        let members = schema["properties"]["data"]["properties"].as_object();
        for (name, member) in members.unwrap() {
            let reference = member["$ref"].as_str().expect("each is defined once");
            let pointer = reference.strip_prefix("common.json#").unwrap();
            all.insert(name.clone(), common.pointer(pointer).unwrap().clone());
        }
    }
    all
}

#[test]
fn nothing_but_the_opaque_id_is_about_a_person() {
    let mut members = data_members();
    assert!(members.remove(PERSON).is_some());
    assert_eq!(members.keys().collect::<Vec<_>>(), NO_PERSON);
}

#[test]
fn no_member_but_the_opaque_id_is_a_text_in_which_a_name_could_stand() {
    let fixed = |text: &Value| {
        ["format", "pattern", "enum", "const"]
            .iter()
            .any(|key| text.get(key).is_some())
    };
    for (name, member) in data_members() {
        let parts = member["properties"].as_object();
        let texts: Vec<&Value> = match parts {
            Some(parts) => parts
                .values()
                .filter(|part| part["type"] == "string")
                .collect(),
            None => vec![&member],
        };
        for text in texts {
            assert_eq!(fixed(text), name != PERSON, "{name}");
        }
    }
}
