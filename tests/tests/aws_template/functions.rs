//! Each function has what it reads from its environment, runs and logs as it must, and is rolled out with care.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use serde_json::Value;

use crate::template::{Template, list, spelled, target};

/// Variables that Lambda sets, that only a machine without AWS has, or that a build reads.
const NOT_THE_TEMPLATES: &[&str] = &[
    "AWS_LAMBDA_FUNCTION_NAME",
    "CARGO_MANIFEST_DIR",
    "DYNAMODB_ENDPOINT",
    "EVENTBRIDGE_ENDPOINT",
    "RUST_LOG",
];

/// What `start::serve` reads, which only a function with an HTTP face calls.
const OF_SERVE: &[&str] = &["TOKEN_ISSUER", "TOKEN_AUDIENCE"];

/// The crates of this workspace that a function is built from, by name, with the folder of each.
fn crates(metadata: &Metadata, name: &str, into: &mut BTreeMap<String, String>) {
    let package = metadata
        .packages
        .iter()
        .find(|package| *package.name == name);
    let package = package.unwrap_or_else(|| panic!("no crate is called {name}"));
    let folder = package.manifest_path.parent().unwrap().to_string();
    if into.insert(name.to_owned(), folder).is_none() {
        for dependency in &package.dependencies {
            if dependency.path.is_some() && dependency.kind == DependencyKind::Normal {
                crates(metadata, &dependency.name, into);
            }
        }
    }
}

/// The names of variables that stand in the sources of a folder: texts such as `"EVENTS_TABLE"`.
fn variables(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            variables(&path, into);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let names = source.split('"').filter(|text| {
            let is_upper = |letter: char| letter.is_ascii_uppercase() || letter == '_';
            text.contains('_') && text.len() > 1 && text.chars().all(is_upper)
        });
        into.extend(names.map(str::to_owned));
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_variable_that_a_function_reads_is_set_and_no_other() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    for (name, function) in Template::read().functions() {
        let mut built_from = BTreeMap::new();
        crates(&metadata, &name.to_lowercase(), &mut built_from);
        let mut read = BTreeSet::new();
        for folder in built_from.values() {
            variables(&Path::new(folder).join("src"), &mut read);
        }
        read.retain(|variable| !NOT_THE_TEMPLATES.contains(&variable.as_str()));
        let main = Path::new(&built_from[&name.to_lowercase()]).join("src/main.rs");
        if !fs::read_to_string(main).unwrap().contains("serve") {
            read.retain(|variable| !OF_SERVE.contains(&variable.as_str()));
        }
        let set = function["Properties"]["Environment"]["Variables"]
            .as_object()
            .unwrap();
        assert_eq!(set.keys().cloned().collect::<BTreeSet<_>>(), read, "{name}");
        for (variable, value) in set
            .iter()
            .filter(|(variable, _)| variable.ends_with("_TABLE"))
        {
            // DEAD_LETTERS_TABLE is the table DeadLetters.
            let table = match variable.as_str() {
                // A function has the name that the table would have.
                "ACCOUNTS_TABLE" => "accountrows".to_owned(),
                variable => variable
                    .trim_end_matches("_TABLE")
                    .replace('_', "")
                    .to_lowercase(),
            };
            assert_eq!(target(value).to_lowercase(), table, "{variable} of {name}");
        }
        for (variable, value) in [
            // Whom the authorizer believes, the functions believe.
            ("TOKEN_ISSUER", "{UserPool.ProviderURL}"),
            ("TOKEN_AUDIENCE", "{WebClient}"),
            ("HOLD_MINUTES", "{HoldMinutes}"),
            ("HOLD_CAP_MINUTES", "{HoldCapMinutes}"),
            ("EVENT_BUS", "{Bus}"),
            ("PUBLIC_URL", "https://{SiteDomain}"),
            // On the test provider everybody pays what they like.
            ("PAYMENT_PROVIDER", "stripe"),
            ("PAYMENT_CHECKOUT_URL", "https://api.stripe.com"),
        ] {
            if let Some(set) = set.get(variable) {
                assert_eq!(spelled(set), value, "{variable} of {name}");
            }
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn secrets_come_from_where_secrets_are_kept_and_lie_sealed() {
    let template = Template::read();
    for (name, function) in template.functions() {
        let properties = &function["Properties"];
        let variables = &properties["Environment"]["Variables"];
        for (variable, value) in variables.as_object().unwrap() {
            if !variable.ends_with("_SECRET") && variable != "STRIPE_KEY" {
                continue;
            }
            let value = spelled(value);
            assert!(
                value.starts_with("{{resolve:secretsmanager:"),
                "{variable} of {name} is {value}"
            );
            assert_eq!(spelled(&properties["KmsKeyArn"]), "{Key.Arn}", "{name}");
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn functions_run_as_they_are_built_traced_and_bounded() {
    for (name, function) in Template::read().functions() {
        let properties = &function["Properties"];
        assert_eq!(properties["Runtime"], "provided.al2023", "{name}");
        assert_eq!(properties["Handler"], "bootstrap", "{name}");
        assert_eq!(
            properties["Architectures"],
            serde_json::json!(["arm64"]),
            "{name}"
        );
        assert_eq!(properties["TracingConfig"]["Mode"], "Active", "{name}");
        // Lambda's own default is 3 seconds, less than the 8 that the functions give DynamoDB.
        let seconds = properties["Timeout"].as_u64().unwrap();
        assert!((9..=60).contains(&seconds), "{name} has {seconds} seconds");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_function_logs_where_logs_are_kept_for_a_time_and_sealed() {
    let template = Template::read();
    for (name, function) in template.functions() {
        let log = target(&function["Properties"]["LoggingConfig"]["LogGroup"]);
        assert_eq!(log, format!("{name}Log"));
    }
    for (name, log) in template.all("AWS::Logs::LogGroup") {
        let properties = &log["Properties"];
        assert_eq!(
            target(&properties["RetentionInDays"]),
            "LogRetentionDays",
            "{name}"
        );
        assert_eq!(spelled(&properties["KmsKeyId"]), "{Key.Arn}", "{name}");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn a_new_version_comes_little_by_little_and_goes_back_by_itself() {
    let template = Template::read();
    for (name, _) in template.functions() {
        let alias = template.resource(&format!("{name}Aliaslive"));
        let update = &alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"];
        let group = template.resource(&target(&update["DeploymentGroupName"]));
        let properties = &group["Properties"];
        let pace = properties["DeploymentConfigName"].to_string();
        assert!(
            pace.contains("Canary") || pace.contains("Linear"),
            "{name} comes all at once"
        );
        let back = &properties["AutoRollbackConfiguration"];
        assert_eq!(back["Enabled"], true, "{name}");
        let on_alarm = Value::from("DEPLOYMENT_STOP_ON_ALARM");
        assert!(list(&back["Events"]).contains(&on_alarm), "{name}");
        assert_eq!(properties["AlarmConfiguration"]["Enabled"], true, "{name}");
        let alarms = list(&properties["AlarmConfiguration"]["Alarms"]).iter();
        let alarms: Vec<_> = alarms.map(|alarm| target(&alarm["Name"])).collect();
        assert!(
            alarms.contains(&format!("{name}Errors")),
            "{name} has {alarms:?}"
        );
        for alarm in &alarms {
            assert_eq!(template.kind(alarm), "AWS::CloudWatch::Alarm");
        }
    }
}
