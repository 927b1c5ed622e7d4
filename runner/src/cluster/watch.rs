//! Waits for an object by watching it, over disconnects and expired versions, and looks at its pods
//! when it takes long.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, WatchEvent, WatchParams},
};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use uuid::Uuid;

use super::{
    Cluster, ClusterError, GONE, Object, Trouble,
    retry::{LONGEST_PAUSE, pauses},
};
use crate::{
    diagnosis::{self, Diagnosis, Prospect, PullTroubles},
    resources::is_new_by,
};

/// How long the API server keeps one watch open, in seconds. It is then started again from where it
/// was. A connection that is lost without a word is missed for no longer than this and the next.
const WATCH_SECONDS: u32 = 60;
/// How long after that the server's own end is waited for.
const WATCH_SLACK: Duration = Duration::from_secs(5);

/// How an object stands that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As wanted.
    Done,
    /// Not yet; with what it says of itself, if anything.
    Waiting(Option<Diagnosis>),
    /// Never.
    Failed(Diagnosis),
}

/// How a wait came to its end.
pub(super) enum WatchEnd {
    Done,
    Failed(Diagnosis),
    Deleted,
}

/// What one watch came to.
enum Watched {
    /// The wait is over.
    End(WatchEnd),
    /// The stream ended: another goes on from the version that was seen last.
    Interrupted,
    /// That version is of no use any more: the object must be read again.
    Expired,
}

/// The pods behind an object, and when to look at them. The object itself does not say why they are
/// not ready; and the runner may list pods, not watch them.
pub(super) struct Pods {
    api: Api<Pod>,
    params: ListParams,
    looks: Interval,
    troubles: PullTroubles,
    /// Only those count that this operation has made.
    operation: Option<Uuid>,
}

impl Pods {
    /// The pods that `labels` select, to be looked at each time that `after` has passed. An image that can't
    /// be pulled is waited for as long as `pull_grace`.
    pub(super) fn new(api: Api<Pod>, labels: &str, after: Duration, pull_grace: Duration) -> Self {
        let mut looks = tokio::time::interval_at(Instant::now() + after, after);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let params = ListParams::default().labels(labels);
        Self { api, params, looks, troubles: PullTroubles::new(pull_grace), operation: None }
    }

    /// Of these, those that the operation `operation` has made in the place of others.
    pub(super) fn new_by(self, operation: Uuid) -> Self {
        Self { operation: Some(operation), ..self }
    }

    fn count(&self, pod: &Pod) -> bool {
        self.operation.is_none_or(|operation| is_new_by(pod, operation))
    }
}

