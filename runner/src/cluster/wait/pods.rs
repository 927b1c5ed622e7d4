//! The pods behind an object that is waited for, which say why it does not get on.

use std::time::Duration;

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt as _, api::ListParams};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use uuid::Uuid;

use crate::{
    cluster::{
        client::Cluster,
        diagnosis::{self, Diagnosis, PodCheck, PullTroubles},
        error::ClusterError,
        request::{LONGEST_PAUSE, pauses},
    },
    resources::is_new_by,
};

/// The pods behind an object, and when to check them. The object itself does not say why they are
/// not ready; and the runner may list pods, not watch them.
pub(in crate::cluster) struct Pods {
    api: Api<Pod>,
    params: ListParams,
    checks: Interval,
    troubles: PullTroubles,
    /// Only those count that this operation has made.
    operation: Option<Uuid>,
    /// Those that have ended do not count.
    without_ended: bool,
}

impl Pods {
    /// The pods that `labels` select, to be checked each time that `after` has passed. An image that can't
    /// be pulled is waited for as long as `pull_grace`.
    pub(in crate::cluster) fn new(
        api: Api<Pod>,
        labels: &str,
        after: Duration,
        pull_grace: Duration,
    ) -> Self {
        let mut checks = tokio::time::interval_at(Instant::now() + after, after);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let params = ListParams::default().labels(labels);
        Self {
            api,
            params,
            checks,
            troubles: PullTroubles::new(pull_grace),
            operation: None,
            without_ended: false,
        }
    }

    /// Of these, those that the operation `operation` has made in the place of others.
    pub(in crate::cluster) fn new_by(self, operation: Uuid) -> Self {
        Self { operation: Some(operation), ..self }
    }

    /// Of these, those that have not ended.
    pub(in crate::cluster) fn not_ended(self) -> Self {
        Self { without_ended: true, ..self }
    }

    fn count(&self, pod: &Pod) -> bool {
        self.operation.is_none_or(|operation| is_new_by(pod, operation))
            && !(self.without_ended && diagnosis::has_ended(pod))
    }
}

impl Cluster {
    /// Looks at the pods behind the object `name`: the diagnosis of one that can't heal. What is wrong with
    /// one that may is noted, for the case that the deadline passes.
    pub(super) async fn check_pods(
        &self,
        name: &str,
        pods: Option<&mut Pods>,
    ) -> Result<Option<Diagnosis>, ClusterError> {
        let Some(pods) = pods else { return Ok(None) };
        let listed = self.listed(Some(pods)).await?;
        match pods.troubles.check(&listed, Instant::now()) {
            PodCheck::Terminal(diagnosis) => Ok(Some(diagnosis)),
            PodCheck::Transient(diagnosis) => {
                self.troubles.note_wait(name, Some(diagnosis));
                Ok(None)
            }
            PodCheck::PullFails(failure) => {
                self.troubles.note_wait(name, Some(failure.diagnosis()));
                Ok(None)
            }
            PodCheck::Ok => Ok(None),
        }
    }

    /// Waits until none of the `pods` behind `name` is left. Those on their way out are, as long as they may write. They
    /// are listed again and again, since they may not be watched: soon at first, since most are gone within a second.
    pub(in crate::cluster) async fn wait_until_none(
        &self,
        name: &str,
        pods: Option<Pods>,
    ) -> Result<(), ClusterError> {
        let mut pauses = pauses();
        while let left @ 1.. = self.listed(pods.as_ref()).await?.len() {
            let message = format!("{left} pods are still on their way out");
            self.troubles.note_wait(name, Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)));
            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
        self.troubles.end_wait(name);
        Ok(())
    }

    /// What one of `pods` said last, the newest first.
    pub(super) async fn last_words(&self, pods: Option<&Pods>) -> Result<Option<String>, ClusterError> {
        let mut listed = self.listed(pods).await?;
        listed.sort_by_key(|pod| pod.creation_timestamp().map(|time| time.0));
        Ok(listed.iter().rev().find_map(diagnosis::last_words))
    }

    /// These pods as they are now.
    pub(in crate::cluster) async fn listed(&self, pods: Option<&Pods>) -> Result<Vec<Pod>, ClusterError> {
        let Some(pods) = pods else { return Ok(Vec::new()) };
        let listed = self.retried::<Pod, _, _>("list", "pods", || pods.api.list(&pods.params)).await?;
        Ok(listed.items.into_iter().filter(|pod| pods.count(pod)).collect())
    }
}

/// Waits until it is time to check the pods; for ever where there are none.
pub(super) async fn next_check(pods: &mut Option<Pods>) {
    match pods {
        Some(pods) => {
            pods.checks.tick().await;
        }
        None => std::future::pending().await,
    }
}
