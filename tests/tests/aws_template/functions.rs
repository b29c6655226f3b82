//! Each function has what it reads from its environment, is watched, logs for a time, and is rolled out with care; what
//! it cannot do is kept and seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use integration::{EventType, Subscriber};
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

type Mapping<'a> = (&'a str, &'a Value);

/// The mappings of tables' streams, and those of queues.
fn mappings(template: &Template) -> (Vec<Mapping<'_>>, Vec<Mapping<'_>>) {
    let is_of_a_queue = |mapping: &Value| {
        let source = target(&mapping["Properties"]["EventSourceArn"]);
        template.kind(&source) == "AWS::SQS::Queue"
    };
    template
        .all("AWS::Lambda::EventSourceMapping")
        .partition(|(_, mapping)| !is_of_a_queue(mapping))
}

fn of_streams(template: &Template) -> Vec<Mapping<'_>> {
    mappings(template).0
}

/// The function that a mapping calls, by its alias.
fn function_of<'a>(template: &'a Template, mapping: &Value) -> &'a str {
    let alias = target(&mapping["Properties"]["FunctionName"]);
    let function = target(&template.resource(&alias)["Properties"]["FunctionName"]);
    let mut functions = template.functions();
    functions
        .find(|(name, _)| *name == function)
        .map(|(name, _)| name)
        .expect("a function")
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
    for (_, mapping) in of_streams(&template) {
        has("IteratorAge", function_of(&template, mapping));
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
    let backend = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend");
    let read = |path: &str| fs::read_to_string(backend.join(path)).unwrap();
    let own = read(&format!("{}/src/lib.rs", function.to_lowercase()));
    let writes = |source: &str| {
        source.contains("metrics::emit(") && source.contains(&format!("\"{metric}\""))
    };
    writes(&own) || own.contains("Report {") && writes(&read("http/src/report.rs"))
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

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_mapping_is_bounded_and_hands_on_what_failed() {
    let template = Template::read();
    let mut followed = BTreeSet::new();
    for (name, mapping) in of_streams(&template) {
        let table = target(&mapping["Properties"]["EventSourceArn"]);
        followed.insert((function_of(&template, mapping).to_owned(), table));
        let properties = &mapping["Properties"];
        let failures = &properties["DestinationConfig"]["OnFailure"]["Destination"];
        assert_eq!(
            template.kind(&target(failures)),
            "AWS::SQS::Queue",
            "{name}"
        );
        let partly = Value::from("ReportBatchItemFailures");
        assert!(
            list(&properties["FunctionResponseTypes"]).contains(&partly),
            "{name}"
        );
        assert_eq!(properties["BisectBatchOnFunctionError"], true, "{name}");
        // Without a bound a poisoned record holds its shard until it is trimmed, and is lost unseen.
        let bound = |limit: &str, most: u64| {
            let is_bound = properties[limit]
                .as_u64()
                .is_some_and(|n| (1..=most).contains(&n));
            assert!(is_bound, "{limit} of {name} is {}", properties[limit]);
        };
        bound("MaximumRetryAttempts", 1000);
        bound("MaximumRecordAgeInSeconds", 43_200);
        bound("BatchSize", 1000);
        assert_eq!(
            properties["StartingPosition"], "TRIM_HORIZON",
            "{name} passes commits over"
        );
        let pattern = list(&properties["FilterCriteria"]["Filters"])[0]["Pattern"]
            .as_str()
            .unwrap();
        let pattern: Value = serde_json::from_str(pattern).unwrap();
        assert_eq!(
            pattern,
            serde_json::json!({ "eventName": ["INSERT"] }),
            "{name}"
        );
    }
    let both = |function: &str| {
        ["Events", "AccountEvents"].map(|table| (function.to_owned(), table.to_owned()))
    };
    let wanted = both("Projector").into_iter().chain(both("Publisher"));
    assert_eq!(followed, wanted.collect());
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_queue_hands_over_in_parts_and_gives_up_where_somebody_looks() {
    let template = Template::read();
    let mut served = BTreeSet::new();
    for (name, mapping) in mappings(&template).1 {
        let properties = &mapping["Properties"];
        let partly = Value::from("ReportBatchItemFailures");
        assert!(
            list(&properties["FunctionResponseTypes"]).contains(&partly),
            "{name}"
        );
        assert_eq!(properties["BatchSize"], 10, "{name}");
        let at_once = properties["ScalingConfig"]["MaximumConcurrency"].as_u64();
        assert!(at_once.is_some_and(|n| (2..=100).contains(&n)), "{name}");
        let function = function_of(&template, mapping);
        let queue = target(&properties["EventSourceArn"]);
        served.insert((function.to_owned(), queue.clone()));

        let queue = &template.resource(&queue)["Properties"];
        let takes = &template.resource(function)["Properties"]["Timeout"];
        let (hidden, takes) = (queue["VisibilityTimeout"].as_u64(), takes.as_u64());
        assert!(hidden >= takes.map(|seconds| 6 * seconds), "{name}");
        let redrive = &queue["RedrivePolicy"];
        assert_eq!(redrive["maxReceiveCount"], 10, "{name}");
        let letters = target(&redrive["deadLetterTargetArn"]);
        assert_eq!(letters, format!("{function}DeadLetters"), "{name}");
    }
    let wanted = ["Accounts", "Processes"].map(|name| (name.to_owned(), format!("To{name}")));
    assert_eq!(served, BTreeSet::from(wanted));
}

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

        let policy = &template.resource("FailuresPolicy")["Properties"]["PolicyDocument"];
        let is_let_in = list(&policy["Statement"]).iter().any(|said| {
            let from = &said["Condition"]["ArnEquals"]["aws:SourceArn"];
            said["Effect"] == "Allow"
                && list(from)
                    .iter()
                    .any(|one| target(one) == format!("{function}Rule"))
        });
        assert!(is_let_in, "{function}Rule cannot reach its dead letters");

        // And the rule may put into the queue, and nothing else may.
        let policy = &template.resource("QueuesPolicy")["Properties"]["PolicyDocument"];
        let lets_in: Vec<_> = list(&policy["Statement"])
            .iter()
            .filter(|said| said["Effect"] == "Allow")
            .filter(|said| target(&said["Resource"]) == format!("To{function}"))
            .collect();
        let [said] = lets_in.as_slice() else {
            panic!("{function}: {lets_in:?}")
        };
        let from = &said["Condition"]["ArnEquals"]["aws:SourceArn"];
        assert_eq!(target(from), format!("{function}Rule"));
        assert_eq!(said["Principal"]["Service"], "events.amazonaws.com");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn due_holds_are_looked_for_each_minute() {
    let template = Template::read();
    let rule = &template.resource("ProcessesDueHolds")["Properties"];
    assert_eq!(rule["ScheduleExpression"], "rate(1 minute)");
    let [to] = list(&rule["Targets"]) else {
        panic!("one function")
    };
    let input: Value = serde_json::from_str(to["Input"].as_str().unwrap()).unwrap();
    assert_eq!(input, serde_json::json!({ "schedule": "due-holds" }));
    assert!(spelled(&to["Arn"]).contains("ProcessesAliaslive"));
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
fn the_bus_can_be_replayed_and_loses_nothing_unseen() {
    let template = Template::read();
    for (name, bus) in template.all("AWS::Events::EventBus") {
        let failures = target(&bus["Properties"]["DeadLetterConfig"]["Arn"]);
        assert_eq!(template.kind(&failures), "AWS::SQS::Queue", "{name}");
        let mut archives = template.all("AWS::Events::Archive");
        let is_archived =
            archives.any(|(_, archive)| target(&archive["Properties"]["SourceArn"]) == name);
        assert!(is_archived, "{name} has no archive");
        let policy = &template.resource("FailuresPolicy")["Properties"]["PolicyDocument"];
        let lets_in = list(&policy["Statement"]).iter().any(|said| {
            said["Principal"]["Service"] == "events.amazonaws.com"
                && said["Action"] == "sqs:SendMessage"
                && target(&said["Resource"]) == failures
                && said["Condition"].to_string().contains(":event-bus/")
        });
        assert!(lets_in, "{name} cannot reach its dead letters");
    }
    for (name, queue) in template.all("AWS::SQS::Queue") {
        assert_eq!(
            queue["Properties"]["MessageRetentionPeriod"], 1_209_600,
            "{name}"
        );
    }
}
