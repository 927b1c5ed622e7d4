//! What the runner counts and measures, for Prometheus.
//!
//! Every label has a bounded set of values; no store's name or uid is among them: those are for logs.

mod labels;
mod registry;
mod retry_cause;

use std::{fmt, sync::Arc, time::Duration};

use domain::{
    health::{Assessment, AssessmentCounts},
    provisioning::step::Step,
    queue::job::JobError,
    queue::job::JobKind,
    store::transition::Transition,
    table::Fenced,
};
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use strum::VariantArray as _;

pub(crate) use self::labels::Shown;
use self::labels::{
    HealthLabels, JobLabels, LoopLabels, LoopOutcome, MessageFault, MessageLabels, PageLabels, PageOutcome,
    RetryLabels, StepLabels, TransitionLabels,
};
pub use self::{
    labels::{JobResult, StepResult},
    retry_cause::RetryCause,
};

/// Upper bounds of the buckets of all durations, in seconds: from the one request of a quick step to
/// beyond the deadline of a whole provisioning.
const SECONDS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// All metrics of one runner. Its clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    slots: Gauge,
    active_slots: Gauge,
    jobs: Family<JobLabels, Counter>,
    queue_delay: Histogram,
    invalid_messages: Family<MessageLabels, Counter>,
    steps: Family<StepLabels, Histogram, fn() -> Histogram>,
    retries: Family<RetryLabels, Counter>,
    lease_losses: Counter,
    transitions: Family<TransitionLabels, Counter>,
    sweeps: Family<LoopLabels, Counter>,
    swept_jobs: Counter,
    orphan_looks: Family<LoopLabels, Counter>,
    orphans: Counter,
    health_passes: Family<LoopLabels, Counter>,
    health_pass_duration: Histogram,
    health_changes: Counter,
    health_refusals: Counter,
    page_checks: Family<PageLabels, Counter>,
    page_check_duration: Histogram,
    stores: Family<HealthLabels, Gauge>,
}

/// A slot in use, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct BusySlot(Gauge);

impl Drop for BusySlot {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics at zero. What can be counted is there from the start, so that a first increase is
    /// seen as one.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            slots: Gauge::default(),
            active_slots: Gauge::default(),
            jobs: Family::default(),
            queue_delay: durations(),
            invalid_messages: Family::default(),
            steps: Family::new_with_constructor(durations),
            retries: Family::default(),
            lease_losses: Counter::default(),
            transitions: Family::default(),
            sweeps: Family::default(),
            swept_jobs: Counter::default(),
            orphan_looks: Family::default(),
            orphans: Counter::default(),
            health_passes: Family::default(),
            health_pass_duration: durations(),
            health_changes: Counter::default(),
            health_refusals: Counter::default(),
            page_checks: Family::default(),
            page_check_duration: durations(),
            stores: Family::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics.start_at_zero();
        metrics
    }

    /// The whole in OpenMetrics' text format, which Prometheus reads.
    ///
    /// # Errors
    /// None in practice: a string takes all that is written to it.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// The runner works on at most `slots` stores at once.
    pub fn has_slots(&self, slots: usize) {
        self.slots.set(i64::try_from(slots).unwrap_or(i64::MAX));
    }

    /// A message is worked on from now until what is returned is dropped.
    pub fn slot_taken(&self) -> BusySlot {
        self.active_slots.inc();
        BusySlot(self.active_slots.clone())
    }

    /// A message was received for the first time, so long after it was sent.
    pub fn message_received(&self, delay: Duration) {
        self.queue_delay.observe(delay.as_secs_f64());
    }

    /// A message is no job that this build can run.
    pub fn message_refused(&self, error: &JobError) {
        let reason = match error {
            JobError::Malformed(_) => MessageFault::Malformed,
            JobError::Version { .. } => MessageFault::Version,
        };
        self.invalid_messages.get_or_create(&MessageLabels { reason: Shown(reason) }).inc();
    }

    /// The work on a job ended, for now or for good.
    pub fn job_ended(&self, kind: JobKind, result: JobResult) {
        self.jobs.get_or_create(&JobLabels { task: Shown(kind), outcome: Shown(result) }).inc();
    }

    /// A step came to its end after `duration`. A step that is stopped half-way, because its lease is
    /// lost, its store is deleted or the process ends, comes to none.
    pub fn step_ended(&self, step: Step, result: StepResult, duration: Duration) {
        let labels = StepLabels { step: Shown(step), outcome: Shown(result) };
        self.steps.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// A request to the Kubernetes API is tried again.
    pub fn request_retried(&self, cause: RetryCause) {
        self.retries.get_or_create(&RetryLabels { cause: Shown(cause) }).inc();
    }

    /// The runner was stopped at a store; it counts where its lease was lost.
    pub fn stopped(&self, fenced: &Fenced) {
        match fenced {
            Fenced::LeaseLost => self.lease_losses.inc(),
            Fenced::Moved(_) | Fenced::Gone => 0,
        };
    }

    /// A transition was written; it counts where the store's status is another one since.
    pub fn store_moved(&self, transition: &Transition) {
        let status = transition.to().status();
        if status != transition.from() {
            self.transitions.get_or_create(&TransitionLabels { status: Shown(status) }).inc();
        }
    }

    /// A sweep for overdue stores ended, having sent so many jobs.
    pub fn sweep_ended<E>(&self, sent: &Result<usize, E>) {
        self.sweeps.get_or_create(&loop_labels(sent)).inc();
        self.swept_jobs.inc_by(total(sent.as_ref().copied().unwrap_or(0)));
    }

    /// A scan for namespaces that belong to no store ended, having removed so many.
    pub fn orphan_scan_ended<E>(&self, removed: &Result<usize, E>) {
        self.orphan_looks.get_or_create(&loop_labels(removed)).inc();
        self.orphans.inc_by(total(removed.as_ref().copied().unwrap_or(0)));
    }

    /// A health sweep of this runner ended after `duration`.
    pub fn health_sweep_ended<E>(&self, swept: &Result<HealthCounts, E>, duration: Duration) {
        if let Ok(HealthCounts { seen, written, refused }) = swept {
            for &assessment in Assessment::VARIANTS {
                let labels = HealthLabels { health: Shown(assessment) };
                self.stores.get_or_create(&labels).set(seen.of(assessment).into());
            }
            self.health_changes.inc_by(total(*written));
            self.health_refusals.inc_by(total(*refused));
            self.health_pass_duration.observe(duration.as_secs_f64());
        }
        self.health_passes.get_or_create(&loop_labels(swept)).inc();
    }

    /// All running shops were asked for their pages, which took `duration`: so many have them, of so many one failed,
    /// and so many were not reached.
    pub fn pages_checked(&self, [served, failed, unreachable]: [usize; 3], duration: Duration) {
        for (outcome, count) in [
            (PageOutcome::Served, served),
            (PageOutcome::Failed, failed),
            (PageOutcome::Unreachable, unreachable),
        ] {
            self.page_checks.get_or_create(&PageLabels { outcome: Shown(outcome) }).inc_by(total(count));
        }
        self.page_check_duration.observe(duration.as_secs_f64());
    }

    /// Another runner makes the health sweeps, and counts the stores.
    pub fn health_is_swept_elsewhere(&self) {
        self.stores.clear();
    }
}

