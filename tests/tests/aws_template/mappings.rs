//! What calls the functions by itself, from streams and from queues: each call is bounded, reports what failed in parts, and
//! hands on what fails for good.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::template::{Template, list, target};

/// A mapping, by name.
type Mapping<'a> = (&'a str, &'a Value);

/// The mappings of tables' streams, and those of queues.
fn all(template: &Template) -> (Vec<Mapping<'_>>, Vec<Mapping<'_>>) {
    let is_of_a_queue = |mapping: &Value| {
        let source = target(&mapping["Properties"]["EventSourceArn"]);
        template.kind(&source) == "AWS::SQS::Queue"
    };
    template
        .all("AWS::Lambda::EventSourceMapping")
        .partition(|(_, mapping)| !is_of_a_queue(mapping))
}

/// The mappings of tables' streams.
pub fn of_streams(template: &Template) -> Vec<Mapping<'_>> {
    all(template).0
}

/// The function that a mapping calls, by its alias.
pub fn function_of<'a>(template: &'a Template, mapping: &Value) -> &'a str {
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
fn each_mapping_of_a_stream_is_bounded_and_hands_on_what_failed() {
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
        let mut wanted = serde_json::json!({ "eventName": ["INSERT"] });
        if function_of(&template, mapping) == "Eraser" {
            // It is called for what it is there for, and costs nothing else.
            let people = serde_json::json!([{ "prefix": "person#" }]);
            wanted["dynamodb"]["Keys"]["stream"]["S"] = people;
        }
        assert_eq!(pattern, wanted, "{name}");
    }
    let both = |function: &str| {
        ["Events", "AccountEvents"].map(|table| (function.to_owned(), table.to_owned()))
    };
    let wanted = both("Projector").into_iter().chain(both("Publisher"));
    let wanted = wanted.chain([("Eraser".to_owned(), "Events".to_owned())]);
    assert_eq!(followed, wanted.collect());
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn each_queue_hands_over_in_parts_and_gives_up_where_somebody_looks() {
    let template = Template::read();
    let mut served = BTreeSet::new();
    for (name, mapping) in all(&template).1 {
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
