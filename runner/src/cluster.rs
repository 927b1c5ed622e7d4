//! The thin rim towards Kubernetes: few verbs, one retry policy, one reading of its errors.

use std::{fmt::Debug, future::Future, sync::Mutex, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::TryStreamExt as _;
use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, ListParams, PostParams, Preconditions, WatchEvent, WatchParams},
    core::Status,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::resources::{STORE_UID, is_owned_by};

/// How long one request may take, a watch's stream excluded.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the API server keeps one watch open, in seconds. It is then started again from where it
/// was; the client library wants less than 295.
const WATCH_SECONDS: u32 = 240;

/// The status code of a watch whose version the API server no longer has.
const GONE: u16 = 410;

/// Why something could not be done in the cluster. What may heal by itself is not among these: it is
/// retried until the caller's deadline.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// An object of that name exists and is somebody else's.
    #[error("{kind} {name} exists already and does not belong to this store")]
    Conflict {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
    },
    /// The store's quota does not admit an object.
    #[error("the store's quota does not admit {kind} {name}: {message}")]
    Quota {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// What the API server says.
        message: String,
    },
    /// The API server refused a request for good.
    #[error("the Kubernetes API refused {verb} {kind} {name}: {message}")]
    Refused {
        /// What was asked for.
        verb: &'static str,
        /// The object's kind.
        kind: String,
        /// The object's name.
        name: String,
        /// What the API server says.
        message: String,
    },
    /// An object came to an end that it can't come back from.
    #[error("{kind} {name} failed: {message}")]
    Failed {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// Its own words.
        message: String,
    },
    /// An object went away while its readiness was waited for.
    #[error("{kind} {name} was deleted while it was waited for")]
    Vanished {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
    },
}

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

/// What stands in the way just now: said when a deadline passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The API server does not answer as it should.
    Unreachable(String),
    /// An object is not ready.
    NotReady(String),
}

/// One store's access to the cluster.
pub struct Cluster {
    client: Client,
    uid: Uuid,
    trouble: Mutex<Option<Trouble>>,
}

impl Cluster {
    /// Access on behalf of the store's incarnation `uid`.
    #[must_use]
    pub fn new(client: Client, uid: Uuid) -> Self {
        Self { client, uid, trouble: Mutex::default() }
    }

