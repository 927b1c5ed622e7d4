//! When a Deployment is as it should be.

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::apps::v1::Deployment;

use super::state::WaitState;
use crate::cluster::{diagnosis::Diagnosis, request::webhook_not_reached};

/// Whether all pods of a Deployment are there, of its present form, and available.
#[must_use]
pub fn available(deployment: &Deployment) -> WaitState {
    let spec = deployment.spec.as_ref();
    let wanted = wanted(deployment);
    if let Some(diagnosis) = never_comes(deployment, wanted) {
        return WaitState::Failed(diagnosis);
    }
    let is_paused = spec.and_then(|spec| spec.paused).unwrap_or(false);
    let status = deployment.status.clone().unwrap_or_default();
    let current = status.observed_generation >= deployment.metadata.generation;
    let updated = status.updated_replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(0);
    let of_before = status.replicas.unwrap_or(0) - updated;
    if deployment.status.is_some() && current && updated >= wanted && available >= wanted && of_before <= 0 {
        return WaitState::Done;
    }
    // Its pods of before go on, and none of its present form come.
    if is_paused && (updated < wanted || of_before > 0) {
        let message = "its rollout is paused, so no pods of its present form come";
        return WaitState::Failed(Diagnosis::new(FailureCode::WorkloadStopped, message));
    }
    if deployment.status.is_none() {
        return WaitState::Waiting(None);
    }
    let conditions = status.conditions.iter().flatten();
    let refused = conditions
        .filter(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True")
        .find_map(|condition| condition.message.as_deref());
    match refused {
        Some(message) => refusal(message),
        None => {
            let message = if of_before > 0 {
                format!("{of_before} pods of before are still there")
            } else {
                format!("{available} of {wanted} pods are available")
            };
            WaitState::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
        }
    }
}

/// Whether a pod of a Deployment is available, of whatever form: one that is paused has those of before.
#[must_use]
pub fn serving(deployment: &Deployment) -> WaitState {
    let available = deployment.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0);
    let wanted = wanted(deployment);
    if let Some(diagnosis) = never_comes(deployment, wanted) {
        return WaitState::Failed(diagnosis);
    }
    if available > 0 {
        return WaitState::Done;
    }
    let message = format!("{available} of {wanted} pods are available");
    WaitState::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
}

/// Whether a Deployment that is scaled to none has no pods any more, but for those on their way out.
#[must_use]
pub(crate) fn stopped(deployment: &Deployment) -> WaitState {
    let wanted = wanted(deployment);
    let Some(status) = &deployment.status else { return WaitState::Waiting(None) };
    let current = status.observed_generation >= deployment.metadata.generation;
    let left = status.replicas.unwrap_or(0);
    if current && wanted <= 0 && left <= 0 {
        return WaitState::Done;
    }
    let message = match wanted {
        ..=0 => format!("{left} pods are still there"),
        1.. => format!("somebody has scaled it to {wanted}"),
    };
    WaitState::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
}

