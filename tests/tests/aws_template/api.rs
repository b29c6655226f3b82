//! Each endpoint has its route, no other route is there, and who may call is who the contract says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::endpoint::{Access, ENDPOINTS, Endpoint, Function};

use crate::template::{Template, list, spelled, target};

/// Routes that are no endpoint: this one answers for what there is not.
const ELSEWHERE: &str = "ANY /api/{proxy+}";

/// The routes by key, such as `GET /api/orders/{order_id}`.
fn routes(template: &Template) -> BTreeMap<String, Value> {
    let paths = &template.resource("Api")["Properties"]["Body"]["paths"];
    let mut routes = BTreeMap::new();
    for (path, methods) in paths.as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = match method.as_str() {
                "x-amazon-apigateway-any-method" => "ANY".to_owned(),
                method => method.to_uppercase(),
            };
            routes.insert(format!("{method} {path}"), operation.clone());
        }
    }
    routes
}

/// The key without the names of its variables: the gateway's may differ from the contract's.
fn shape(key: &str) -> String {
    let segments = key.split('/');
    let shapes = segments.map(|segment| match segment.starts_with('{') {
        true => "{}",
        false => segment,
    });
    shapes.collect::<Vec<_>>().join("/")
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn every_endpoint_has_its_route_to_its_function_and_nothing_else_has_one() {
    let template = Template::read();
    let mut routes = routes(&template);
    let elsewhere = routes.remove(ELSEWHERE).expect(ELSEWHERE);
    let leads_to =
        |operation: &Value| spelled(&operation["x-amazon-apigateway-integration"]["uri"]);
    assert!(leads_to(&elsewhere).contains("{QueriesAliaslive}"));

    let found: BTreeMap<String, String> = routes
        .iter()
        .map(|(key, operation)| (shape(key), leads_to(operation)))
        .collect();
    let wanted: BTreeSet<String> = ENDPOINTS
        .iter()
        .map(|endpoint| shape(&format!("{} {}", endpoint.method, endpoint.path)))
        .collect();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), wanted);
    for endpoint in ENDPOINTS {
        let alias = match endpoint.function {
            Function::Commands => "{CommandsAliaslive}",
            Function::Queries => "{QueriesAliaslive}",
            Function::Accounts => "{AccountsAliaslive}",
            Function::History => "{HistoryAliaslive}",
            Function::Operations => "{OperationsAliaslive}",
        };
        let uri = &found[&shape(&format!("{} {}", endpoint.method, endpoint.path))];
        assert!(uri.contains(alias), "{} leads to {uri}", endpoint.path);
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn only_public_endpoints_are_reached_without_a_token() {
    let template = Template::read();
    let public: BTreeSet<String> = ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.access == Access::Public)
        .map(|endpoint| shape(&format!("{} {}", endpoint.method, endpoint.path)))
        .chain([shape(ELSEWHERE)])
        .collect();
    for (key, operation) in routes(&template) {
        let asks = list(&operation["security"])
            .iter()
            .any(|scheme| scheme.get("People").is_some());
        assert_eq!(
            asks,
            !public.contains(&shape(&key)),
            "{key} asks for a token"
        );
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn tokens_are_those_of_the_user_pool_for_the_web_app() {
    let template = Template::read();
    let schemes = &template.resource("Api")["Properties"]["Body"]["components"]["securitySchemes"];
    let authorizer = &schemes["People"]["x-amazon-apigateway-authorizer"];
    let jwt = &authorizer["jwtConfiguration"];
    assert_eq!(authorizer["type"], "jwt");
    assert_eq!(
        authorizer["identitySource"],
        "$request.header.Authorization"
    );
    assert_eq!(spelled(&jwt["issuer"]), "{UserPool.ProviderURL}");
    let audience: Vec<_> = list(&jwt["audience"]).iter().map(target).collect();
    assert_eq!(audience, ["WebClient"]);
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn every_route_has_a_throttle_and_every_throttle_a_route() {
    let template = Template::read();
    let stage = &template.resource("ApiApiGatewayDefaultStage")["Properties"];
    let throttles = stage["RouteSettings"].as_object().unwrap();
    // API Gateway refuses a setting for a route that there is not.
    let keys: BTreeSet<_> = throttles.keys().cloned().collect();
    assert_eq!(keys, routes(&template).into_keys().collect());
    for (key, limits) in throttles
        .iter()
        .chain([(&"the default".to_owned(), &stage["DefaultRouteSettings"])])
    {
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            let is_bound = limits[limit]
                .as_u64()
                .is_some_and(|n| (1..=1000).contains(&n));
            assert!(is_bound, "{limit} of {key} is {}", limits[limit]);
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn what_anybody_may_write_to_takes_little() {
    // The provider's callback: its signature is its authentication, and checking it is work.
    let writing = |endpoint: &&Endpoint| endpoint.method != "GET";
    let public = |endpoint: &&Endpoint| endpoint.access == Access::Public;
    let template = Template::read();
    let stage = &template.resource("ApiApiGatewayDefaultStage")["Properties"];
    for endpoint in ENDPOINTS.iter().filter(public).filter(writing) {
        let key = format!("{} {}", endpoint.method, endpoint.path);
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            let is_tight = stage["RouteSettings"][&key][limit]
                .as_u64()
                .is_some_and(|n| (1..=50).contains(&n));
            assert!(is_tight, "{limit} of {key}");
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn one_level_of_a_path_has_one_variable_name() {
    // API Gateway refuses a second one: "conflicting variable on the same hierarchical level".
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for key in routes(&Template::read()).into_keys() {
        let (_, path) = key.split_once(' ').unwrap();
        let segments: Vec<_> = path.split('/').collect();
        for (place, segment) in segments.iter().enumerate() {
            if segment.starts_with('{') && !segment.ends_with("+}") {
                let before = shape(&segments[..place].join("/"));
                let first = names.entry(before).or_insert_with(|| segment.to_string());
                assert_eq!(first, segment, "in {key}");
            }
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_access_log_is_kept_for_a_time_and_says_nothing_of_people() {
    let template = Template::read();
    let settings =
        &template.resource("ApiApiGatewayDefaultStage")["Properties"]["AccessLogSettings"];
    let log = template.resource(&target(&settings["DestinationArn"]));
    assert!(!log["Properties"]["RetentionInDays"].is_null());
    let format = settings["Format"].as_str().unwrap();
    serde_json::from_str::<Value>(format).expect("a line of the log is JSON");
    for personal in [
        "sourceIp",
        "userAgent",
        "$context.path",
        "authorizer.claims",
        "identity",
    ] {
        assert!(!format.contains(personal), "the access log has {personal}");
    }
}
