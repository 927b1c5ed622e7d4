//! The mark of a restart on a Deployment's pod template, which makes its pods be replaced: as
//! `kubectl rollout restart` does it, and with the operation's id beside it.
//!
//! Both values are the operation's own, so an operation that is carried out twice restarts once.

use domain::{
    operation::logs::Component,
    operation::{PendingOperation, Workload},
};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::ResourceExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::resources::labels::OPERATION;

/// When the pods were last to be replaced.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// The name of the Deployment of `workload`.
#[must_use]
pub fn deployment_of(workload: Workload) -> &'static str {
    match workload {
        Workload::Mysql => Component::Mysql.as_str(),
        Workload::Wordpress => Component::Wordpress.as_str(),
    }
}

/// The merge patch that has `operation` restart `deployment`; `None` where its pods are being replaced by
/// that already, or were.
#[must_use]
pub fn restart_of(deployment: &Deployment, operation: &PendingOperation) -> Option<Value> {
    let template = deployment.spec.as_ref().and_then(|spec| spec.template.metadata.as_ref());
    let mark = template.and_then(|metadata| metadata.annotations.as_ref()?.get(OPERATION));
    if mark.is_some_and(|mark| *mark == operation.id.to_string()) {
        return None;
    }
    let annotations = json!({
        RESTARTED_AT: operation.requested.to_string(),
        OPERATION: operation.id.to_string(),
    });
    Some(json!({ "spec": { "template": { "metadata": { "annotations": annotations } } } }))
}

/// Whether `pod` came in the place of another one by the operation `operation`.
#[must_use]
pub fn is_new_by(pod: &Pod, operation: Uuid) -> bool {
    pod.annotations().get(OPERATION).is_some_and(|mark| *mark == operation.to_string())
}

#[cfg(test)]
mod tests {
    use domain::{
        auth::principal_name::PrincipalName,
        operation::{ExclusiveRequest, Guard, RestartTarget},
    };

    use super::*;

    fn restart() -> PendingOperation {
        let ada = PrincipalName::parse("ada").unwrap();
        let requested = "2026-01-31T09:30:00.250Z".parse().unwrap();
        PendingOperation::requested(
            ExclusiveRequest::Restart { target: RestartTarget::Mysql, guard: Guard::None },
            ada,
            requested,
        )
    }

    /// What the API server makes of a merge patch of annotations.
    fn patched(patch: &Value) -> Deployment {
        let template =
            json!({ "metadata": patch["spec"]["template"]["metadata"], "spec": { "containers": [] } });
        serde_json::from_value(json!({ "metadata": {}, "spec": { "selector": {}, "template": template } }))
            .unwrap()
    }

    #[test]
    fn a_restart_is_the_operations_own_and_is_asked_for_once() {
        let (first, second) = (restart(), restart());
        let before = patched(&Value::Null);
        let patch = restart_of(&before, &first).unwrap();
        assert_eq!(restart_of(&before, &first).unwrap(), patch, "the same however often it is asked for");
        let annotations = &patch["spec"]["template"]["metadata"]["annotations"];
        assert_eq!(annotations["kubectl.kubernetes.io/restartedAt"], "2026-01-31T09:30:00.250Z");
        assert_eq!(restart_of(&patched(&patch), &first), None);
        assert!(restart_of(&patched(&patch), &second).is_some(), "another restart is another one");
    }
}
