//! What is counted of requests, as CloudWatch reads it out of the log: the embedded metric format.
//!
//! It is one JSON object a request, and none where there is nothing to count. The crates for it bring
//! a registry, which is global, and a task that flushes it; one object needs neither.

use std::{
    fmt,
    io::{self, Write as _},
};

use domain::values::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::{
    problem::kind::ProblemType,
    request::{context::Outcome, id::RequestId},
};

const NAMESPACE: &str = "Shopwright";

/// What there is to count of a try at a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Whether it was received.
    pub received: bool,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Whether the endpoint was disabled for it.
    pub disabled: bool,
}

/// Where metrics go.
pub struct Metrics {
    function: String,
    write: Box<dyn Fn(&str) + Send + Sync>,
}

impl Metrics {
    /// Metrics of the function of this name, each line of which is given to `write`.
    pub fn new(function: impl Into<String>, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { function: function.into(), write: Box::new(write) }
    }

    /// Metrics of the function of this name, in its log.
    #[must_use]
    pub fn to_stdout(function: impl Into<String>) -> Self {
        Self::new(function, |line| {
            if let Err(error) = writeln!(io::stdout().lock(), "{line}") {
                tracing::error!(%error, "metrics can't be written");
            }
        })
    }

    /// Counts what a sweep has `sent`, none included: that it runs shows too.
    pub fn swept(&self, at: Timestamp, request_id: &RequestId, sent: usize) {
        const NAME: &str = "JobsSentAgain";
        let mut document = self.document_of(at, request_id, vec![directive(&["function"], &[NAME])]);
        document[NAME] = sent.into();
        (self.write)(&document.to_string());
    }

    /// Counts what has come of a try at a delivery.
    pub fn delivered(&self, at: Timestamp, request_id: &RequestId, counts: DeliveryCounts) {
        let DeliveryCounts { received, milliseconds, disabled } = counts;
        let outcome = if received { "WebhooksDelivered" } else { "WebhooksFailed" };
        let mut names = vec![outcome];
        names.extend(disabled.then_some("WebhooksDisabled"));
        let mut latency = directive(&["function"], &["WebhookLatency"]);
        latency["Metrics"][0]["Unit"] = "Milliseconds".into();
        let mut document = self.document_of(at, request_id, vec![directive(&["function"], &names), latency]);
        for name in names {
            document[name] = 1.into();
        }
        document["WebhookLatency"] = milliseconds.into();
        (self.write)(&document.to_string());
    }

    /// Counts what has come of a request.
    pub fn answered(&self, at: Timestamp, request_id: &RequestId, outcome: Outcome) {
        if let Some(document) = self.document(at, request_id, outcome) {
            (self.write)(&document.to_string());
        }
    }

    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    fn document(&self, at: Timestamp, request_id: &RequestId, outcome: Outcome) -> Option<Value> {
        let Outcome { store_created, job_not_sent, problem } = outcome;
        let counted = [
            ("StoresCreated", store_created),
            ("JobsNotSent", job_not_sent),
            ("AuthenticationFailures", problem == Some(ProblemType::Unauthenticated)),
        ];
        let names = counted.iter().filter(|(_, is_so)| *is_so).map(|(name, _)| *name).collect::<Vec<_>>();
        let mut directives = Vec::new();
        if !names.is_empty() {
            directives.push(directive(&["function"], &names));
        }
        if problem.is_some() {
            directives.push(directive(&["function", "reason"], &["Refusals"]));
        }
        if directives.is_empty() {
            return None;
        }
        let mut document = self.document_of(at, request_id, directives);
        for name in names {
            document[name] = 1.into();
        }
        if let Some(problem) = problem {
            document["Refusals"] = 1.into();
            document["reason"] = problem.description().name.into();
        }
        Some(document)
    }

    /// What all documents have in common.
    fn document_of(&self, at: Timestamp, request_id: &RequestId, directives: Vec<Value>) -> Value {
        json!({
            "_aws": { "Timestamp": at.as_milliseconds(), "CloudWatchMetrics": directives },
            "function": self.function,
            "requestId": request_id.to_string(),
        })
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("function", &self.function).finish_non_exhaustive()
    }
}

fn directive(dimensions: &[&str], metrics: &[&str]) -> Value {
    let metrics: Vec<_> = metrics.iter().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
    json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(outcome: Outcome) -> Option<Value> {
        let at = Timestamp::from_milliseconds(1_769_851_800_250).unwrap();
        Metrics::new("commands", |_| {}).document(at, &RequestId::of("r-1"), outcome)
    }

    fn refused(problem: ProblemType) -> Option<Value> {
        document(Outcome { problem: Some(problem), ..Outcome::default() })
    }

    #[test]
    fn a_request_that_nothing_is_counted_of_has_no_line() {
        assert_eq!(document(Outcome::default()), None);
    }

    #[test]
    fn what_was_done_is_counted_by_function() {
        let outcome = Outcome { store_created: true, job_not_sent: true, problem: None };
        assert_eq!(
            document(outcome).unwrap(),
            json!({
                "_aws": {
                    "Timestamp": 1_769_851_800_250_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Shopwright",
                        "Dimensions": [["function"]],
                        "Metrics": [
                            { "Name": "StoresCreated", "Unit": "Count" },
                            { "Name": "JobsNotSent", "Unit": "Count" },
                        ],
                    }],
                },
                "function": "commands",
                "requestId": "r-1",
                "StoresCreated": 1,
                "JobsNotSent": 1,
            })
        );
    }

    #[test]
    fn refusals_are_counted_by_reason_too() {
        let limited = refused(ProblemType::RateLimited).unwrap();
        assert_eq!((&limited["Refusals"], &limited["reason"]), (&json!(1), &json!("rate-limited")));
        let directives = &limited["_aws"]["CloudWatchMetrics"];
        assert_eq!(directives.as_array().unwrap().len(), 1);
        assert_eq!(directives[0]["Dimensions"], json!([["function", "reason"]]));

        let unknown = refused(ProblemType::Unauthenticated).unwrap();
        assert_eq!((&unknown["AuthenticationFailures"], &unknown["Refusals"]), (&json!(1), &json!(1)));
    }

    #[test]
    fn what_a_sweep_has_sent_is_counted_when_it_is_nothing_too() {
        let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let written = std::sync::Arc::clone(&lines);
        let metrics = Metrics::new("sweep", move |line| written.lock().unwrap().push(line.to_owned()));
        for sent in [0, 7] {
            metrics.swept(Timestamp::now(), &RequestId::of("r-1"), sent);
        }
        let lines = lines.lock().unwrap();
        for (line, sent) in lines.iter().zip([0, 7]) {
            let document: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&document["JobsSentAgain"], &document["function"]), (&json!(sent), &json!("sweep")));
            assert_eq!(document["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["function"]]));
        }
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn every_metric_and_dimension_that_is_announced_is_there() {
        for problem in ProblemType::ALL {
            let outcome = Outcome { store_created: true, job_not_sent: true, problem: Some(*problem) };
            let document = document(outcome).unwrap();
            for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                for dimension in directive["Dimensions"][0].as_array().unwrap() {
                    assert!(document[dimension.as_str().unwrap()].is_string());
                }
                for metric in directive["Metrics"].as_array().unwrap() {
                    assert!(document[metric["Name"].as_str().unwrap()].is_number());
                }
            }
        }
    }
}
