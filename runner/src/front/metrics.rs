//! What a front counts and measures, for Prometheus. No store's name is among the labels.

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use strum::VariantArray as _;

use super::page::Page;
use crate::observe::metrics::Shown;

/// Upper bounds of the buckets of a read's time, in seconds, up to the longest that is waited.
const SECONDS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 2.0];

/// All metrics of one front. Its clones share them.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    registry: Arc<Registry>,
    pages: Family<PageLabels, Counter>,
    reads: Family<ReadLabels, Counter>,
    read_duration: Histogram,
    connections: Gauge,
}

/// How a read of the table ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum ReadResult {
    /// With an answer, be it that there is no such store.
    Done,
    /// With an error.
    Error,
    /// Not in time.
    Late,
}

/// A connection that is open, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PageLabels {
    page: Shown<Page>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    outcome: Shown<ReadResult>,
}

impl Metrics {
    /// Metrics at zero, all of them there from the start.
    pub(super) fn new() -> Self {
        let (pages, reads): (Family<PageLabels, Counter>, Family<ReadLabels, Counter>) = Default::default();
        let (read_duration, connections) = (Histogram::new(SECONDS), Gauge::default());
        for &page in Page::VARIANTS {
            drop(pages.get_or_create(&PageLabels { page: Shown(page) }));
        }
        for &outcome in ReadResult::VARIANTS {
            drop(reads.get_or_create(&ReadLabels { outcome: Shown(outcome) }));
        }
        let mut registry = Registry::with_prefix("shopwright_front");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of this front; always 1", version);
        registry.register("pages", "Requests that were answered, by the page that they got", pages.clone());
        registry.register("reads", "Reads of the table, by outcome: done, error, late", reads.clone());
        registry.register_with_unit(
            "read_duration",
            "Time that a read of the table took, in seconds",
            Unit::Seconds,
            read_duration.clone(),
        );
        registry.register("connections", "Connections of visitors that are open", connections.clone());
        Self { registry: Arc::new(registry), pages, reads, read_duration, connections }
    }

    /// The whole in OpenMetrics' text format, which Prometheus reads.
    ///
    /// # Errors
    /// None in practice: a string takes all that is written to it.
    pub(super) fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// A request was answered with `page`.
    pub(super) fn answered(&self, page: Page) {
        self.pages.get_or_create(&PageLabels { page: Shown(page) }).inc();
    }

    /// A read of the table came to its end after `duration`.
    pub(super) fn read_ended(&self, outcome: ReadResult, duration: Duration) {
        self.reads.get_or_create(&ReadLabels { outcome: Shown(outcome) }).inc();
        self.read_duration.observe(duration.as_secs_f64());
    }

    /// A connection is open from now until what is returned is dropped.
    pub(super) fn connected(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_seen_is_counted_as_zero_and_what_was_is_counted() {
        let metrics = Metrics::new();
        let has = |line: &str| metrics.encode().unwrap().lines().any(|found| found == line);
        assert!(has(r#"shopwright_front_pages_total{page="method_not_allowed"} 0"#));
        assert!(has(r#"shopwright_front_reads_total{outcome="late"} 0"#));
        metrics.answered(Page::Unknown);
        metrics.read_ended(ReadResult::Done, Duration::from_millis(500));
        assert!(has(r#"shopwright_front_pages_total{page="unknown"} 1"#));
        assert!(has(r#"shopwright_front_reads_total{outcome="done"} 1"#));
        assert!(has("shopwright_front_read_duration_seconds_sum 0.5"));
        let open = metrics.connected();
        assert!(has("shopwright_front_connections 1"));
        drop(open);
        assert!(has("shopwright_front_connections 0"));
    }
}
