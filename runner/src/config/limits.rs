//! The limits of a runner's work.

use std::time::Duration;

use clap::Args;
use domain::operation::ExclusiveKind;

/// How long releasing everything may take, once the grace of a shutdown is over.
pub const RELEASE_LIMIT: Duration = Duration::from_secs(5);
/// How long an answer of the endpoints that is under way may take once the process ends.
pub const ENDPOINTS_GRACE: Duration = Duration::from_secs(1);

/// How long after its deadline an inquiry is still held: its end is to be written in that time.
const INQUIRY_MARGIN: Duration = Duration::from_secs(5);

/// How long an image that can't be pulled is waited for where nobody says, in seconds: a kubelet tries again
/// after 10, 20 and 40.
pub(super) const IMAGE_PULL_GRACE: u64 = 60;

/// How long a workload may take before its pods are checked where nobody says, in seconds.
const POD_CHECK_INTERVAL: u64 = 3;

/// How much at once, how long, how often.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// How many stores are worked on at the same time; in production 5
    #[arg(
        long,
        env = "SLOTS",
        default_value = "3",
        default_value_if("profile", "production", "5"),
        value_parser = at_least_one
    )]
    pub slots: usize,

    /// How long a runner holds a store without a sign of life, in seconds: the longest that a store
    /// waits for another runner after one has died
    #[arg(long, env = "LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=600))]
    pub lease_seconds: u64,

    /// How long all steps of a provisioning may take together, in seconds
    #[arg(long, env = "PROVISION_DEADLINE_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    pub provision_deadline_seconds: u64,

    /// How long a namespace may take to go, in seconds
    #[arg(long, env = "TEARDOWN_DEADLINE_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    pub teardown_deadline_seconds: u64,

    /// How long an operation on a store that is up may take, but for an upgrade, in seconds
    #[arg(long, env = "OPERATION_DEADLINE_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    pub operation_deadline_seconds: u64,

    /// How long an upgrade of a store may take, in seconds: the changes of a large shop's database are most of it. At its
    /// end it is stopped, and the shop is closed if its database may have been changed
    #[arg(long, env = "UPGRADE_DEADLINE_SECONDS", default_value_t = 1800, value_parser = clap::value_parser!(u64).range(1..))]
    pub upgrade_deadline_seconds: u64,

    /// How long a shop must have had no order and no checkout before what waits for a quiet moment begins, in seconds
    #[arg(long, env = "ORDER_GUARD_QUIET_SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub order_guard_quiet_seconds: u64,

    /// How long such a moment is waited for from the request on, in seconds; then the operation fails, and has changed
    /// nothing
    #[arg(long, env = "ORDER_GUARD_WAIT_SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(0..=86400))]
    pub order_guard_wait_seconds: u64,

    /// How often a shop is asked meanwhile, in seconds
    #[arg(long, env = "ORDER_GUARD_LOOK_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub order_guard_look_seconds: u64,

    /// How long a read-only operation on a store may take, in seconds
    #[arg(long, env = "INQUIRY_DEADLINE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub inquiry_deadline_seconds: u64,

    /// How long a workload may take before its pods are checked, and how often then, in seconds; 3 unless set
    #[arg(long, env = "POD_CHECK_INTERVAL_SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub pod_check_interval_seconds: Option<u64>,

    /// The old name of POD_CHECK_INTERVAL_SECONDS, which wins over it
    #[arg(long, env = "LOOK_AFTER_SECONDS", hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub look_after_seconds: Option<u64>,

    /// How long an image that can't be pulled is waited for, in seconds; one that is not there, or not for
    /// this cluster, fails a store at once. Less than PROVISION_DEADLINE_SECONDS
    #[arg(long, env = "IMAGE_PULL_GRACE_SECONDS", default_value_t = IMAGE_PULL_GRACE, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub image_pull_grace_seconds: u64,

    /// How often a store may be taken up without an end before it fails: a store that kills its
    /// runner again and again must not do so for ever
    #[arg(long, env = "MAX_ATTEMPTS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_attempts: u32,

    /// How often a store is checked again whose namespace could not be deleted, in seconds: once that is
    /// gone, its deletion comes to its end
    #[arg(long, env = "CLEANUP_RETRY_SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub cleanup_retry_seconds: u64,

    /// How often a sweep for overdue stores is made, in seconds
    #[arg(long, env = "SWEEP_INTERVAL_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub sweep_interval_seconds: u64,

    /// How often a scan for namespaces of stores that are gone is made, in seconds; a hundred at a time
    #[arg(long, env = "ORPHAN_INTERVAL_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub orphan_interval_seconds: u64,

    /// How old such a namespace must be to be removed, in seconds
    #[arg(long, env = "ORPHAN_AGE_SECONDS", default_value_t = 300)]
    pub orphan_age_seconds: u64,

    /// How often a health sweep of all stores is made, in seconds. One runner does so for all of them
    #[arg(long, env = "HEALTH_INTERVAL_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub health_interval_seconds: u64,

    /// How often each running shop is asked for its pages, in seconds, where RUNNER_NAMESPACE is set
    #[arg(long, env = "PAGE_CHECK_INTERVAL_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub page_check_interval_seconds: u64,

    /// How long running work may go on after SIGTERM before it is released, in seconds
    #[arg(long, env = "SHUTDOWN_GRACE_SECONDS", default_value_t = 20)]
    pub shutdown_grace_seconds: u64,

    /// Leave the namespace of a failed store as it is, for inspection
    #[arg(long, env = "KEEP_FAILED")]
    pub keep_failed: bool,
}

