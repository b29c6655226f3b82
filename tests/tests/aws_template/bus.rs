//! The bus brings each event to those who receive it, can be replayed, and loses nothing unseen; and the schedule calls.

use std::collections::BTreeSet;

use integration::{EventType, Subscriber};
use serde_json::Value;

use crate::template::{Template, list, one_or_many, target};

/// What comes with time: the rule, the function that it calls, and what it asks it for.
pub const SCHEDULES: &[(&str, &str, &str)] = &[
    ("ProcessesDueHolds", "Processes", "due-holds"),
    ("OperationsWork", "Operations", "operations"),
    ("EraserLooks", "Eraser", "erasures"),
];

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_rules_of_the_bus_are_those_of_the_contract() {
    let template = Template::read();
    let rules: Vec<_> = template
        .all("AWS::Events::Rule")
        .filter(|(_, rule)| !rule["Properties"]["EventBusName"].is_null())
        .collect();
    assert_eq!(rules.len(), Subscriber::ALL.len());
    for subscriber in Subscriber::ALL {
        let function = match subscriber {
            Subscriber::Accounts => "Accounts",
            Subscriber::Processes => "Processes",
        };
        let rule = &template.resource(&format!("{function}Rule"))["Properties"];
        assert_eq!(target(&rule["EventBusName"]), "Bus");
        let types: BTreeSet<_> = list(&rule["EventPattern"]["detail-type"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let wanted: BTreeSet<_> = subscriber.receives().map(EventType::name).collect();
        assert_eq!(types, wanted, "{function}");
        assert_eq!(rule["EventPattern"].as_object().unwrap().len(), 1);
        let [to] = list(&rule["Targets"]) else {
            panic!("{function} has one queue")
        };
        assert_eq!(target(&to["Arn"]), format!("To{function}"));
        assert_eq!(target(&to["DeadLetterConfig"]["Arn"]), "BusFailures");

        let tried = &to["RetryPolicy"]["MaximumEventAgeInSeconds"];
        assert!(tried.as_u64().is_some_and(|seconds| seconds >= 3600));

        // The rule may put into its queue, and nothing else may.
        let queue = format!("{{To{function}.Arn}}");
        let rule = format!("{{{function}Rule.Arn}}");
        assert_eq!(let_in(&template, &queue), std::slice::from_ref(&rule));
        let failures = let_in(&template, "{BusFailures.Arn}");
        assert!(
            failures.contains(&rule),
            "{function} has no way to dead letters"
        );
    }
}

/// From where EventBridge may put into a queue.
fn let_in(template: &Template, queue: &str) -> Vec<String> {
    let mut from = Vec::new();
    for (_, policy) in template.all("AWS::SQS::QueuePolicy") {
        for said in list(&policy["Properties"]["PolicyDocument"]["Statement"]) {
            if said["Effect"] == "Allow" && one_or_many(&said["Resource"]).contains(&queue.into()) {
                assert_eq!(said["Principal"]["Service"], "events.amazonaws.com");
                assert_eq!(said["Action"], "sqs:SendMessage");
                let sources = &said["Condition"]["ArnEquals"]["aws:SourceArn"];
                from.extend(one_or_many(sources));
            }
        }
    }
    from
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_bus_can_be_replayed_and_loses_nothing_unseen() {
    let template = Template::read();
    for (name, bus) in template.all("AWS::Events::EventBus") {
        let failures = target(&bus["Properties"]["DeadLetterConfig"]["Arn"]);
        assert_eq!(template.kind(&failures), "AWS::SQS::Queue", "{name}");
        let mut archives = template.all("AWS::Events::Archive");
        let is_archived =
            archives.any(|(_, archive)| target(&archive["Properties"]["SourceArn"]) == name);
        assert!(is_archived, "{name} has no archive");
        let from = let_in(&template, &format!("{{{failures}.Arn}}"));
        assert!(
            from.iter().any(|from| from.contains(":event-bus/")),
            "{name} cannot reach its dead letters"
        );
    }
    for (name, queue) in template.all("AWS::SQS::Queue") {
        let properties = &queue["Properties"];
        assert_eq!(properties["MessageRetentionPeriod"], 1_209_600, "{name}");
        assert_eq!(
            properties["SqsManagedSseEnabled"], true,
            "{name} is in clear"
        );
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn what_comes_with_time_comes_each_minute() {
    let template = Template::read();
    let found: BTreeSet<_> = template
        .all("AWS::Events::Rule")
        .filter(|(_, rule)| !rule["Properties"]["ScheduleExpression"].is_null())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(found, SCHEDULES.iter().map(|(rule, ..)| *rule).collect());
    for (rule, function, schedule) in SCHEDULES {
        let rule = &template.resource(rule)["Properties"];
        assert_eq!(rule["ScheduleExpression"], "rate(1 minute)");
        let [to] = list(&rule["Targets"]) else {
            panic!("one function")
        };
        let input: Value = serde_json::from_str(to["Input"].as_str().unwrap()).unwrap();
        assert_eq!(input, serde_json::json!({ "schedule": schedule }));
        assert_eq!(target(&to["Arn"]), format!("{function}Aliaslive"));
        // What fails is not repeated: the next minute does its work.
        let failed = &template.resource(&format!("{function}EventInvokeConfig"))["Properties"];
        assert_eq!(failed["MaximumRetryAttempts"], 0);
    }
}
