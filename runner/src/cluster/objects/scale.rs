//! Stops and starts Deployments: scales them to none and back, and waits for what that means.

use domain::operation::Workload;
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::json;

use crate::{
    cluster::{
        client::Cluster,
        error::ClusterError,
        wait::{available, stopped},
    },
    resources::{REPLICAS, deployment_of},
};

impl Cluster {
    /// Scales `workload` in `namespace` to none, and waits until its last pod is gone: whatever it had open is closed
    /// then.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn stop(&self, namespace: &str, workload: Workload) -> Result<(), ClusterError> {
        let deployment = self.scale(namespace, workload, 0).await?;
        let pods = self.pods_behind(&deployment);
        Box::pin(self.wait(deployment, stopped, None)).await?;
        self.wait_until_none(deployment_of(workload), pods).await
    }

    /// Scales `workload` in `namespace` as it is made, and waits until its pods are available.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn start(&self, namespace: &str, workload: Workload) -> Result<(), ClusterError> {
        let deployment = self.scale(namespace, workload, REPLICAS).await?;
        self.wait_for(deployment, available).await
    }

    async fn scale(
        &self,
        namespace: &str,
        workload: Workload,
        replicas: i32,
    ) -> Result<Deployment, ClusterError> {
        let change = |deployment: &Deployment| {
            let present = deployment.spec.as_ref().and_then(|spec| spec.replicas);
            (present != Some(replicas)).then(|| json!({ "spec": { "replicas": replicas } }))
        };
        self.patched(namespace, deployment_of(workload), change).await
    }
}
