//! What each function may do: exactly what its code calls, and nothing on everything.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::template::{Template, list, one_or_many, spelled, target};

/// What a role's own policies allow: the action and the resource.
const MAY: &[(&str, &[(&str, &str)])] = &[
    (
        "CommandsRole",
        &[
            ("dynamodb:PutItem", "{Events.Arn}"),
            ("dynamodb:ConditionCheckItem", "{Events.Arn}"),
            ("dynamodb:Query", "{Events.Arn}"),
            ("dynamodb:GetItem", "{Keys.Arn}"),
            ("dynamodb:PutItem", "{Keys.Arn}"),
        ],
    ),
    (
        "AccountsRole",
        &[
            ("dynamodb:PutItem", "{AccountEvents.Arn}"),
            ("dynamodb:ConditionCheckItem", "{AccountEvents.Arn}"),
            ("dynamodb:Query", "{AccountEvents.Arn}"),
            ("dynamodb:GetItem", "{Keys.Arn}"),
            ("dynamodb:PutItem", "{Keys.Arn}"),
            ("sqs:ReceiveMessage", "{ToAccounts.Arn}"),
            ("sqs:DeleteMessage", "{ToAccounts.Arn}"),
            ("sqs:GetQueueAttributes", "{ToAccounts.Arn}"),
            ("kms:Decrypt", "{Key.Arn}"),
        ],
    ),
    (
        "ProcessesRole",
        &[
            ("dynamodb:PutItem", "{Events.Arn}"),
            ("dynamodb:ConditionCheckItem", "{Events.Arn}"),
            ("dynamodb:Query", "{Events.Arn}"),
            ("dynamodb:Query", "{Availability.Arn}/index/due"),
            ("sqs:ReceiveMessage", "{ToProcesses.Arn}"),
            ("sqs:DeleteMessage", "{ToProcesses.Arn}"),
            ("sqs:GetQueueAttributes", "{ToProcesses.Arn}"),
        ],
    ),
    (
        "PublisherRole",
        &[
            ("dynamodb:DescribeStream", "{Events.StreamArn}"),
            ("dynamodb:GetRecords", "{Events.StreamArn}"),
            ("dynamodb:GetShardIterator", "{Events.StreamArn}"),
            ("dynamodb:ListStreams", "{Events.Arn}/stream/*"),
            ("dynamodb:Query", "{Events.Arn}"),
            ("dynamodb:DescribeStream", "{AccountEvents.StreamArn}"),
            ("dynamodb:GetRecords", "{AccountEvents.StreamArn}"),
            ("dynamodb:GetShardIterator", "{AccountEvents.StreamArn}"),
            ("dynamodb:ListStreams", "{AccountEvents.Arn}/stream/*"),
            ("dynamodb:Query", "{AccountEvents.Arn}"),
            ("dynamodb:GetItem", "{Publications.Arn}"),
            ("dynamodb:UpdateItem", "{Publications.Arn}"),
            ("events:PutEvents", "{Bus.Arn}"),
            ("sqs:SendMessage", "{PublicationFailures.Arn}"),
        ],
    ),
    (
        "QueriesRole",
        &[
            ("dynamodb:GetItem", "{Catalogue.Arn}"),
            ("dynamodb:GetItem", "{Availability.Arn}"),
            ("dynamodb:GetItem", "{Orders.Arn}"),
            ("dynamodb:GetItem", "{PromoCodes.Arn}"),
            ("dynamodb:GetItem", "{AccountRows.Arn}"),
            ("dynamodb:BatchGetItem", "{Catalogue.Arn}"),
            ("dynamodb:BatchGetItem", "{Availability.Arn}"),
            ("dynamodb:BatchGetItem", "{Orders.Arn}"),
            ("dynamodb:BatchGetItem", "{PromoCodes.Arn}"),
            ("dynamodb:BatchGetItem", "{AccountRows.Arn}"),
            ("dynamodb:Query", "{Entries.Arn}"),
            ("dynamodb:Query", "{Proceeds.Arn}"),
            ("dynamodb:Query", "{Catalogue.Arn}/index/by-slug"),
            ("dynamodb:Query", "{Catalogue.Arn}/index/on-sale"),
            ("dynamodb:Query", "{Catalogue.Arn}/index/by-organizer"),
            ("dynamodb:Query", "{Orders.Arn}/index/by-owner"),
            ("dynamodb:Query", "{PromoCodes.Arn}/index/by-conference"),
            ("dynamodb:Query", "{AccountRows.Arn}/index/by-person"),
        ],
    ),
    (
        "ProjectorRole",
        &[
            ("dynamodb:DescribeStream", "{Events.StreamArn}"),
            ("dynamodb:GetRecords", "{Events.StreamArn}"),
            ("dynamodb:GetShardIterator", "{Events.StreamArn}"),
            ("dynamodb:ListStreams", "{Events.Arn}/stream/*"),
            ("dynamodb:Query", "{Events.Arn}"),
            ("dynamodb:DescribeStream", "{AccountEvents.StreamArn}"),
            ("dynamodb:GetRecords", "{AccountEvents.StreamArn}"),
            ("dynamodb:GetShardIterator", "{AccountEvents.StreamArn}"),
            ("dynamodb:ListStreams", "{AccountEvents.Arn}/stream/*"),
            ("dynamodb:Query", "{AccountEvents.Arn}"),
            ("dynamodb:GetItem", "{Keys.Arn}"),
            ("dynamodb:GetItem", "{Catalogue.Arn}"),
            ("dynamodb:GetItem", "{Availability.Arn}"),
            ("dynamodb:GetItem", "{Orders.Arn}"),
            ("dynamodb:GetItem", "{PromoCodes.Arn}"),
            ("dynamodb:GetItem", "{AccountRows.Arn}"),
            ("dynamodb:PutItem", "{Catalogue.Arn}"),
            ("dynamodb:PutItem", "{Availability.Arn}"),
            ("dynamodb:PutItem", "{Orders.Arn}"),
            ("dynamodb:PutItem", "{PromoCodes.Arn}"),
            ("dynamodb:PutItem", "{AccountRows.Arn}"),
            ("dynamodb:PutItem", "{Entries.Arn}"),
            ("dynamodb:UpdateItem", "{Proceeds.Arn}"),
            ("dynamodb:PutItem", "{DeadLetters.Arn}"),
            ("dynamodb:DeleteItem", "{DeadLetters.Arn}"),
            ("sqs:SendMessage", "{ProjectionFailures.Arn}"),
        ],
    ),
];

/// Actions that know no resources.
const WITHOUT_RESOURCES: &[&str] = &["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

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
fn functions_are_called_for_this_api_and_by_this_schedule_only() {
    let template = Template::read();
    for (name, permission) in template.all("AWS::Lambda::Permission") {
        let properties = &permission["Properties"];
        let from = properties["SourceArn"].to_string();
        match properties["Principal"].as_str() {
            Some("apigateway.amazonaws.com") => assert!(from.contains("\"Api\""), "{name}"),
            Some("events.amazonaws.com") => {
                assert!(from.contains("\"ProcessesDueHolds\""), "{name}");
            }
            other => panic!("{name} lets {other:?} in"),
        }
    }
}
