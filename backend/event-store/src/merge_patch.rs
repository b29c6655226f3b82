//! JSON merge patches (RFC 7396): what to do to one document to get another, as a document.
//!
//! They know no null in an object: what is null there is not there. Arrays are replaced as a whole.

use serde_json::{Map, Value};

/// The patch that makes `to` of `from`.
pub(crate) fn difference(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return to.clone();
    };
    let mut patch = Map::new();
    for (key, value) in to {
        match from.get(key) {
            Some(before) if before == value => {}
            Some(before) => {
                patch.insert(key.clone(), difference(before, value));
            }
            None => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

/// Do to a document what a patch says.
pub(crate) fn apply(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.swap_remove(&key);
        } else {
            apply(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_what_it_names_removes_what_it_says_is_null_and_leaves_the_rest() {
        // From RFC 7396.
        let mut target = json!({
            "title": "Goodbye!", "author": { "givenName": "John", "familyName": "Doe" },
            "tags": ["example", "sample"], "content": "This will be unchanged"
        });
        let patched = json!({
            "title": "Hello!", "author": { "givenName": "John" }, "tags": ["example"],
            "content": "This will be unchanged", "phoneNumber": "+01-123-456-7890"
        });
        let patch = json!({
            "title": "Hello!", "phoneNumber": "+01-123-456-7890",
            "author": { "familyName": null }, "tags": ["example"]
        });
        assert_eq!(difference(&target, &patched), patch);
        apply(&mut target, patch);
        assert_eq!(target, patched);
    }

    #[test]
    fn the_difference_of_any_two_documents_makes_the_second_of_the_first() {
        let documents = [
            json!({}),
            json!({ "a": 1 }),
            json!({ "a": { "b": [1, null], "c": "d" } }),
            json!({ "a": { "c": "e" }, "f": {} }),
            json!({ "held": { "until": 3 } }),
            json!({ "held": "never" }),
            json!([1, 2]),
            json!("asked"),
        ];
        for from in &documents {
            for to in &documents {
                let mut target = from.clone();
                apply(&mut target, difference(from, to));
                assert_eq!(target, *to, "{from}");
            }
        }
    }
}
