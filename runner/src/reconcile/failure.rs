//! From what went wrong in a step to what a person gets to read.

use std::time::Duration;

use domain::{
    provisioning::{
        event::Event,
        failure::{Cleanup, Failure, FailureCode},
        step::Step,
    },
    values::kept_text,
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
    /// The store was taken up too often without coming to an end.
    #[error("Runners took the store up {attempts} times, and each was gone before it was done")]
    Exhausted {
        /// How often a store may be taken up.
        attempts: u32,
    },
}

/// An operation failed, and was not taken back in time either: it is for later.
#[derive(Debug, thiserror::Error)]
#[error("an operation failed: {error}; and could not be taken back: {trouble}")]
pub struct HalfDone {
    /// Why it failed.
    pub(crate) error: StepError,
    /// Why it was not taken back.
    pub(crate) trouble: StepError,
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
        let code = self.code();
        let message = with_advice(&self.error, advice(code));
        let event = Event::failed(self.step, message.clone(), self.after);
        (Failure { step: self.step, code, message, at: event.at, cleanup }, event)
    }
}

impl StepFailure {
    /// Whatever goes wrong in a deletion is a failed clean-up, but for what is no matter of the deletion.
    fn code(&self) -> FailureCode {
        let code = self.error.code();
        let of_its_own = [
            FailureCode::NamespaceConflict,
            FailureCode::AttemptsExhausted,
            FailureCode::AdmissionUnavailable,
        ];
        if self.step == Step::DeleteNamespace && !of_its_own.contains(&code) {
            FailureCode::CleanupFailed
        } else {
            code
        }
    }
}

impl StepError {
    /// The kind of failure that it is.
    #[must_use]
    pub fn code(&self) -> FailureCode {
        match self {
            Self::Exhausted { .. } => FailureCode::AttemptsExhausted,
            Self::Cluster(ClusterError::Conflict { .. }) => FailureCode::NamespaceConflict,
            Self::Cluster(ClusterError::Quota { .. }) => FailureCode::QuotaExceeded,
            Self::Cluster(ClusterError::Failed { diagnosis, .. })
            | Self::Deadline { trouble: Some(Trouble::NotReady(diagnosis)), .. } => diagnosis.code,
            Self::Cluster(
                ClusterError::NamespaceGone { .. }
                | ClusterError::Missing { .. }
                | ClusterError::Vanished { .. },
            ) => FailureCode::ObjectDeleted,
            Self::Cluster(ClusterError::Refused { .. }) => FailureCode::ClusterRefused,
            Self::Cluster(ClusterError::NoPod { .. }) => FailureCode::PodNotFound,
            Self::Cluster(ClusterError::NoLog { .. }) => FailureCode::LogUnavailable,
            Self::Cluster(ClusterError::Command { .. }) => FailureCode::CommandFailed,
            Self::Deadline { trouble: Some(Trouble::Unreachable(_)), .. } => FailureCode::ClusterUnreachable,
            Self::Deadline { trouble: Some(Trouble::Refused(_)), .. } => FailureCode::ClusterRefused,
            Self::Deadline { trouble: Some(Trouble::Admission { .. }), .. } => {
                FailureCode::AdmissionUnavailable
            }
            Self::Deadline { trouble: None, .. } => FailureCode::DeadlineExceeded,
        }
    }
}

/// What went wrong, however long that is, and what can be done.
pub(crate) fn with_advice(error: &StepError, advice: &str) -> String {
    let room = kept_text::SENTENCE.saturating_sub(advice.len() + 2);
    let sentence = kept_text::within(room, error.to_string());
    // What a script or a webhook says may be a whole sentence.
    format!("{}. {advice}", sentence.trim_end_matches('.'))
}

