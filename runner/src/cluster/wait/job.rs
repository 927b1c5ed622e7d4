//! When a Job is done.

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::batch::v1::{Job, JobStatus};

use super::state::WaitState;
use crate::cluster::diagnosis::Diagnosis;

/// Whether the Job of an upgrade came to its end.
#[must_use]
pub(crate) fn upgraded(job: &Job) -> WaitState {
    match complete(job) {
        WaitState::Failed(found) if found.code == FailureCode::SetupJobFailed => {
            WaitState::Failed(Diagnosis { code: FailureCode::UpgradeFailed, ..found })
        }
        state @ (WaitState::Done | WaitState::Waiting(_) | WaitState::Failed(_)) => state,
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
    WaitState::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, progress(job))))
}

/// How far a Job is that has not ended. The API server may refuse its pods, which no condition of a Job says.
fn progress(job: &Job) -> String {
    let count = |of: fn(&JobStatus) -> Option<i32>| job.status.as_ref().and_then(of).unwrap_or(0);
    let uncounted = |status: &JobStatus| {
        let pods = status.uncounted_terminated_pods.as_ref()?;
        let pods = pods.succeeded.iter().chain(&pods.failed).flatten();
        i32::try_from(pods.count()).ok()
    };
    let failed = count(|status| status.failed);
    let others = count(|status| status.active)
        + count(|status| status.succeeded)
        + count(|status| status.terminating)
        + count(uncounted);
    match (failed, others) {
        (0, 0) => "the job has no pod yet: if that lasts, its events say what refuses its pods".to_owned(),
        (failed, 0) => {
            format!("the job is not complete, {failed} of its pods failed, and no other one is there")
        }
        (failed, _) => format!("the job is not complete, {failed} of its pods failed"),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::{JobCondition, JobSpec, UncountedTerminatedPods};

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
    fn a_job_that_goes_on_says_whether_it_has_a_pod() {
        let message = |status: JobStatus| match complete(&Job { status: Some(status), ..Job::default() }) {
            WaitState::Waiting(Some(diagnosis)) => diagnosis.message,
            other @ (WaitState::Waiting(None) | WaitState::Done | WaitState::Failed(_)) => {
                panic!("{other:?}")
            }
        };
        let status = JobStatus::default;
        let none = "the job has no pod yet: if that lasts, its events say what refuses its pods";
        assert_eq!(message(status()), none);
        assert_eq!(message(JobStatus { failed: Some(0), active: Some(0), ..status() }), none);
        let uncounted = UncountedTerminatedPods {
            succeeded: Some(vec!["uid".into()]),
            ..UncountedTerminatedPods::default()
        };
        for there in [
            JobStatus { active: Some(1), ..status() },
            JobStatus { succeeded: Some(1), ..status() },
            JobStatus { terminating: Some(1), ..status() },
            JobStatus { uncounted_terminated_pods: Some(uncounted), ..status() },
        ] {
            assert_eq!(message(there.clone()), "the job is not complete, 0 of its pods failed");
            let retried = message(JobStatus { failed: Some(2), ..there });
            assert_eq!(retried, "the job is not complete, 2 of its pods failed");
        }
        let between = "the job is not complete, 2 of its pods failed, and no other one is there";
        assert_eq!(message(JobStatus { failed: Some(2), ..status() }), between);
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
