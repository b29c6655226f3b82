//! What can go wrong is watched: by alarms that can ring and tell somebody, and on a dashboard that shows something.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    bus::SCHEDULES,
    mappings,
    template::{Template, list, spelled, target},
};

/// The metrics of AWS that alarms may watch: namespace, metric, and the dimension with the type of what it names. A
/// misspelt one would never ring.
const METRICS: &[(&str, &str, &str, &str)] = &[
    (
        "AWS/Lambda",
        "Errors",
        "FunctionName",
        "AWS::Lambda::Function",
    ),
    (
        "AWS/Lambda",
        "Throttles",
        "FunctionName",
        "AWS::Lambda::Function",
    ),
    (
        "AWS/Lambda",
        "Invocations",
        "FunctionName",
        "AWS::Lambda::Function",
    ),
    (
        "AWS/Lambda",
        "IteratorAge",
        "FunctionName",
        "AWS::Lambda::Function",
    ),
    (
        "AWS/DynamoDB",
        "ConsumedWriteCapacityUnits",
        "TableName",
        "AWS::DynamoDB::Table",
    ),
    (
        "AWS/DynamoDB",
        "WriteThrottleEvents",
        "TableName",
        "AWS::DynamoDB::Table",
    ),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        "AWS::SQS::Queue",
    ),
    (
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "QueueName",
        "AWS::SQS::Queue",
    ),
    ("AWS/ApiGateway", "5xx", "ApiId", "AWS::ApiGatewayV2::Api"),
    (
        "AWS/ApiGateway",
        "Latency",
        "ApiId",
        "AWS::ApiGatewayV2::Api",
    ),
];

