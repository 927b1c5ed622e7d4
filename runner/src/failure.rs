//! From what went wrong in a step to what a person gets to read.

use std::time::Duration;

use domain::{
    event::Event,
    failure::{Cleanup, Failure, FailureCode},
    step::Step,
};

use crate::cluster::{ClusterError, Trouble};

/// Why a step failed for good.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The cluster said no.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Time ran out.
    #[error("{}", late(*.limit, .trouble.as_ref()))]
    Deadline {
        /// How long all steps together may take.
        limit: Duration,
        /// What stood in the way when it did.
        trouble: Option<Trouble>,
    },
}

/// A step that failed for good.
#[derive(Debug, thiserror::Error)]
#[error("step {step} failed: {error}")]
pub struct StepFailure {
    /// Which.
    pub step: Step,
    /// Why.
    pub error: StepError,
    /// How long it had run.
    pub after: Duration,
}

impl StepFailure {
    /// What the store's record says of it, and what its timeline does.
    #[must_use]
    pub fn record(&self, cleanup: Cleanup) -> (Failure, Event) {
        let code = self.error.code(self.step);
        let message = format!("{}. {}", self.error, advice(code));
        let event = Event::failed(self.step, message.clone(), self.after);
        (Failure { step: self.step, code, message, at: event.at, cleanup }, event)
    }
}

impl StepError {
    fn code(&self, step: Step) -> FailureCode {
        match (self, step) {
            (Self::Cluster(ClusterError::Conflict { .. }), _) => FailureCode::NamespaceConflict,
            (_, Step::DeleteNamespace) => FailureCode::CleanupFailed,
            (Self::Cluster(ClusterError::Quota { .. }), _) => FailureCode::QuotaExceeded,
            (Self::Cluster(ClusterError::Failed { .. }), Step::SetupWoocommerce) => {
                FailureCode::SetupJobFailed
            }
            (
                Self::Cluster(
                    ClusterError::Failed { .. }
                    | ClusterError::Refused { .. }
                    | ClusterError::Vanished { .. },
                ),
                _,
            ) => FailureCode::ClusterRefused,
            (Self::Deadline { trouble: Some(Trouble::Unreachable(_)), .. }, _) => {
                FailureCode::ClusterUnreachable
            }
            (Self::Deadline { .. }, _) => FailureCode::DeadlineExceeded,
        }
    }
}

fn late(limit: Duration, trouble: Option<&Trouble>) -> String {
    let seconds = limit.as_secs();
    match trouble {
        Some(Trouble::Unreachable(reason)) => {
            format!("The Kubernetes API did not answer as it should within {seconds} s: {reason}")
        }
        Some(Trouble::NotReady(reason)) => format!("It was not done within {seconds} s: {reason}"),
        None => format!("It was not done within {seconds} s"),
    }
}

/// What a person can do about it.
fn advice(code: FailureCode) -> &'static str {
    match code {
        FailureCode::DeadlineExceeded => {
            "Look at the pods of that step, and delete and create the store again."
        }
        FailureCode::ClusterUnreachable => "Check the API server, and delete and create the store again.",
        FailureCode::ClusterRefused => {
            "Compare the runner's rights and the cluster's admission rules with its manifests."
        }
        FailureCode::NamespaceConflict => "Remove what is in the way, or choose another name.",
        FailureCode::QuotaExceeded => "Raise the store's quota, or ask for less.",
        FailureCode::SetupJobFailed => {
            "Read the setup job's last words, and delete and create the store again."
        }
        FailureCode::CleanupFailed => "Remove what the namespace waits for, and delete the store again.",
        FailureCode::AttemptsExhausted => "Look at the runner's log, and delete and create the store again.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(error: StepError, step: Step) -> Failure {
        StepFailure { step, error, after: Duration::ZERO }.record(Cleanup::Pending).0
    }

    #[test]
    fn a_deadline_tells_an_absent_cluster_from_a_slow_workload() {
        let limit = Duration::from_secs(300);
        let late = |trouble| failure(StepError::Deadline { limit, trouble }, Step::WaitMysql);
        let absent = late(Some(Trouble::Unreachable("connection refused".into())));
        assert_eq!(absent.code, FailureCode::ClusterUnreachable);
        let slow = late(Some(Trouble::NotReady("0 of 1 pods are available".into())));
        assert_eq!(slow.code, FailureCode::DeadlineExceeded);
        assert!(slow.message.contains("300 s") && slow.message.contains("0 of 1 pods"));
    }

    #[test]
    fn a_failed_job_is_the_setups_failure_only_in_its_step() {
        let failed =
            || ClusterError::Failed { kind: "Job".into(), name: "setup".into(), message: "no".into() };
        assert_eq!(failure(failed().into(), Step::SetupWoocommerce).code, FailureCode::SetupJobFailed);
        assert_eq!(failure(failed().into(), Step::WaitMysql).code, FailureCode::ClusterRefused);
        assert_eq!(failure(failed().into(), Step::DeleteNamespace).code, FailureCode::CleanupFailed);
    }
}
