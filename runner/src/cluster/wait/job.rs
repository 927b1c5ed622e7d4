//! When a Job is done.

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::batch::v1::Job;

use super::state::WaitState;
use crate::cluster::diagnosis::Diagnosis;

/// Whether the Job of an upgrade came to its end.
#[must_use]
pub(crate) fn upgraded(job: &Job) -> WaitState {
    match complete(job) {
        WaitState::Failed(Diagnosis { code: FailureCode::SetupJobFailed, message }) => {
            WaitState::Failed(Diagnosis::new(FailureCode::UpgradeFailed, message))
        }
        other => other,
    }
}

/// Whether a Job has come to an end, whichever that is.
#[must_use]
pub fn has_ended(job: &Job) -> bool {
    let mut conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| {
        condition.status == "True" && ["Complete", "Failed"].contains(&condition.type_.as_str())
    })
}

/// Whether a Job came to its end.
#[must_use]
pub fn complete(job: &Job) -> WaitState {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    for condition in conditions.filter(|condition| condition.status == "True") {
        match condition.type_.as_str() {
            "Complete" => return WaitState::Done,
            "Failed" => {
                let reason = condition.message.as_deref().or(condition.reason.as_deref());
                let reason = reason.unwrap_or("it gives no reason");
                return WaitState::Failed(Diagnosis::new(FailureCode::SetupJobFailed, reason));
            }
            _ => {}
        }
    }
    let spec = job.spec.as_ref();
    if spec.and_then(|spec| spec.suspend).unwrap_or(false)
        || spec.and_then(|spec| spec.parallelism) == Some(0)
    {
        let message = "it is suspended, so it has no pods";
        return WaitState::Failed(Diagnosis::new(FailureCode::WorkloadStopped, message));
    }
    let failed = job.status.as_ref().and_then(|status| status.failed).unwrap_or(0);
    let message = format!("the job is not complete, {failed} of its pods failed");
    WaitState::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::{JobCondition, JobSpec, JobStatus};

    use super::*;

    fn code(verdict: &WaitState) -> Option<FailureCode> {
        match verdict {
            WaitState::Failed(diagnosis) => Some(diagnosis.code),
            WaitState::Waiting(_) | WaitState::Done => None,
        }
    }

    #[test]
    fn a_job_that_is_suspended_is_not_waited_for() {
        let job = |spec: JobSpec| complete(&Job { spec: Some(spec), ..Job::default() });
        for spec in [
            JobSpec { suspend: Some(true), ..JobSpec::default() },
            JobSpec { parallelism: Some(0), ..JobSpec::default() },
        ] {
            assert_eq!(code(&job(spec)), Some(FailureCode::WorkloadStopped));
        }
        assert!(matches!(job(JobSpec::default()), WaitState::Waiting(_)));
    }

    #[test]
    fn a_job_ends_complete_or_failed() {
        let job = |type_: &str, status: &str| Job {
            status: Some(JobStatus {
                conditions: Some(vec![JobCondition {
                    type_: type_.into(),
                    status: status.into(),
                    message: Some("BackoffLimitExceeded".into()),
                    ..JobCondition::default()
                }]),
                ..JobStatus::default()
            }),
            ..Job::default()
        };
        assert_eq!(complete(&job("Complete", "True")), WaitState::Done);
        assert_eq!(
            complete(&job("Failed", "True")),
            WaitState::Failed(Diagnosis::new(FailureCode::SetupJobFailed, "BackoffLimitExceeded"))
        );
        assert!(matches!(complete(&job("Failed", "False")), WaitState::Waiting(_)));
        assert!(matches!(complete(&Job::default()), WaitState::Waiting(_)));
    }
}