fn late(limit: Duration, trouble: Option<&Trouble>) -> String {
    let seconds = limit.as_secs();
    match trouble {
        Some(Trouble::Unreachable(reason)) => {
            format!("The Kubernetes API did not answer as it should within {seconds} s: {reason}")
        }
        Some(Trouble::Refused(reason)) => {
            format!("The Kubernetes API refused it again and again for {seconds} s: {reason}")
        }
        Some(Trouble::Admission { webhook, reason }) => format!(
            "The cluster admits nothing without its webhook {webhook}, which failed again and again for \
             {seconds} s: {reason}"
        ),
        Some(Trouble::NotReady(diagnosis)) => {
            format!("It was not done within {seconds} s: {}", diagnosis.message)
        }
        None => format!("It was not done within {seconds} s"),
    }
}

/// What a person can do about it.
pub(crate) fn advice(code: FailureCode) -> &'static str {
    match code {
        FailureCode::ImagePullFailed => {
            "Check the image's name, that it is where the nodes can pull it, and the pull policy."
        }
        FailureCode::Unschedulable => "Add room to the cluster, or check the storage class.",
        FailureCode::CrashLoop => "Its last words say why; look at its image and its settings.",
        FailureCode::ContainerConfigInvalid => "Check that the store's secrets are whole.",
        FailureCode::PodRefused => "Compare the cluster's admission rules with the store's manifests.",
        FailureCode::DeadlineExceeded => "Look at the pods of that step, then retry the store.",
        FailureCode::ClusterUnreachable => "Check the API server, then retry the store.",
        FailureCode::AdmissionUnavailable => {
            "Have the service behind that webhook answer again, or remove the webhook's configuration, and try \
             the store again."
        }
        FailureCode::ClusterRefused => {
            "Compare the runner's rights and the cluster's admission rules with its manifests."
        }
        FailureCode::NamespaceConflict => "Remove what is in the way, or choose another name.",
        FailureCode::ObjectDeleted => "Find out who deletes what is the store's, and try the store again.",
        FailureCode::QuotaExceeded => "Raise the store's quota, or ask for less.",
        FailureCode::SecretsUnavailable => {
            "Check that the store's secrets lie where SECRET_STORE and SECRET_PATH say, and what their values may \
             be, and try it again."
        }
        FailureCode::SetupJobFailed => "Read the last lines of the setup job's log, then retry the store.",
        FailureCode::CleanupFailed => "Remove what the namespace waits for, and delete the store again.",
        FailureCode::CommandFailed => "Look at what it says, and at the container's log.",
        FailureCode::PodNotFound => "Look whether the component has been deployed, and why it has no pods.",
        FailureCode::WorkloadStopped => "Scale it up, or let it go on, and try it again.",
        FailureCode::CertificatePending => {
            "Look at the Certificate in the store's namespace and at its issuer, or don't set \
             CERTIFICATE_REQUIRED."
        }
        FailureCode::LogUnavailable => "Ask again once the container has begun.",
        FailureCode::ShopBusy => "Ask for it again later, or with the guard none.",
        FailureCode::Replaced | FailureCode::StoreDeleted => "There is nothing left to do.",
        FailureCode::Other => "See the documents of the release that wrote it.",
        FailureCode::RouteRefused => {
            "Look at the Gateway's listeners (kubectl describe gateway), then retry the store."
        }
        FailureCode::UpgradeRefused => "Mend that, and ask for it again.",
        FailureCode::UpgradeFailed => {
            "The shop's database may have been changed already, so it is closed. Try the store again, or upgrade it to \
             an image that can go on from there."
        }
        FailureCode::AttemptsExhausted => "Look at the runner's log, then retry the store.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Diagnosis;

    fn failure(error: StepError, step: Step) -> Failure {
        StepFailure { step, error, after: Duration::ZERO }.record(Cleanup::Pending).0
    }

    #[test]
    fn a_deadline_tells_an_absent_cluster_from_a_slow_workload() {
        let limit = Duration::from_secs(300);
        let late = |trouble| failure(StepError::Deadline { limit, trouble }, Step::WaitMysql);
        let absent = late(Some(Trouble::Unreachable("connection refused".into())));
        assert_eq!(absent.code, FailureCode::ClusterUnreachable);
        let trouble = Diagnosis::new(FailureCode::Unschedulable, "no node takes pod mysql-1");
        let slow = late(Some(Trouble::NotReady(trouble)));
        assert_eq!(slow.code, FailureCode::Unschedulable);
        assert!(slow.message.contains("300 s") && slow.message.contains("no node takes pod mysql-1"));
        assert_eq!(late(None).code, FailureCode::DeadlineExceeded);
        let refused = late(Some(Trouble::Refused("the object has been modified".into())));
        assert_eq!(refused.code, FailureCode::ClusterRefused);
    }

    #[test]
    fn what_is_a_whole_sentence_already_gets_no_second_stop() {
        for message in ["nothing was changed.", "nothing was changed"] {
            let diagnosis = Diagnosis::new(FailureCode::SetupJobFailed, message);
            let (kind, name) = ("Job".to_owned(), "setup".to_owned());
            let sentence = with_advice(&ClusterError::Failed { kind, name, diagnosis }.into(), "Try again.");
            assert_eq!(sentence, "Job setup failed: nothing was changed. Try again.");
        }
    }

    #[test]
    fn a_webhook_that_fails_is_named_whatever_was_asked_for() {
        let trouble =
            Trouble::Admission { webhook: "guard.example".into(), reason: "connection refused".into() };
        for step in [Step::CreateQuota, Step::DeleteNamespace] {
            let limit = Duration::from_secs(300);
            let failure = failure(StepError::Deadline { limit, trouble: Some(trouble.clone()) }, step);
            assert_eq!(failure.code, FailureCode::AdmissionUnavailable, "{step}");
            assert!(failure.message.contains("webhook guard.example"), "{}", failure.message);
        }
    }

    #[test]
    fn of_however_long_an_error_the_record_keeps_both_ends_and_the_advice() {
        for message in ["x".repeat(32_768), "é".repeat(500_000), "𝄞".repeat(2_500)] {
            let refused = || ClusterError::Refused {
                verb: "create",
                kind: "Job".into(),
                name: "setup".into(),
                message: format!("{message} the cause"),
            };
            let limit = Duration::from_secs(300);
            let unreachable = Trouble::Unreachable(format!("{message} the cause"));
            let late = StepError::Deadline { limit, trouble: Some(unreachable) };
            for error in [refused().into(), late] {
                let begins = error.to_string().chars().take(30).collect::<String>();
                let step_failure = StepFailure { step: Step::SetupWoocommerce, error, after: Duration::ZERO };
                let (failure, event) = step_failure.record(Cleanup::Pending);
                assert!(failure.message.len() <= kept_text::SENTENCE, "{}", failure.message.len());
                assert!(failure.message.starts_with(&begins), "{}", failure.message);
                let advice = advice(failure.code);
                assert!(failure.message.ends_with(&format!("the cause. {advice}")), "{}", failure.message);
                assert_eq!(event.message, failure.message);
            }
            let ended = crate::operations::failure(&refused().into());
            assert!(ended.message.len() <= kept_text::SENTENCE, "{}", ended.message.len());
            assert!(
                ended.message.ends_with("the cause. Mend that, and ask for it again."),
                "{}",
                ended.message
            );
        }
    }

    #[test]
    fn whatever_goes_wrong_in_a_deletion_is_a_failed_clean_up() {
        let diagnosis = || Diagnosis::new(FailureCode::SetupJobFailed, "no");
        let failed =
            || ClusterError::Failed { kind: "Job".into(), name: "setup".into(), diagnosis: diagnosis() };
        assert_eq!(failure(failed().into(), Step::SetupWoocommerce).code, FailureCode::SetupJobFailed);
        assert_eq!(failure(failed().into(), Step::DeleteNamespace).code, FailureCode::CleanupFailed);
    }
}
