//! What becomes known of a command to who runs the system.

use std::fmt;

use shared::Timestamp;

use crate::{
    metrics::{self, Metric},
    now,
};

/// One command: what became of it, never what it said.
pub struct Report<'a> {
    /// The invocation's id, or the id of the message that brought it.
    pub request_id: &'a str,
    pub correlation_id: &'a dyn fmt::Display,
    pub command: &'a dyn fmt::Debug,
    /// In a word, as the event store has it: `accepted`, `rejected` …
    pub became: &'static str,
    /// How often another command was faster and this one was decided anew.
    pub conflicts: u32,
    pub received_at: Timestamp,
}

impl Report<'_> {
    /// Write one log line and one set of metrics.
    pub fn write(&self) {
        let Self {
            request_id,
            correlation_id,
            command,
            became,
            conflicts,
            received_at,
        } = *self;
        let took = now().millis() - received_at.millis();
        tracing::info!(
            request_id,
            %correlation_id,
            ?command,
            became,
            conflicts,
            took_ms = took,
            "a command"
        );
        let count = |name, is: bool| Metric::Count(name, u32::from(is));
        metrics::emit(&[
            Metric::Count("Commands", 1),
            count("Rejections", became == "rejected"),
            count("AnsweredAgain", became == "answered again"),
            count("Busy", became == "busy"),
            Metric::Count("Conflicts", conflicts),
            Metric::Millis("Took", took),
        ]);
    }
}
