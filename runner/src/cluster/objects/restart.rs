//! Restarts Deployments, each once an operation, and waits for the pods that come.

use domain::operation::{PendingOperation, Workload};
use k8s_openapi::api::apps::v1::Deployment;

use crate::{
    cluster::{client::Cluster, error::ClusterError, wait::WaitState},
    resources::{deployment_of, restart_of},
};

impl Cluster {
    /// Has the pods of `workload` in `namespace` replaced for `operation`, once however often it is asked
    /// for, and waits until `state` is [`WaitState::Done`]. Meanwhile the new pods are checked: one
    /// that can't heal ends the wait. What the old ones come to says nothing.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn restart(
        &self,
        namespace: &str,
        workload: Workload,
        operation: &PendingOperation,
        state: fn(&Deployment) -> WaitState,
    ) -> Result<(), ClusterError> {
        let name = deployment_of(workload);
        let mark = |deployment: &Deployment| restart_of(deployment, operation);
        let deployment = self.patched(namespace, name, mark).await?;
        let pods = self.pods_behind(&deployment).map(|pods| pods.new_by(operation.id));
        Box::pin(self.wait(deployment, state, pods)).await
    }
}
