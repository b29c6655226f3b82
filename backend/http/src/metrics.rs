//! CloudWatch metrics as log lines, in the embedded metric format: no call to an API, no agent, nothing to wait for.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::{env, sync::LazyLock};

use serde_json::{Map, Value, json};
use shared::Timestamp;

use crate::now;

/// The namespace of all metrics here; the one dimension is the function's name.
const NAMESPACE: &str = "Plenary";

/// A number to count or to measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// So many of these.
    Count(&'static str, u32),
    /// So many milliseconds.
    Millis(&'static str, i64),
}

/// Write the numbers of one invocation. Outside Lambda nobody reads them, and nothing is written.
pub fn emit(metrics: &[Metric]) {
    static FUNCTION: LazyLock<Option<String>> =
        LazyLock::new(|| env::var("AWS_LAMBDA_FUNCTION_NAME").ok());
    if let Some(function) = FUNCTION.as_deref() {
        println!("{}", line(function, now(), metrics));
    }
}

fn line(function: &str, at: Timestamp, metrics: &[Metric]) -> Value {
    let mut line = Map::new();
    let mut definitions = Vec::new();
    for metric in metrics {
        let (name, unit, value) = match *metric {
            Metric::Count(name, count) => (name, "Count", i64::from(count)),
            Metric::Millis(name, millis) => (name, "Milliseconds", millis),
        };
        definitions.push(json!({ "Name": name, "Unit": unit }));
        line.insert(name.to_owned(), json!(value));
    }
    line.insert("FunctionName".into(), json!(function));
    line.insert(
        "_aws".into(),
        json!({
            "Timestamp": at.millis(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["FunctionName"]],
                "Metrics": definitions,
            }],
        }),
    );
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_stands_in_the_line_under_the_name_that_its_definition_gives() {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let metrics = [Metric::Count("Commands", 1), Metric::Millis("Took", 12)];
        assert_eq!(
            line("commands", at, &metrics),
            json!({
                "Commands": 1,
                "Took": 12,
                "FunctionName": "commands",
                "_aws": {
                    "Timestamp": 1_800_000_000_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Plenary",
                        "Dimensions": [["FunctionName"]],
                        "Metrics": [
                            { "Name": "Commands", "Unit": "Count" },
                            { "Name": "Took", "Unit": "Milliseconds" },
                        ],
                    }],
                },
            })
        );
    }
}
