//! The Job of an upgrade: it is let run once, and how far it came is found out.

use domain::{operation::Workload, provisioning::failure::FailureCode};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job};
use kube::{Api, ResourceExt as _};
use serde_json::json;
use uuid::Uuid;

use crate::{
    cluster::{
        client::Cluster,
        diagnosis::{Diagnosis, last_line, may_have_changed},
        error::ClusterError,
        request::{LONGEST_PAUSE, pauses},
        wait::{Pods, available, has_ended, upgraded},
    },
    resources::{
        deployment_of, pods_of_job, release_change, upgrade_changed, upgrade_job_name, upgrade_stop,
    },
};

impl Cluster {
    /// Lets the Job of the upgrade `operation` run in `namespace`, which is there, and waits until it is complete: the
    /// last line that its script has left, if it has.
    ///
    /// # Errors
    /// [`ClusterError`], also where it was stopped before.
    pub async fn run_upgrade(
        &self,
        namespace: &str,
        operation: Uuid,
    ) -> Result<Option<String>, ClusterError> {
        let name = upgrade_job_name(operation);
        let let_run = |job: &Job| {
            let is_suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
            (is_suspended && upgrade_changed(job).is_none()).then(|| json!({ "spec": { "suspend": false } }))
        };
        let job: Job = self.patched(namespace, &name, let_run).await?;
        if upgrade_changed(&job).is_some() {
            let diagnosis = Diagnosis::new(FailureCode::UpgradeFailed, "it was stopped before its end");
            return Err(ClusterError::Failed { kind: "Job".into(), name, diagnosis });
        }
        let pods = || self.pods_of_job(namespace, &name);
        Box::pin(self.wait(job, upgraded, Some(pods()))).await?;
        Ok(last_line(&self.listed(Some(&pods())).await?))
    }

    /// Whether the upgrade `operation`, which failed, may have changed the database of the shop in `namespace`. Where it
    /// has not ended yet it is stopped for good, with the answer noted on it; nothing of it runs any more then.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn end_upgrade(&self, namespace: &str, operation: Uuid) -> Result<bool, ClusterError> {
        let name = upgrade_job_name(operation);
        let mut pauses = pauses();
        let changed = loop {
            let job: Job = match self.owned(namespace, &name).await {
                // It was not made; or somebody has deleted it, and the shop of before knows by the script's mark in the
                // database whether it may serve.
                Err(ClusterError::Missing { .. }) => return Ok(false),
                found => found?,
            };
            if let Some(changed) = upgrade_changed(&job) {
                break changed;
            }
            let pods = self.listed(Some(&self.pods_of_job(namespace, &name))).await?;
            let changed = may_have_changed(&job, &pods);
            if has_ended(&job) {
                break changed;
            }
            // Of the very version that the pods were seen after: nobody who is late can let it run any more.
            let stop = |found: &Job| {
                (found.resource_version() == job.resource_version()).then(|| upgrade_stop(changed))
            };
            let stopped: Job = self.patched(namespace, &name, stop).await?;
            if let Some(changed) = upgrade_changed(&stopped) {
                break changed;
            }
            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        };
        self.wait_until_none(&name, Some(self.pods_of_job(namespace, &name).not_ended())).await?;
        Ok(changed)
    }

    /// Has the shop in `namespace` run as `wanted` is, and waits until its pods are available.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn run_release(&self, namespace: &str, wanted: &Deployment) -> Result<(), ClusterError> {
        let change = |found: &Deployment| release_change(found, wanted);
        let shop = self.patched(namespace, deployment_of(Workload::Wordpress), change).await?;
        self.wait_for(shop, available).await
    }

    fn pods_of_job(&self, namespace: &str, name: &str) -> Pods {
        let api = Api::namespaced(self.client.clone(), namespace);
        Pods::new(api, &pods_of_job(name), self.pod_check_interval, self.pull_grace)
    }
}