/// How many pods a Deployment is to have: one, unless it says so.
fn wanted(deployment: &Deployment) -> i32 {
    deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// That no pods of `deployment`, of which `wanted` are to be, will ever come: that all of none are there says
/// nothing.
fn never_comes(deployment: &Deployment, wanted: i32) -> Option<Diagnosis> {
    if deployment.metadata.deletion_timestamp.is_some() {
        return Some(Diagnosis::new(FailureCode::ObjectDeleted, "it is being deleted"));
    }
    let message = "it is scaled to 0, so it has no pods";
    (wanted <= 0).then(|| Diagnosis::new(FailureCode::WorkloadStopped, message))
}

/// What the API server's admission says where a pod of this kind will never be let in: Pod Security,
/// a webhook, and a ValidatingAdmissionPolicy.
const REFUSED_FOR_GOOD: [&str; 3] = ["violates PodSecurity", "denied the request", "denied request"];

/// What it means that the API server does not let a Deployment's pods in. Right after a namespace and
/// its quota are made, the quota's controller has not counted yet and the default ServiceAccount is
/// not there yet: both pass.
fn refusal(message: &str) -> WaitState {
    let refused = |code| Diagnosis::new(code, format!("its pods are refused: {message}"));
    if message.contains("exceeded quota") {
        WaitState::Failed(refused(FailureCode::QuotaExceeded))
    } else if let Some(webhook) = webhook_not_reached(message) {
        let message = format!("its pods wait for the cluster's webhook {webhook}, which fails: {message}");
        WaitState::Waiting(Some(Diagnosis::new(FailureCode::AdmissionUnavailable, message)))
    } else if REFUSED_FOR_GOOD.iter().any(|words| message.contains(words)) {
        WaitState::Failed(refused(FailureCode::PodRefused))
    } else {
        WaitState::Waiting(Some(refused(FailureCode::PodRefused)))
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentSpec, DeploymentStatus};

    use super::*;

    fn deployment(observed: i64, updated: i32, ready: i32) -> Deployment {
        let mut deployment = Deployment::default();
        deployment.metadata.generation = Some(2);
        deployment.status = Some(DeploymentStatus {
            observed_generation: Some(observed),
            updated_replicas: Some(updated),
            available_replicas: Some(ready),
            ..DeploymentStatus::default()
        });
        deployment
    }

    #[test]
    fn a_deployment_is_available_once_its_present_form_is() {
        assert_eq!(available(&deployment(2, 1, 1)), WaitState::Done);
        assert!(matches!(available(&deployment(1, 1, 1)), WaitState::Waiting(_)));
        assert!(matches!(available(&deployment(2, 0, 1)), WaitState::Waiting(_)));
        assert!(matches!(available(&deployment(2, 1, 0)), WaitState::Waiting(Some(_))));
        assert_eq!(available(&Deployment::default()), WaitState::Waiting(None));
        let mut replaced = deployment(2, 1, 1);
        replaced.status.as_mut().unwrap().replicas = Some(2);
        assert!(
            matches!(available(&replaced), WaitState::Waiting(Some(_))),
            "a pod of before is still there"
        );
    }

    fn code(verdict: &WaitState) -> Option<FailureCode> {
        match verdict {
            WaitState::Failed(diagnosis) => Some(diagnosis.code),
            WaitState::Waiting(_) | WaitState::Done => None,
        }
    }

    #[test]
    fn of_a_deployment_that_is_scaled_to_none_no_pods_are_waited_for_and_none_is_not_all() {
        for (updated, ready) in [(0, 0), (1, 1), (0, 1)] {
            let mut scaled = deployment(2, updated, ready);
            scaled.spec = Some(DeploymentSpec { replicas: Some(0), ..DeploymentSpec::default() });
            for verdict in [available(&scaled), serving(&scaled)] {
                assert_eq!(code(&verdict), Some(FailureCode::WorkloadStopped), "{updated} {ready}");
            }
            scaled.status = None;
            assert_eq!(
                code(&available(&scaled)),
                Some(FailureCode::WorkloadStopped),
                "nobody has looked yet"
            );
        }
    }

    #[test]
    fn a_deployment_is_stopped_once_its_controller_has_seen_that_and_no_pod_is_left() {
        let scaled = |wanted, observed, left| {
            let mut scaled = deployment(observed, 0, 0);
            scaled.spec = Some(DeploymentSpec { replicas: Some(wanted), ..DeploymentSpec::default() });
            scaled.status.as_mut().unwrap().replicas = Some(left);
            stopped(&scaled)
        };
        assert_eq!(scaled(0, 2, 0), WaitState::Done);
        for (wanted, observed, left) in [(0, 1, 0), (0, 2, 1), (1, 2, 0)] {
            assert!(matches!(scaled(wanted, observed, left), WaitState::Waiting(Some(_))), "{wanted} {left}");
        }
        assert_eq!(stopped(&Deployment::default()), WaitState::Waiting(None));
    }

    #[test]
    fn of_a_deployment_that_is_paused_no_new_pods_are_waited_for_and_those_that_are_there_count() {
        let paused = |observed, updated, ready| {
            let mut deployment = deployment(observed, updated, ready);
            deployment.spec = Some(DeploymentSpec { paused: Some(true), ..DeploymentSpec::default() });
            deployment
        };
        assert_eq!(available(&paused(2, 1, 1)), WaitState::Done);
        for asked_anew in [paused(2, 0, 1), paused(1, 0, 1)] {
            assert_eq!(code(&available(&asked_anew)), Some(FailureCode::WorkloadStopped));
            assert_eq!(serving(&asked_anew), WaitState::Done, "its pod of before serves");
        }
        assert!(matches!(available(&paused(2, 1, 0)), WaitState::Waiting(_)), "its pod may come back");
        assert!(matches!(serving(&paused(2, 1, 0)), WaitState::Waiting(_)));
    }

    #[test]
    fn a_deployment_on_its_way_out_is_not_waited_for() {
        let mut leaving = deployment(2, 1, 1);
        leaving.metadata.deletion_timestamp = serde_json::from_str("\"2026-11-25T12:00:00Z\"").unwrap();
        assert_eq!(code(&available(&leaving)), Some(FailureCode::ObjectDeleted));
        assert_eq!(code(&serving(&leaving)), Some(FailureCode::ObjectDeleted));
    }

    #[test]
    fn pods_that_are_refused_for_good_fail_the_deployment_and_others_are_waited_for() {
        let verdict = |message: &str| {
            let mut refused = deployment(2, 0, 0);
            refused.status.as_mut().unwrap().conditions = Some(vec![DeploymentCondition {
                type_: "ReplicaFailure".into(),
                status: "True".into(),
                message: Some(message.into()),
                ..DeploymentCondition::default()
            }]);
            match available(&refused) {
                WaitState::Failed(diagnosis) => ("failed", diagnosis.code),
                WaitState::Waiting(diagnosis) => ("waiting", diagnosis.unwrap().code),
                WaitState::Done => panic!("{message}"),
            }
        };
        assert_eq!(verdict("forbidden: exceeded quota: store"), ("failed", FailureCode::QuotaExceeded));
        assert_eq!(verdict("violates PodSecurity \"restricted\""), ("failed", FailureCode::PodRefused));
        for denied in ["admission webhook \"x\" denied the request", "with binding 'y' denied request: no"] {
            assert_eq!(verdict(denied), ("failed", FailureCode::PodRefused));
        }
        let unreached = "Internal error occurred: failed calling webhook \"x\": connection refused";
        assert_eq!(verdict(unreached), ("waiting", FailureCode::AdmissionUnavailable));
        assert_eq!(verdict("status unknown for quota: store"), ("waiting", FailureCode::PodRefused));
        assert_eq!(verdict("serviceaccount \"default\" not found"), ("waiting", FailureCode::PodRefused));
    }
}
