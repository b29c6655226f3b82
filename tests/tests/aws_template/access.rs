//! What each function may do: exactly what its code calls, and nothing on everything.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    bus::SCHEDULES,
    may::MAY,
    template::{Template, list, one_or_many, spelled, target},
};

/// Actions that know no resources.
const WITHOUT_RESOURCES: &[&str] = &["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

/// Who may do what a mistake in [`MAY`] itself must not give to anybody else.
const ONLY: &[(&str, &str, &[&str])] = &[
    // Whoever decides appends; whoever reads, projects, publishes or looks after the logs does not.
    (
        "dynamodb:PutItem",
        "{Events.Arn}",
        &["CommandsRole", "ProcessesRole"],
    ),
    ("dynamodb:PutItem", "{AccountEvents.Arn}", &["AccountsRole"]),
    // A key is destroyed by an update, on somebody's wish, and deleted by nobody: that there was one has to stay.
    ("dynamodb:UpdateItem", "{Keys.Arn}", &["EraserRole"]),
    ("dynamodb:DeleteItem", "{Keys.Arn}", &[]),
    ("dynamodb:BatchWriteItem", "{Keys.Arn}", &[]),
];

/// What would change or remove what once was appended.
const REWRITING: &[&str] = &[
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
    "dynamodb:UpdateTimeToLive",
];

fn allowed(statements: &[Value]) -> impl Iterator<Item = (String, String)> {
    let allows = statements.iter().filter(|said| said["Effect"] == "Allow");
    allows.flat_map(|statement| {
        assert!(statement["NotAction"].is_null() && statement["NotResource"].is_null());
        let resources = one_or_many(&statement["Resource"]);
        one_or_many(&statement["Action"])
            .into_iter()
            .flat_map(move |action| {
                resources
                    .clone()
                    .into_iter()
                    .map(move |on| (action.clone(), on))
            })
    })
}

/// The statements of every policy of the template, with the name of what has it.
fn statements(template: &Template) -> Vec<(&str, &[Value])> {
    let mut all = Vec::new();
    for (name, role) in template.all("AWS::IAM::Role") {
        for policy in list(&role["Properties"]["Policies"]) {
            all.push((name, list(&policy["PolicyDocument"]["Statement"])));
        }
    }
    for kind in [
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
    ] {
        for (name, policy) in template.all(kind) {
            let document = &policy["Properties"]["PolicyDocument"];
            all.push((name, list(&document["Statement"])));
        }
    }
    all
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_function_may_do_what_its_code_calls_and_no_more() {
    let template = Template::read();
    for (name, function) in template.functions() {
        let role = target(&function["Properties"]["Role"]);
        assert_eq!(role, format!("{name}Role"), "{name} has a role of its own");
        let (_, may) = MAY.iter().find(|(known, _)| *known == role).expect(&role);
        let wanted: BTreeSet<(String, String)> = may
            .iter()
            .map(|(action, on)| (action.to_string(), on.to_string()))
            // Its log is its own.
            .chain(
                ["logs:CreateLogStream", "logs:PutLogEvents"]
                    .map(|action| (action.to_owned(), format!("{{{name}Log.Arn}}"))),
            )
            .collect();
        let properties = &template.resource(&role)["Properties"];
        let policies = list(&properties["Policies"]).iter();
        let found: BTreeSet<_> = policies
            .flat_map(|policy| allowed(list(&policy["PolicyDocument"]["Statement"])))
            .collect();
        assert_eq!(found, wanted, "{role}");
        let managed: Vec<_> = list(&properties["ManagedPolicyArns"])
            .iter()
            .map(target)
            .collect();
        assert_eq!(managed, ["FunctionPolicy"], "{role}");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn nothing_is_allowed_on_everything() {
    let template = Template::read();
    for (name, statements) in statements(&template) {
        for (action, on) in allowed(statements) {
            assert!(!action.contains('*'), "{name} allows {action}");
            let is_narrow = on != "*" || WITHOUT_RESOURCES.contains(&action.as_str());
            assert!(is_narrow, "{name} allows {action} on everything");
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_key_is_used_through_tables_and_administered_by_the_account_only() {
    let template = Template::read();
    let own = &template.resource("FunctionPolicy")["Properties"]["PolicyDocument"]["Statement"];
    let uses_key = |said: &&Value| spelled(&said["Resource"]) == "{Key.Arn}";
    let through = list(own)
        .iter()
        .find(uses_key)
        .expect("the functions may use the key");
    assert_eq!(
        spelled(&through["Condition"]["StringEquals"]["kms:ViaService"]),
        "dynamodb.{AWS::Region}.amazonaws.com"
    );
    for statement in list(&template.resource("Key")["Properties"]["KeyPolicy"]["Statement"]) {
        let is_the_account = spelled(&statement["Principal"]["AWS"]).ends_with(":root");
        let is_a_bound_service =
            statement["Principal"]["Service"] != Value::Null && statement["Condition"].is_object();
        assert!(is_the_account || is_a_bound_service, "{statement}");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn only_who_decides_appends_and_only_the_eraser_destroys_keys() {
    let template = Template::read();
    for (name, statements) in statements(&template) {
        for (action, on) in allowed(statements) {
            let only = ONLY
                .iter()
                .find(|(what, where_, _)| *what == action && *where_ == on);
            let may = only.is_none_or(|(_, _, who)| who.contains(&name));
            assert!(may, "{name} allows {action} on {on}");
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn history_reads_the_logs_and_does_nothing_else() {
    let template = Template::read();
    for (name, statements) in statements(&template) {
        for (action, on) in allowed(statements) {
            let is_a_read = ["dynamodb:Query", "dynamodb:GetItem"].contains(&action.as_str())
                || action.starts_with("logs:");
            let is_fine = name != "HistoryRole" || is_a_read;
            assert!(is_fine, "{name} allows {action} on {on}");
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn heads_are_signed_as_this_code_checks_them_and_by_no_function() {
    let template = Template::read();
    let key = &template.resource("HeadsKey")["Properties"];
    assert_eq!(key["KeySpec"], "ECC_NIST_EDWARDS25519");
    assert_eq!(key["KeyUsage"], "SIGN_VERIFY");
    for (name, statements) in statements(&template) {
        for (action, on) in allowed(statements) {
            let signs = action == "kms:Sign" || on.starts_with("{HeadsKey");
            assert!(!signs, "{name} allows {action} on {on}");
        }
    }
    let [said] = list(&key["KeyPolicy"]["Statement"]) else {
        panic!("the account alone")
    };
    assert!(spelled(&said["Principal"]["AWS"]).ends_with(":root"));
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn nobody_rewrites_an_event_table() {
    let template = Template::read();
    for (name, statements) in statements(&template) {
        for (action, on) in allowed(statements) {
            let is_a_log = on.starts_with("{Events.") || on.starts_with("{AccountEvents.");
            let rewrites = is_a_log && REWRITING.contains(&action.as_str());
            assert!(!rewrites, "{name} allows {action} on {on}");
        }
    }
    for table in ["Events", "AccountEvents"] {
        denies_rewriting(&template, table);
    }
}

fn denies_rewriting(template: &Template, table: &str) {
    let policy = &template.resource(table)["Properties"]["ResourcePolicy"]["PolicyDocument"];
    let denied: BTreeSet<String> = list(&policy["Statement"])
        .iter()
        .filter(|said| said["Effect"] == "Deny" && said["Principal"] == "*")
        .flat_map(|said| one_or_many(&said["Action"]))
        .collect();
    for action in REWRITING {
        assert!(denied.contains(*action), "{table} does not deny {action}");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn functions_are_called_for_this_api_and_by_these_schedules_only() {
    let template = Template::read();
    for (name, permission) in template.all("AWS::Lambda::Permission") {
        let properties = &permission["Properties"];
        let from = properties["SourceArn"].to_string();
        match properties["Principal"].as_str() {
            Some("apigateway.amazonaws.com") => assert!(from.contains("\"Api\""), "{name}"),
            Some("events.amazonaws.com") => {
                let is_ours = SCHEDULES.iter().any(|(rule, ..)| from.contains(rule));
                assert!(is_ours, "{name}");
            }
            other => panic!("{name} lets {other:?} in"),
        }
    }
}
