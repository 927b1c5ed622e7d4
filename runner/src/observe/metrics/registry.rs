//! What metrics are called, and from when on they are there.

use domain::{queue::job::JobKind, store::status::Status};
use prometheus_client::{
    metrics::info::Info,
    registry::{Registry, Unit},
};
use strum::VariantArray as _;

use super::retry_cause::RetryCause;
use super::{
    Metrics,
    labels::{
        JobLabels, JobResult, LoopLabels, LoopOutcome, MessageFault, MessageLabels, PageLabels, PageOutcome,
        RetryLabels, Shown, TransitionLabels,
    },
};

/// The statuses that a runner writes. The others are written by the API's functions.
const WRITTEN: [Status; 3] = [Status::Ready, Status::Failed, Status::Deleted];

impl Metrics {
    /// The one list of names and helps. The registry puts the prefix in front, and behind it the unit
    /// and, of a counter, `_total`; and a full stop behind each help.
    pub(super) fn register(&self) -> Registry {
        let Self {
            registry: _,
            slots,
            active_slots,
            jobs,
            queue_delay,
            invalid_messages,
            steps,
            retries,
            lease_losses,
            transitions,
            sweeps,
            swept_jobs,
            orphan_looks,
            orphans,
            health_passes,
            health_pass_duration,
            health_changes,
            health_refusals,
            page_checks,
            page_check_duration,
            stores,
        } = self;
        let mut shopwright = Registry::with_prefix("shopwright");
        shopwright.register(
            "store_transitions",
            "Stores that this runner has brought into a status, by that status",
            transitions.clone(),
        );
        shopwright.register(
            "stores",
            "Stores that are up, by health, as the last health sweep saw them; given by the runner that makes the sweeps",
            stores.clone(),
        );
        let runner = shopwright.sub_registry_with_prefix("runner");
        runner.register(
            "build",
            "The version of this runner; always 1",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        runner.register("slots", "How many stores are worked on at the same time at most", slots.clone());
        runner.register("active_slots", "How many messages are worked on now", active_slots.clone());
        runner.register(
            "jobs",
            "Messages that were worked on, by task and outcome: done for good, for later (another runner \
             is at the store, or this one ends), or for later because of an error",
            jobs.clone(),
        );
        runner.register_with_unit(
            "queue_delay",
            "Time from when a message was sent until it was received for the first time, in seconds",
            Unit::Seconds,
            queue_delay.clone(),
        );
        runner.register(
            "invalid_messages",
            "Messages that are no job of this version, by reason, counted when first received",
            invalid_messages.clone(),
        );
        runner.register_with_unit(
            "step_duration",
            "Time that a step took until its outcome, in seconds; steps that were stopped half-way are \
             not among them",
            Unit::Seconds,
            steps.clone(),
        );
        runner.register(
            "request_retries",
            "Requests to the Kubernetes API that were tried again, by cause",
            retries.clone(),
        );
        runner.register(
            "lease_losses",
            "Times that this runner was stopped at a store because its lease on it was lost",
            lease_losses.clone(),
        );
        runner.register("sweeps", "Looks for overdue stores, by outcome", sweeps.clone());
        runner.register(
            "swept_jobs",
            "Jobs that sweeps have sent again because their store was overdue",
            swept_jobs.clone(),
        );
        runner.register(
            "orphan_looks",
            "Looks for namespaces of stores that are gone, by outcome",
            orphan_looks.clone(),
        );
        runner.register(
            "orphans_removed",
            "Namespaces of stores that are gone which this runner found and removed",
            orphans.clone(),
        );
        runner.register(
            "health_passes",
            "Passes over the health of all stores that this runner made, by outcome",
            health_passes.clone(),
        );
        runner.register_with_unit(
            "health_pass_duration",
            "Time that a pass over the health of all stores took, in seconds",
            Unit::Seconds,
            health_pass_duration.clone(),
        );
        runner.register(
            "health_changes",
            "Stores whose health was not as it was written last, and was written anew",
            health_changes.clone(),
        );
        runner.register(
            "health_refusals",
            "Stores whose health the table refused to take, each time that a pass tried to write it",
            health_refusals.clone(),
        );
        runner.register(
            "page_checks",
            "Checks of the pages of shops that this runner made, by outcome: one of a shop it never got a connection \
             to counts as unreachable",
            page_checks.clone(),
        );
        runner.register_with_unit(
            "page_check_duration",
            "Time that a round of checks over all running shops took, in seconds",
            Unit::Seconds,
            page_check_duration.clone(),
        );
        shopwright
    }

    /// Not the durations: a step has many buckets, and there are many steps.
    pub(super) fn start_at_zero(&self) {
        for task in JobKind::all() {
            for &outcome in JobResult::VARIANTS {
                drop(self.jobs.get_or_create(&JobLabels { task: Shown(task), outcome: Shown(outcome) }));
            }
        }
        for &reason in MessageFault::VARIANTS {
            drop(self.invalid_messages.get_or_create(&MessageLabels { reason: Shown(reason) }));
        }
        for &cause in RetryCause::VARIANTS {
            drop(self.retries.get_or_create(&RetryLabels { cause: Shown(cause) }));
        }
        for status in WRITTEN {
            drop(self.transitions.get_or_create(&TransitionLabels { status: Shown(status) }));
        }
        for &outcome in PageOutcome::VARIANTS {
            drop(self.page_checks.get_or_create(&PageLabels { outcome: Shown(outcome) }));
        }
        for &outcome in LoopOutcome::VARIANTS {
            drop(self.sweeps.get_or_create(&LoopLabels { outcome: Shown(outcome) }));
            drop(self.orphan_looks.get_or_create(&LoopLabels { outcome: Shown(outcome) }));
            drop(self.health_passes.get_or_create(&LoopLabels { outcome: Shown(outcome) }));
        }
    }
}
