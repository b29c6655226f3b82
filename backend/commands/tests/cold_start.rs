//! A function that lacks a variable of its environment does not start, and says which one it is.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

fn start_with(variables: &[(&str, &str)]) -> String {
    let mut function = Command::new(env!("CARGO_BIN_EXE_commands"));
    let ended = function
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn a_missing_variable_is_named() {
    let said = start_with(&[("EVENTS_TABLE", "events")]);
    assert_eq!(
        said.trim(),
        "Error: the environment variable KEYS_TABLE is not set"
    );
}

#[test]
fn a_number_that_is_none_is_named() {
    for value in ["soon", "0", "-1"] {
        let said = start_with(&[
            ("EVENTS_TABLE", "events"),
            ("KEYS_TABLE", "keys"),
            ("HOLD_MINUTES", value),
        ]);
        assert!(said.contains("HOLD_MINUTES is not a whole number above zero"));
    }
}