    /// What stood in the way last, if something does now.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().ok().and_then(|trouble| trouble.clone())
    }

    /// Creates a namespaced object; one that is there already and belongs to this store is taken as
    /// it is.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn create<K>(&self, object: &K) -> Result<K, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let namespace = object.namespace().unwrap_or_default();
        self.create_in(&Api::namespaced(self.client.clone(), &namespace), object).await
    }

    /// Creates all of `objects` at the same time, as [`Self::create`] does.
    ///
    /// # Errors
    /// [`ClusterError`], the first that happens.
    pub async fn create_all<K>(&self, objects: &[K]) -> Result<Vec<K>, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        futures_util::future::try_join_all(objects.iter().map(|object| self.create(object))).await
    }

    /// Creates the store's namespace, as [`Self::create`] does.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn create_namespace(&self, namespace: &Namespace) -> Result<Namespace, ClusterError> {
        self.create_in(&Api::all(self.client.clone()), namespace).await
    }

    /// Waits until `verdict` of a namespaced object is [`Verdict::Done`], starting from the object as
    /// a create returned it, so that nothing between is missed.
    ///
    /// # Errors
    /// [`ClusterError`] when it can't get there.
    pub async fn wait_for<K>(&self, object: K, verdict: fn(&K) -> Verdict) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let namespace = object.namespace().unwrap_or_default();
        let api: Api<K> = Api::namespaced(self.client.clone(), &namespace);
        let name = object.name_any();
        match self.watch(&api, object, verdict).await? {
            WatchEnd::Done => Ok(()),
            WatchEnd::Failed(message) => Err(ClusterError::Failed { kind: kind::<K>(), name, message }),
            WatchEnd::Deleted => Err(ClusterError::Vanished { kind: kind::<K>(), name }),
        }
    }

    /// Asks for the deletion of the namespace `name`, and returns it as it is then; nothing where it
    /// is gone, or is not this store's.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete_namespace(&self, name: &str) -> Result<Option<Namespace>, ClusterError> {
        let api: Api<Namespace> = Api::all(self.client.clone());
        loop {
            let found = self.retried("get", name, &api, || api.get_opt(name)).await?;
            let Some(found) = found.filter(|found| is_owned_by(found, self.uid)) else { return Ok(None) };
            if found.metadata.deletion_timestamp.is_some() {
                return Ok(Some(found));
            }
            let params = only(&found);
            if let Some(terminating) =
                self.retried("delete", name, &api, || deleted(&api, name, &params)).await?
            {
                return Ok(Some(terminating));
            }
        }
    }

    /// Deletes all of this store's objects of one kind in `namespace`, without waiting for their end.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete_all<K>(&self, namespace: &str) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let ours = ListParams::default().labels(&format!("{STORE_UID}={}", self.uid));
        let found = self.retried("list", namespace, &api, || api.list(&ours)).await?;
        let deletions = found.items.iter().map(|object| {
            let (api, name, params) = (&api, object.name_any(), only(object));
            async move { self.retried("delete", &name, api, || deleted(api, &name, &params)).await }
        });
        futures_util::future::try_join_all(deletions).await?;
        Ok(())
    }

    /// Waits until a namespace is gone, starting from it as its deletion returned it.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn wait_until_gone(&self, namespace: Namespace) -> Result<(), ClusterError> {
        let name = namespace.name_any();
        match self.watch(&Api::all(self.client.clone()), namespace, still_there).await? {
            WatchEnd::Deleted | WatchEnd::Done => Ok(()),
            WatchEnd::Failed(message) => {
                Err(ClusterError::Failed { kind: kind::<Namespace>(), name, message })
            }
        }
    }

    async fn create_in<K>(&self, api: &Api<K>, object: &K) -> Result<K, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        loop {
            let created = self
                .retried("create", &name, api, || async {
                    match api.create(&PostParams::default(), object).await {
                        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
                        created => created.map(Some),
                    }
                })
                .await?;
            if let Some(created) = created {
                return Ok(created);
            }
            match self.retried("get", &name, api, || api.get_opt(&name)).await? {
                Some(found) if is_owned_by(&found, self.uid) => return Ok(found),
                Some(_) => return Err(ClusterError::Conflict { kind: kind::<K>(), name }),
                // It went away between the two requests.
                None => {}
            }
        }
    }

    /// Watches one object from the version of `object` on, over disconnects and expired versions.
    async fn watch<K>(
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
                let opened = self.retried("watch", &name, api, || api.watch(&params, &version)).await?;
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
            match self.retried("get", &name, api, || api.get_opt(&name)).await? {
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

    fn note(&self, trouble: Option<Trouble>) {
        if let Ok(mut noted) = self.trouble.lock() {
            *noted = trouble;
        }
    }

    /// Sends a request until the API server has decided on it. What may heal by itself is tried
    /// again, with backoff and jitter, for as long as the caller waits.
    async fn retried<K, T, F>(
        &self,
        verb: &'static str,
        name: &str,
        _api: &Api<K>,
        request: impl Fn() -> F,
    ) -> Result<T, ClusterError>
    where
        K: Resource<DynamicType = ()>,
        F: Future<Output = Result<T, kube::Error>>,
    {
        let mut pauses = pauses();
        loop {
            let (reason, pause) = match tokio::time::timeout(REQUEST_TIMEOUT, request()).await {
                Ok(Ok(answer)) => {
                    self.note(None);
                    return Ok(answer);
                }
                Ok(Err(kube::Error::Api(status))) => match transient(&status) {
                    Some(retry_after) => (status.message.clone(), retry_after),
                    None => return Err(refusal::<K>(verb, name, &status)),
                },
                Ok(Err(error)) => (error.to_string(), None),
                Err(_) => (format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()), None),
            };
            let pause = pause.unwrap_or_else(|| pauses.next().unwrap_or(LONGEST_PAUSE));
            tracing::warn!(verb, kind = %kind::<K>(), name, %reason, ?pause, "a request is tried again");
            self.note(Some(Trouble::Unreachable(reason)));
            tokio::time::sleep(pause).await;
        }
    }
}