/// What a health sweep has counted.
#[derive(Clone, Copy, Debug)]
pub struct HealthCounts {
    /// The stores that are up, by assessment.
    pub seen: AssessmentCounts,
    /// How many of them were written.
    pub written: usize,
    /// How many the table refused.
    pub refused: usize,
}

fn loop_labels<T, E>(result: &Result<T, E>) -> LoopLabels {
    let outcome = if result.is_ok() { LoopOutcome::Done } else { LoopOutcome::Error };
    LoopLabels { outcome: Shown(outcome) }
}

fn total(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

#[cfg(test)]
mod tests {
    use domain::store::state::Provisioning;

    use super::*;

    fn has(metrics: &Metrics, line: &str) -> bool {
        metrics.encode().unwrap().lines().any(|found| found == line)
    }

    #[test]
    fn what_was_never_seen_is_counted_as_zero() {
        let metrics = Metrics::new();
        for line in [
            r#"shopwright_store_transitions_total{status="Ready"} 0"#,
            r#"shopwright_runner_jobs_total{task="Teardown",outcome="later"} 0"#,
            r#"shopwright_runner_request_retries_total{cause="server_error"} 0"#,
            "shopwright_runner_lease_losses_total 0",
        ] {
            assert!(has(&metrics, line), "{line} in {}", metrics.encode().unwrap());
        }
    }

    #[test]
    fn a_slot_is_active_until_its_work_ends() {
        let metrics = Metrics::new();
        metrics.has_slots(3);
        let busy = metrics.slot_taken();
        assert!(has(&metrics, "shopwright_runner_active_slots 1"));
        drop(busy);
        assert!(has(&metrics, "shopwright_runner_active_slots 0"));
        assert!(has(&metrics, "shopwright_runner_slots 3"));
    }

    #[test]
    fn a_duration_is_reported_in_seconds_by_step_and_outcome() {
        let metrics = Metrics::new();
        metrics.step_ended(Step::WaitMysql, StepResult::Done, Duration::from_millis(1500));
        let labels = r#"step="wait_mysql",outcome="done""#;
        let name = "shopwright_runner_step_duration_seconds";
        assert!(has(&metrics, &format!("{name}_sum{{{labels}}} 1.5")));
        let bucket = |bound, count| format!(r#"{name}_bucket{{le="{bound}",{labels}}} {count}"#);
        assert!(has(&metrics, &bucket("1.0", 0)) && has(&metrics, &bucket("2.5", 1)));
    }

    #[test]
    fn only_another_status_is_a_transition_and_only_a_lost_lease_a_loss() {
        let metrics = Metrics::new();
        metrics.store_moved(&Provisioning::new().begin(Step::CreateNamespace));
        metrics.stopped(&Fenced::Gone);
        assert!(has(&metrics, "shopwright_runner_lease_losses_total 0"));
        let text = metrics.encode().unwrap();
        assert!(!text.contains(r#"shopwright_store_transitions_total{status="Provisioning"}"#), "{text}");

        metrics.store_moved(
            &Provisioning::new().ready(String::new(), domain::values::timestamp::Timestamp::now()),
        );
        metrics.stopped(&Fenced::LeaseLost);
        assert!(has(&metrics, r#"shopwright_store_transitions_total{status="Ready"} 1"#));
        assert!(has(&metrics, "shopwright_runner_lease_losses_total 1"));
    }

    #[test]
    fn a_duration_says_its_unit_in_its_name_and_its_help() {
        let text = Metrics::new().encode().unwrap();
        let histograms =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" histogram"));
        for name in histograms {
            assert!(name.ends_with("_seconds"), "{name}");
            let help = text.lines().find_map(|line| line.strip_prefix(&format!("# HELP {name} ")));
            assert!(help.is_some_and(|help| help.contains("in seconds")), "{name}");
        }
    }
}