impl Limits {
    /// How long a lease lasts, and with it the visibility of its message.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// How long all steps of a provisioning may take together.
    #[must_use]
    pub fn provision_deadline(&self) -> Duration {
        Duration::from_secs(self.provision_deadline_seconds)
    }

    /// How long a namespace may take to go.
    #[must_use]
    pub fn teardown_deadline(&self) -> Duration {
        Duration::from_secs(self.teardown_deadline_seconds)
    }

    /// How long an operation of this kind may take.
    #[must_use]
    pub fn operation_deadline(&self, kind: ExclusiveKind) -> Duration {
        let is_upgrade = kind == ExclusiveKind::Upgrade;
        let seconds =
            if is_upgrade { self.upgrade_deadline_seconds } else { self.operation_deadline_seconds };
        Duration::from_secs(seconds)
    }

    /// How long it may take to take back what was done of an operation that failed.
    #[must_use]
    pub fn undo_deadline(&self) -> Duration {
        Duration::from_secs(self.operation_deadline_seconds)
    }

    /// How long a shop must have had no order and no checkout.
    #[must_use]
    pub fn order_guard_quiet(&self) -> Duration {
        Duration::from_secs(self.order_guard_quiet_seconds)
    }

    /// How long that is waited for from the request on.
    #[must_use]
    pub fn order_guard_wait(&self) -> Duration {
        Duration::from_secs(self.order_guard_wait_seconds)
    }

    /// How long it takes from one look to the next.
    #[must_use]
    pub fn order_guard_look(&self) -> Duration {
        Duration::from_secs(self.order_guard_look_seconds)
    }

    /// How long a read-only operation on a store may take.
    #[must_use]
    pub fn read_only_deadline(&self) -> Duration {
        Duration::from_secs(self.inquiry_deadline_seconds)
    }

    /// How long a runner holds an inquiry, and hides its message: longer than it takes.
    #[must_use]
    pub fn read_only_lease(&self) -> Duration {
        self.read_only_deadline() + INQUIRY_MARGIN
    }

    /// How long a workload may take before its pods are checked, and how often then.
    #[must_use]
    pub fn pod_check_interval(&self) -> Duration {
        Duration::from_secs(
            self.pod_check_interval_seconds.or(self.look_after_seconds).unwrap_or(POD_CHECK_INTERVAL),
        )
    }

    /// How often a store is checked again whose namespace could not be deleted.
    #[must_use]
    pub fn cleanup_retry(&self) -> Duration {
        Duration::from_secs(self.cleanup_retry_seconds)
    }

    /// How long an image that can't be pulled is waited for.
    #[must_use]
    pub fn image_pull_grace(&self) -> Duration {
        Duration::from_secs(self.image_pull_grace_seconds)
    }

    /// How often a sweep for overdue stores is made.
    #[must_use]
    pub fn sweep_interval(&self) -> Duration {
        Duration::from_secs(self.sweep_interval_seconds)
    }

    /// How often a scan for namespaces of stores that are gone is made.
    #[must_use]
    pub fn orphan_interval(&self) -> Duration {
        Duration::from_secs(self.orphan_interval_seconds)
    }

    /// How old such a namespace must be to be removed.
    #[must_use]
    pub fn orphan_age(&self) -> Duration {
        Duration::from_secs(self.orphan_age_seconds)
    }

    /// How often a health sweep of all stores is made.
    #[must_use]
    pub fn health_interval(&self) -> Duration {
        Duration::from_secs(self.health_interval_seconds)
    }

    /// How often each running shop is asked for its pages.
    #[must_use]
    pub fn page_check_interval(&self) -> Duration {
        Duration::from_secs(self.page_check_interval_seconds)
    }

    /// How long ago the runner may have reached a peer and still count as ready: a minute, or where
    /// sweeps are so rare that a minute may have none, the time of two of them.
    #[must_use]
    pub fn ready_window(&self) -> Duration {
        (2 * self.sweep_interval()).max(Duration::from_secs(60))
    }

    /// How long running work may go on after SIGTERM.
    #[must_use]
    pub fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_seconds)
    }

    /// How long the process takes at most from SIGTERM to its end.
    #[must_use]
    pub fn shutdown_limit(&self) -> Duration {
        self.shutdown_grace() + RELEASE_LIMIT + ENDPOINTS_GRACE
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::config::Config;

    fn limits(flags: &[&str]) -> Limits {
        let command = ["runner", "--table-name", "stores", "--queue-url", "http://sqs.test/jobs"];
        Config::try_parse_from([&command, flags].concat()).unwrap().limits
    }

    #[test]
    fn a_runner_that_sweeps_rarely_is_still_ready_between_two_sweeps() {
        let window = |seconds| limits(&["--sweep-interval-seconds", seconds]).ready_window().as_secs();
        assert_eq!((window("1"), window("30"), window("300")), (60, 60, 600));
    }

    #[test]
    fn the_old_name_of_the_pod_check_interval_works_where_the_new_one_is_not_set() {
        let interval = |flags: &[&str]| limits(flags).pod_check_interval().as_secs();
        assert_eq!(interval(&[]), 3);
        assert_eq!(interval(&["--look-after-seconds", "7"]), 7);
        assert_eq!(interval(&["--look-after-seconds", "7", "--pod-check-interval-seconds", "5"]), 5);
    }

    #[test]
    fn production_works_on_more_stores_at_once() {
        let production =
            ["--profile", "production", "--store-domain", "shops.example", "--store-image", "store:1"];
        assert_eq!((limits(&[]).slots, limits(&production).slots), (3, 5));
        assert_eq!(limits(&[&production[..], &["--slots", "2"]].concat()).slots, 2);
    }
}
