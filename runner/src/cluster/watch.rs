//! Waits for an object by watching it, over disconnects and expired versions.

use futures_util::TryStreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Resource, ResourceExt,
    api::{WatchEvent, WatchParams},
};

use super::{
    Cluster, ClusterError, Object, Trouble,
    retry::{LONGEST_PAUSE, pauses},
};

/// How long the API server keeps one watch open, in seconds. It is then started again from where it
/// was; the client library wants less than 295.
const WATCH_SECONDS: u32 = 240;

/// The status code of a watch whose version the API server no longer has.
const GONE: u16 = 410;

/// How an object stands that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As wanted.
    Done,
    /// Not yet; with what it says of itself, if anything.
    Waiting(Option<String>),
    /// Never; with its own words.
    Failed(String),
}

/// How a watch came to its end.
pub(super) enum WatchEnd {
    Done,
    Failed(String),
    Deleted,
}

impl Cluster {
    /// Watches one object from the version of `object` on, over disconnects and expired versions.
    pub(super) async fn watch<K>(
        &self,
        api: &Api<K>,
        object: K,
        verdict: fn(&K) -> Verdict,
    ) -> Result<WatchEnd, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        let params = WatchParams::default().fields(&format!("metadata.name={name}")).timeout(WATCH_SECONDS);
        let mut object = object;
        let mut pauses = pauses();
        loop {
            match self.judged(&object, verdict) {
                Verdict::Done => return Ok(WatchEnd::Done),
                Verdict::Failed(message) => return Ok(WatchEnd::Failed(message)),
                Verdict::Waiting(_) => {}
            }
            let mut version = object.resource_version().unwrap_or_default();
            let lost = loop {
                let opened = self.retried::<K, _, _>("watch", &name, || api.watch(&params, &version)).await?;
                let mut events = std::pin::pin!(opened);
                let lost = loop {
                    let seen = match events.try_next().await {
                        Ok(Some(WatchEvent::Added(seen) | WatchEvent::Modified(seen))) => seen,
                        Ok(Some(WatchEvent::Deleted(_))) => return Ok(WatchEnd::Deleted),
                        Ok(Some(WatchEvent::Bookmark(bookmark))) => {
                            version = bookmark.metadata.resource_version;
                            continue;
                        }
                        Ok(Some(WatchEvent::Error(status))) => break Some(*status),
                        Ok(None) => break None,
                        Err(kube::Error::Api(status)) => break Some(*status),
                        Err(error) => {
                            self.note(Some(Trouble::Unreachable(error.to_string())));
                            break None;
                        }
                    };
                    match self.judged(&seen, verdict) {
                        Verdict::Done => return Ok(WatchEnd::Done),
                        Verdict::Failed(message) => return Ok(WatchEnd::Failed(message)),
                        Verdict::Waiting(_) => version = seen.resource_version().unwrap_or_default(),
                    }
                };
                if lost.is_some() {
                    break lost;
                }
            };
            // The version has expired (410), or the server gave the watch up: read the object again.
            if let Some(status) = lost {
                tracing::debug!(%name, code = status.code, message = status.message, "a watch starts anew");
                if status.code != GONE {
                    tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
                }
            }
            match self.retried::<K, _, _>("get", &name, || api.get_opt(&name)).await? {
                Some(found) => object = found,
                None => return Ok(WatchEnd::Deleted),
            }
        }
    }

    fn judged<K>(&self, object: &K, verdict: fn(&K) -> Verdict) -> Verdict {
        let verdict = verdict(object);
        if let Verdict::Waiting(reason) = &verdict {
            self.note(reason.clone().map(Trouble::NotReady));
        }
        verdict
    }
}

/// A namespace that is being deleted, with what it says that it waits for.
pub(super) fn still_there(namespace: &Namespace) -> Verdict {
    let conditions = namespace.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let reasons: Vec<_> = conditions
        .filter(|condition| condition.status == "True")
        .filter_map(|condition| condition.message.clone())
        .collect();
    Verdict::Waiting((!reasons.is_empty()).then(|| reasons.join(" ")))
}
