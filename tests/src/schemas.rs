//! Whether what was published is what the contract says: each integration event against the JSON Schema of its type.

use std::{collections::BTreeMap, sync::LazyLock};

use integration::{COMMON_SCHEMA, EventType};
use jsonschema::{Registry, Validator};
use serde_json::Value;

/// What checks a CloudEvent of each type.
static VALIDATORS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(validators);

#[expect(
    clippy::expect_used,
    reason = "the crate `integration` tests its own schemas"
)]
fn validators() -> BTreeMap<&'static str, Validator> {
    let read = |text| -> Value { serde_json::from_str(text).expect("a schema is JSON") };
    let common = read(COMMON_SCHEMA);
    let id = common["$id"].as_str().expect("the common schema's id");
    let registry = Registry::new().add(id, &common).expect("it is a schema");
    let registry = registry.prepare().expect("it refers to nothing else");
    let validator = |of: &EventType| {
        let options = jsonschema::options()
            .should_validate_formats(true)
            .with_registry(&registry);
        let built = options.build(&read(of.schema()));
        (of.name(), built.expect("a schema"))
    };
    EventType::ALL.iter().map(validator).collect()
}

/// Hold a CloudEvent against the schema of its type.
///
/// # Panics
/// If it does not conform, or is of no type of the contract.
#[track_caller]
pub fn assert_conforms(event: &Value) {
    let name = event["type"].as_str().unwrap_or_default();
    let Some(validator) = VALIDATORS.get(name) else {
        panic!("`{name}` is no type of the contract");
    };
    let errors: Vec<_> = validator
        .iter_errors(event)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?}\n{event}");
}