/// What every object has that is sent, received and watched.
pub trait Object: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<K: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static> Object for K {}

enum WatchEnd {
    Done,
    Failed(String),
    Deleted,
}

/// The pause after the first failure is a fifth of a second, and never more than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Whether an answer may be another one later, and after which pause if it says so.
fn transient(status: &Status) -> Option<Option<Duration>> {
    let told =
        status.details.as_ref().map(|details| details.retry_after_seconds).filter(|seconds| *seconds > 0);
    let told = told.map(|seconds| Duration::from_secs(seconds.into()));
    // The quota controller has not seen a new quota yet.
    let quota_unseen = status.code == 403 && status.message.contains("status unknown for quota");
    (status.code == 429 || status.code >= 500 || quota_unseen).then_some(told)
}

fn refusal<K: Resource<DynamicType = ()>>(verb: &'static str, name: &str, status: &Status) -> ClusterError {
    let (kind, name, message) = (kind::<K>(), name.to_owned(), status.message.clone());
    if status.code == 403 && message.contains("exceeded quota") {
        ClusterError::Quota { kind, name, message }
    } else {
        ClusterError::Refused { verb, kind, name, message }
    }
}

/// Asks for an object's deletion: the object as it is then, or nothing where it is gone at once, or
/// is another one by now.
async fn deleted<K: Object>(
    api: &Api<K>,
    name: &str,
    params: &DeleteParams,
) -> Result<Option<K>, kube::Error> {
    match api.delete(name, params).await {
        Ok(answer) => Ok(answer.left()),
        Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A deletion of this very object: should another one have taken its name, that is not touched.
fn only<K: Resource>(object: &K) -> DeleteParams {
    DeleteParams::background().preconditions(Preconditions { uid: object.uid(), resource_version: None })
}

/// A namespace that is being deleted, with what it says that it waits for.
fn still_there(namespace: &Namespace) -> Verdict {
    let conditions = namespace.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let reasons: Vec<_> = conditions
        .filter(|condition| condition.status == "True")
        .filter_map(|condition| condition.message.clone())
        .collect();
    Verdict::Waiting((!reasons.is_empty()).then(|| reasons.join(" ")))
}

fn kind<K: Resource<DynamicType = ()>>() -> String {
    K::kind(&()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str, retry_after_seconds: u32) -> Status {
        let details = serde_json::json!({ "retryAfterSeconds": retry_after_seconds });
        let status = serde_json::json!({ "code": code, "message": message, "details": details });
        serde_json::from_value(status).unwrap()
    }

    #[test]
    fn what_may_heal_is_told_from_what_can_not() {
        assert_eq!(transient(&status(500, "", 0)), Some(None));
        assert_eq!(transient(&status(429, "", 7)), Some(Some(Duration::from_secs(7))));
        assert_eq!(transient(&status(403, "status unknown for quota: store", 0)), Some(None));
        assert_eq!(transient(&status(403, "exceeded quota: store", 0)), None);
        assert_eq!(transient(&status(422, "invalid", 0)), None);
    }

    #[test]
    fn pauses_grow_and_stay_below_their_limit() {
        // Jitter adds up to the pause's own length.
        assert!(
            pauses().take(50).all(|pause| pause <= 2 * LONGEST_PAUSE && pause >= Duration::from_millis(200))
        );
    }
}