/// What an alarm watches: the metric, and what it is of.
fn watched(template: &Template) -> BTreeSet<(String, String)> {
    let mut watched = BTreeSet::new();
    for (_, alarm) in template.all("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        let metric = spelled(&properties["MetricName"]);
        let of = list(&properties["Dimensions"]).first();
        watched.insert((metric, of.map_or(String::new(), |of| target(&of["Value"]))));
    }
    watched
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn what_can_go_wrong_has_an_alarm() {
    let template = Template::read();
    let watched = watched(&template);
    let has = |metric: &str, of: &str| {
        let is_watched = watched.contains(&(metric.to_owned(), of.to_owned()));
        assert!(is_watched, "nothing watches {metric} of {of}");
    };
    for (name, _) in template.functions() {
        has("Errors", name);
        has("Throttles", name);
        has(&format!("{name}Faults"), "");
    }
    for (_, mapping) in mappings::of_streams(&template) {
        has("IteratorAge", mappings::function_of(&template, mapping));
    }
    for (name, queue) in template.all("AWS::SQS::Queue") {
        // In a queue that is worked on a message may lie for a moment; elsewhere none may.
        if queue["Properties"]["RedrivePolicy"].is_null() {
            has("ApproximateNumberOfMessagesVisible", name);
        } else {
            has("ApproximateAgeOfOldestMessage", name);
        }
    }
    has("Unpublishable", "Publisher");
    has("WriteThrottleEvents", "AccountEvents");
    has("ConsumedWriteCapacityUnits", "DeadLetters");
    has("Conflicts", "Commands");
    has("Conflicts", "Accounts");
    has("DueHoldsLeft", "");
    has("DuePools", "Processes");
    has("WriteThrottleEvents", "Events");
    has("5xx", "Api");
    has("Latency", "Api");
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_alarm_watches_a_metric_that_there_is_and_tells_somebody() {
    let template = Template::read();
    let counted: BTreeSet<String> = template
        .all("AWS::Logs::MetricFilter")
        .flat_map(|(_, filter)| list(&filter["Properties"]["MetricTransformations"]))
        .map(|one| spelled(&one["MetricNamespace"]) + " " + &spelled(&one["MetricName"]))
        .collect();
    for (name, alarm) in template.all("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        let told: Vec<_> = list(&properties["AlarmActions"])
            .iter()
            .map(target)
            .collect();
        assert_eq!(told, ["Alarms"], "{name}");
        let (namespace, metric) = (
            spelled(&properties["Namespace"]),
            spelled(&properties["MetricName"]),
        );
        if counted.contains(&format!("{namespace} {metric}")) {
            continue;
        }
        let [of] = list(&properties["Dimensions"]) else {
            panic!("{name} watches {namespace} {metric}, of which there is nothing");
        };
        let (of, dimension) = (target(&of["Value"]), of["Name"].as_str().unwrap());
        if namespace == "Plenary" {
            assert_eq!(dimension, "FunctionName", "{name}");
            assert!(emits(&of, &metric), "{name} watches {metric} of {of}");
            continue;
        }
        let kind = template.kind(&of);
        let watched = (namespace.as_str(), metric.as_str(), dimension, kind);
        assert!(METRICS.contains(&watched), "{name} watches {watched:?}");
    }
}

/// Whether a function writes this metric to its log: by itself, or with the report of each command.
fn emits(function: &str, metric: &str) -> bool {
    let writes = |source: &str| {
        source.contains("metrics::emit(") && source.contains(&format!("\"{metric}\""))
    };
    let report = fs::read_to_string(backend("http").join("report.rs")).unwrap();
    let own = sources(function);
    own.iter().any(|source| writes(source))
        || own.iter().any(|source| source.contains("Report {")) && writes(&report)
}

/// Where the sources of a crate of the functions are.
fn backend(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend");
    root.join(name.to_lowercase()).join("src")
}

/// A function's own sources.
fn sources(function: &str) -> Vec<String> {
    let files = fs::read_dir(backend(function)).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let texts = files.filter(|path| path.is_file()).map(fs::read_to_string);
    texts.map(Result::unwrap).collect()
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_dashboard_shows_metrics_that_there_are() {
    let template = Template::read();
    let body = &template.resource("Dashboard")["Properties"]["DashboardBody"]["Fn::Sub"];
    let body: Value = serde_json::from_str(body.as_str().unwrap()).expect("the dashboard is JSON");
    for widget in list(&body["widgets"]) {
        let mut before: Vec<String> = Vec::new();
        for metric in list(&widget["properties"]["metrics"]) {
            // A dot stands for what stood there in the line before, and three for all of it.
            let texts = list(metric).iter().filter_map(Value::as_str);
            let line: Vec<String> = match texts.clone().next() {
                Some("...") => before.clone(),
                _ => texts
                    .enumerate()
                    .map(|(place, text)| {
                        if text == "." {
                            before[place].clone()
                        } else {
                            text.to_owned()
                        }
                    })
                    .collect(),
            };
            if let [namespace, metric, dimension, of] = line.as_slice()
                && namespace == "Plenary"
            {
                let function = of.trim_matches(['$', '{', '}']);
                assert_eq!(dimension, "FunctionName");
                assert!(emits(function, metric), "{function} has no {metric}");
            }
            before = line;
        }
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn faults_in_the_logs_are_counted_where_they_are_logged() {
    let template = Template::read();
    for (name, _) in template.functions() {
        let filter = &template.resource(&format!("{name}FaultCount"))["Properties"];
        assert_eq!(target(&filter["LogGroupName"]), format!("{name}Log"));
        assert_eq!(filter["FilterPattern"], r#"{ $.level = "ERROR" }"#);
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn holds_that_stay_are_counted_by_what_the_function_logs() {
    let filter = &Template::read().resource("DueHoldsLeftCount")["Properties"].clone();
    assert_eq!(target(&filter["LogGroupName"]), "ProcessesLog");
    let pattern = filter["FilterPattern"].as_str().unwrap();
    let message = pattern
        .strip_prefix("{ $.message = ")
        .and_then(|rest| rest.strip_suffix(" }"))
        .expect("a message");
    let sources = sources("processes");
    assert!(
        sources.iter().any(|source| source.contains(message)),
        "the processes do not log {message}"
    );
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn silence_of_a_schedule_rings() {
    let template = Template::read();
    for (_, function, _) in SCHEDULES {
        let counted = template
            .all("AWS::CloudWatch::Alarm")
            .filter(|(_, alarm)| {
                let of = &list(&alarm["Properties"]["Dimensions"]).first();
                of.is_some_and(|of| target(&of["Value"]) == *function)
            })
            .filter(|(_, alarm)| alarm["Properties"]["TreatMissingData"] == "breaching");
        let [(name, alarm)] = counted.collect::<Vec<_>>()[..] else {
            panic!("{function} may fall silent")
        };
        let alarm = &alarm["Properties"];
        // What it does each time it is called, or that it is called.
        let counts = [&alarm["MetricName"], &alarm["Statistic"]];
        assert!(
            counts == ["DuePools", "SampleCount"] || counts == ["Invocations", "Sum"],
            "{name}"
        );
        assert_eq!(alarm["ComparisonOperator"], "LessThanThreshold", "{name}");
    }
}
