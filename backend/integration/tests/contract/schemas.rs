//! Schemas and types agree, and a schema refuses what is not an event of its type.

use integration::{EventType, IntegrationEvent};
use serde_json::{Value, json};
use shared::account::DeclineReason;

use crate::{
    common_schema, file, members, names,
    samples::{Optional, event},
    schema, types, validators,
};

/// Texts that may be anything: names given elsewhere, which a reader only compares.
const FREE_TEXTS: &[&str] = &["/subject", "/data/person_id"];

/// Texts whose form only the schema knows: no reader takes them apart.
const UNREAD_TEXTS: &[&str] = &["/data/locator"];

#[test]
fn every_type_has_one_schema_and_one_example() {
    let mut schemas = names("schemas");
    assert!(schemas.remove("common"));
    assert_eq!(schemas, types());
    assert_eq!(names("examples"), types());
}

#[test]
fn a_schema_is_a_schema_and_names_its_type() {
    for document in EventType::ALL.iter().map(|of| schema(*of)) {
        jsonschema::meta::validate(&document).unwrap();
    }
    jsonschema::meta::validate(&common_schema()).unwrap();
    for of in EventType::ALL {
        let document = schema(*of);
        assert_eq!(
            document["$id"],
            format!("https://plenary.example/schemas/{of}.json")
        );
        assert_eq!(document["title"], of.name());
        let fixed = |member: &str| document["properties"][member]["const"].as_str();
        assert_eq!(fixed("type"), Some(of.name()));
        assert_eq!(fixed("source"), Some(of.sender().source()));
    }
}

#[test]
fn an_example_is_what_the_code_writes_and_reads() {
    let validators = validators();
    for of in EventType::ALL {
        let example = file(&format!("examples/{of}.json"));
        let event = event(*of, Optional::Present);
        assert_eq!(serde_json::to_value(&event).unwrap(), example, "{of}");
        assert_eq!(IntegrationEvent::try_from(example.clone()), Ok(event));
        if let Err(error) = validators[of.name()].validate(&example) {
            panic!("{of}: {}: {error}", error.instance_path());
        }
    }
}

#[test]
fn an_event_without_its_optional_members_is_written_read_and_valid() {
    let validators = validators();
    for of in EventType::ALL {
        let event = event(*of, Optional::Absent);
        let written = serde_json::to_value(&event).unwrap();
        assert!(validators[of.name()].is_valid(&written), "{of}");
        assert_eq!(IntegrationEvent::try_from(written), Ok(event));
    }
}

#[test]
fn a_schema_names_exactly_the_members_of_its_type_and_which_must_be_there() {
    let common = common_schema();
    let envelope = &common["$defs"]["event"];
    let money = &common["$defs"]["money"];
    for of in EventType::ALL {
        let written = |optional| serde_json::to_value(event(*of, optional)).unwrap();
        let (full, least) = (written(Optional::Present), written(Optional::Absent));
        agrees(envelope, &full, &least);
        let data = &schema(*of)["properties"]["data"];
        agrees(data, &full["data"], &least["data"]);
        for (_, amount) in full["data"].as_object().unwrap() {
            if amount.is_object() {
                agrees(money, amount, amount);
            }
        }
    }
}

fn agrees(schema: &Value, full: &Value, least: &Value) {
    assert_eq!(members(&schema["properties"]), members(full));
    let required = schema["required"].as_array().unwrap();
    let required = required.iter().map(|name| name.as_str().unwrap());
    assert_eq!(
        required.collect::<std::collections::BTreeSet<_>>(),
        members(least)
    );
}

#[test]
fn the_schema_lists_every_reason_for_which_a_charge_is_declined() {
    let reasons = common_schema()["$defs"]["decline_reason"]["enum"].clone();
    let read: Vec<DeclineReason> = serde_json::from_value(reasons.clone()).unwrap();
    let every = read.into_iter().inspect(|reason| match reason {
        DeclineReason::InsufficientFunds
        | DeclineReason::AccountBlocked
        | DeclineReason::AccountClosed
        | DeclineReason::AccountDenied
        | DeclineReason::AccountPending => {}
    });
    assert_eq!(every.collect::<std::collections::HashSet<_>>().len(), 5);
}

#[test]
fn schema_and_reader_refuse_an_event_that_lacks_a_member_or_has_it_in_another_form() {
    let validators = validators();
    for of in EventType::ALL {
        let example = file(&format!("examples/{of}.json"));
        let least = serde_json::to_value(event(*of, Optional::Absent)).unwrap();
        // Whether the event with this change is let through: by the schema, and by the code.
        let passes = |change: &dyn Fn(&mut Value)| {
            let mut changed = example.clone();
            change(&mut changed);
            assert_ne!(changed, example);
            let valid = validators[of.name()].is_valid(&changed);
            (valid, IntegrationEvent::try_from(changed).is_ok())
        };
        for path in paths(&example, "") {
            let (parent, name) = path.rsplit_once('/').unwrap();
            let dropped = passes(&|event| {
                let parent = event.pointer_mut(parent).unwrap();
                parent.as_object_mut().unwrap().shift_remove(name);
            });
            let optional = least.pointer(&path).is_none();
            assert_eq!(dropped, (optional, optional), "{of} without {path}");

            let set = |to: Value| passes(&|event| *event.pointer_mut(&path).unwrap() = to.clone());
            let is_text = example.pointer(&path).unwrap().is_string();
            let other_kind = if is_text { json!(17) } else { json!("17") };
            assert_eq!(
                set(other_kind),
                (false, false),
                "{of} with {path} of another kind"
            );
            if is_text {
                let free = FREE_TEXTS.contains(&path.as_str());
                let unread = UNREAD_TEXTS.contains(&path.as_str());
                assert_eq!(
                    set(json!("nonsense")),
                    (free, free || unread),
                    "{of} with nonsense as {path}"
                );
            }
        }
    }
}

/// The JSON pointers of all members, those inside members too.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let members = value.as_object().into_iter().flatten();
    members
        .flat_map(|(name, member)| {
            let path = format!("{at}/{name}");
            let inside = paths(member, &path);
            std::iter::once(path).chain(inside)
        })
        .collect()
}

#[test]
fn a_schema_refuses_an_event_of_another_type() {
    let validators = validators();
    for of in EventType::ALL {
        for other in EventType::ALL {
            let example = file(&format!("examples/{other}.json"));
            assert_eq!(validators[of.name()].is_valid(&example), of == other);
        }
    }
}

#[test]
fn an_amount_is_never_negative() {
    let mut event = file("examples/order.refund-due.v1.json");
    event["data"]["amount"]["minor"] = json!(-1);
    assert!(!validators()["order.refund-due.v1"].is_valid(&event));
}

#[test]
fn members_that_are_not_known_yet_are_passed_over() {
    let validators = validators();
    for of in EventType::ALL {
        let mut newer = file(&format!("examples/{of}.json"));
        newer["traceparent"] = json!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        newer["data"]["added_later"] = json!([1, 2]);
        assert!(validators[of.name()].is_valid(&newer), "{of}");
        assert_eq!(
            IntegrationEvent::try_from(newer),
            Ok(event(*of, Optional::Present))
        );
    }
}
