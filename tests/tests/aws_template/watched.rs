//! `cargo lambda watch` serves each endpoint at its path, by its function.

use std::collections::BTreeSet;

use cargo_metadata::MetadataCommand;
use shared::endpoint::ENDPOINTS;

use crate::template::list;

#[test]
fn cargo_lambda_watch_has_the_routes_of_the_contract() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let router = &metadata.workspace_metadata["lambda"]["watch"]["router"];
    let mut served = BTreeSet::new();
    for (path, routes) in router.as_object().unwrap() {
        for route in list(routes) {
            let text = |name: &str| route[name].as_str().unwrap().to_owned();
            served.insert((text("method"), without_names(path), text("function")));
        }
    }
    let wanted = ENDPOINTS.iter().map(|endpoint| {
        let path = without_names(endpoint.path);
        (
            endpoint.method.to_owned(),
            path,
            endpoint.function.name().to_owned(),
        )
    });
    assert_eq!(served, wanted.collect());
}

/// The router lets a variable have one name only where paths share it; the contract does not care.
fn without_names(path: &str) -> String {
    let segments = path.split('/');
    let shapes = segments.map(|segment| {
        if segment.starts_with('{') {
            "{}"
        } else {
            segment
        }
    });
    shapes.collect::<Vec<_>>().join("/")
}
