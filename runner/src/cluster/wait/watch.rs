//! Watches an object, over disconnects and expired versions, and checks its pods when it takes long.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use kube::{
    Api, Resource, ResourceExt,
    api::{WatchEvent, WatchParams},
};
use tokio::time::Instant;

use super::{
    pods::{Pods, next_check},
    state::WaitState,
};
use crate::cluster::{
    client::{Cluster, Object},
    diagnosis::Diagnosis,
    error::{ClusterError, GONE, Trouble},
    request::{LONGEST_PAUSE, pauses},
};

/// How long the API server keeps one watch open, in seconds. It is then started again from where it
/// was. A connection that is lost without a word is missed for no longer than this and the next.
const WATCH_SECONDS: u32 = 60;
/// How long after that the server's own end is waited for.
const WATCH_SLACK: Duration = Duration::from_secs(5);

/// How a wait came to its end.
pub(in crate::cluster) enum WatchEnd {
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

impl Cluster {
    /// Watches one object from the version of `object` on, until `state` or its `pods` decide.
    pub(in crate::cluster) async fn watch<K>(
        &self,
        api: &Api<K>,
        object: K,
        state: fn(&K) -> WaitState,
        pods: Option<Pods>,
    ) -> Result<WatchEnd, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        self.troubles.note_not_ready(None);
        self.troubles.note_wait(&name, None);
        let end = Box::pin(self.watch_until(api, object, state, pods)).await?;
        self.troubles.end_wait(&name);
        Ok(end)
    }

    async fn watch_until<K>(
        &self,
        api: &Api<K>,
        mut object: K,
        state: fn(&K) -> WaitState,
        mut pods: Option<Pods>,
    ) -> Result<WatchEnd, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        let mut pauses = pauses();
        loop {
            if let Some(end) = self.assessed(&object, state) {
                return self.with_last_words(end, pods.as_ref()).await;
            }
            let mut version = object.resource_version().unwrap_or_default();
            loop {
                match self.watch_once(api, &name, &mut version, state, &mut pods).await? {
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
        state: fn(&K) -> WaitState,
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
                () = next_check(pods) => {
                    match self.check_pods(name, pods.as_mut()).await? {
                        Some(diagnosis) => return Ok(Watched::End(WatchEnd::Failed(diagnosis))),
                        None => continue,
                    }
                }
            };
            match event {
                Ok(Some(WatchEvent::Added(seen) | WatchEvent::Modified(seen))) => {
                    if let Some(end) = self.assessed(&seen, state) {
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
                    self.troubles.note_request(Some(Trouble::Unreachable(error.to_string())));
                    return Ok(Watched::Interrupted);
                }
            }
        }
    }

    /// Whether `state` ends the wait; if not, what the object says of itself is noted.
    fn assessed<K: Resource>(&self, object: &K, state: fn(&K) -> WaitState) -> Option<WatchEnd> {
        match state(object) {
            WaitState::Done => Some(WatchEnd::Done),
            WaitState::Failed(diagnosis) => Some(WatchEnd::Failed(diagnosis)),
            WaitState::Waiting(diagnosis) => {
                if diagnosis.is_some() {
                    self.troubles.note_wait(&object.name_any(), diagnosis);
                }
                None
            }
        }
    }

    /// Adds to a failure what a pod behind it said last.
    async fn with_last_words(&self, end: WatchEnd, pods: Option<&Pods>) -> Result<WatchEnd, ClusterError> {
        let WatchEnd::Failed(mut diagnosis) = end else { return Ok(end) };
        if let Some(words) = self.last_words(pods).await?
            && !diagnosis.message.contains(&words)
        {
            diagnosis.message.push_str(&format!("; its last pod ended with {words}"));
        }
        Ok(WatchEnd::Failed(diagnosis))
    }
}