impl Cluster {
    /// Watches one object from the version of `object` on, until `verdict` or its `pods` decide.
    pub(super) async fn watch<K>(
        &self,
        api: &Api<K>,
        object: K,
        verdict: fn(&K) -> Verdict,
        pods: Option<Pods>,
    ) -> Result<WatchEnd, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        self.note_not_ready(None);
        self.note_wait(&name, None);
        let end = Box::pin(self.watch_until(api, object, verdict, pods)).await?;
        self.end_wait(&name);
        Ok(end)
    }

    async fn watch_until<K>(
        &self,
        api: &Api<K>,
        mut object: K,
        verdict: fn(&K) -> Verdict,
        mut pods: Option<Pods>,
    ) -> Result<WatchEnd, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        let mut pauses = pauses();
        loop {
            if let Some(end) = self.judged(&object, verdict) {
                return self.with_last_words(end, pods.as_ref()).await;
            }
            let mut version = object.resource_version().unwrap_or_default();
            loop {
                match self.watch_once(api, &name, &mut version, verdict, &mut pods).await? {
                    Watched::End(end) => return self.with_last_words(end, pods.as_ref()).await,
                    Watched::Interrupted => {}
                    Watched::Expired => break,
                }
                tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
            }
            match self.retried::<K, _, _>("get", &name, || api.get_opt(&name)).await? {
                Some(found) => object = found,
                None => return Ok(WatchEnd::Deleted),
            }
        }
    }

    /// Follows one watch from `version` on, and moves that along with what is seen.
    async fn watch_once<K>(
        &self,
        api: &Api<K>,
        name: &str,
        version: &mut String,
        verdict: fn(&K) -> Verdict,
        pods: &mut Option<Pods>,
    ) -> Result<Watched, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let params = WatchParams::default().fields(&format!("metadata.name={name}")).timeout(WATCH_SECONDS);
        let from = version.clone();
        let opened = self
            .retried::<K, _, _>("watch", name, || async {
                match api.watch(&params, &from).await {
                    Err(kube::Error::Api(status)) if status.code == GONE => Ok(None),
                    opened => opened.map(Some),
                }
            })
            .await?;
        let Some(opened) = opened else { return Ok(Watched::Expired) };
        let mut events = std::pin::pin!(opened);
        let end = Instant::now() + Duration::from_secs(WATCH_SECONDS.into()) + WATCH_SLACK;
        loop {
            let event = tokio::select! {
                event = events.try_next() => event,
                () = tokio::time::sleep_until(end) => return Ok(Watched::Interrupted),
                () = next_look(pods) => {
                    match self.suspected(name, pods.as_mut()).await? {
                        Some(diagnosis) => return Ok(Watched::End(WatchEnd::Failed(diagnosis))),
                        None => continue,
                    }
                }
            };
            match event {
                Ok(Some(WatchEvent::Added(seen) | WatchEvent::Modified(seen))) => {
                    if let Some(end) = self.judged(&seen, verdict) {
                        return Ok(Watched::End(end));
                    }
                    *version = seen.resource_version().unwrap_or_default();
                }
                Ok(Some(WatchEvent::Deleted(_))) => return Ok(Watched::End(WatchEnd::Deleted)),
                Ok(Some(WatchEvent::Bookmark(bookmark))) => *version = bookmark.metadata.resource_version,
                Ok(Some(WatchEvent::Error(status))) | Err(kube::Error::Api(status)) => {
                    tracing::debug!(
                        name,
                        code = status.code,
                        message = status.message,
                        "a watch starts anew"
                    );
                    return Ok(Watched::Expired);
                }
                Ok(None) => return Ok(Watched::Interrupted),
                Err(error) => {
                    self.note_trouble(Some(Trouble::Unreachable(error.to_string())));
                    return Ok(Watched::Interrupted);
                }
            }
        }
    }

    /// Whether `verdict` ends the wait; if not, what the object says of itself is noted.
    fn judged<K: Resource>(&self, object: &K, verdict: fn(&K) -> Verdict) -> Option<WatchEnd> {
        match verdict(object) {
            Verdict::Done => Some(WatchEnd::Done),
            Verdict::Failed(diagnosis) => Some(WatchEnd::Failed(diagnosis)),
            Verdict::Waiting(diagnosis) => {
                if diagnosis.is_some() {
                    self.note_wait(&object.name_any(), diagnosis);
                }
                None
            }
        }
    }

    /// Looks at the pods behind the object `name`: the diagnosis of one that can't heal. What is wrong with
    /// one that may is noted, for the case that the deadline passes.
    async fn suspected(
        &self,
        name: &str,
        pods: Option<&mut Pods>,
    ) -> Result<Option<Diagnosis>, ClusterError> {
        let Some(pods) = pods else { return Ok(None) };
        let listed = self.listed(Some(pods)).await?;
        match pods.troubles.look(&listed, Instant::now()) {
            Prospect::Hopeless(diagnosis) => Ok(Some(diagnosis)),
            Prospect::Doubtful(diagnosis) => {
                self.note_wait(name, Some(diagnosis));
                Ok(None)
            }
            Prospect::PullFails(failure) => {
                self.note_wait(name, Some(failure.diagnosis()));
                Ok(None)
            }
            Prospect::Fair => Ok(None),
        }
    }

    /// Adds to a failure what a pod behind it said last.
    async fn with_last_words(&self, end: WatchEnd, pods: Option<&Pods>) -> Result<WatchEnd, ClusterError> {
        let WatchEnd::Failed(mut diagnosis) = end else { return Ok(end) };
        let mut listed = self.listed(pods).await?;
        listed.sort_by_key(|pod| pod.creation_timestamp().map(|time| time.0));
        if let Some(words) = listed.iter().rev().find_map(diagnosis::last_words)
            && !diagnosis.message.contains(&words)
        {
            diagnosis.message.push_str(&format!("; its last pod ended with {words}"));
        }
        Ok(WatchEnd::Failed(diagnosis))
    }

    /// These pods as they are now.
    pub(super) async fn listed(&self, pods: Option<&Pods>) -> Result<Vec<Pod>, ClusterError> {
        let Some(pods) = pods else { return Ok(Vec::new()) };
        let listed = self.retried::<Pod, _, _>("list", "pods", || pods.api.list(&pods.params)).await?;
        Ok(listed.items.into_iter().filter(|pod| pods.count(pod)).collect())
    }
}

/// Waits until it is time to look at the pods; for ever where there are none.
async fn next_look(pods: &mut Option<Pods>) {
    match pods {
        Some(pods) => {
            pods.looks.tick().await;
        }
        None => std::future::pending().await,
    }
}
