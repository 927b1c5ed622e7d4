//! The thin rim towards Kubernetes: few verbs, one retry policy, one reading of its errors.

mod access;
mod error;
mod retry;
mod retry_cause;
mod watch;

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::failure::FailureCode;
use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, ListParams, PostParams, Preconditions},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use self::watch::{Pods, WatchEnd};
pub use self::{
    access::{AccessError, connect, probe_regularly},
    error::{ClusterError, Trouble},
    retry_cause::RetryCause,
    watch::Verdict,
};
use crate::{
    diagnosis::Diagnosis,
    heartbeat::Hold,
    metrics::Metrics,
    resources::{STORE_UID, is_owned_by, pods_of},
};

/// One store's access to the cluster.
pub struct Cluster {
    client: Client,
    uid: Uuid,
    /// Nothing is sent once the store's lease may be somebody else's.
    hold: Arc<Hold>,
    /// How long a wait lasts before the pods behind it are looked at, and then again and again.
    look_after: Duration,
    metrics: Metrics,
    troubles: Mutex<Troubles>,
}

impl Cluster {
    /// Access on behalf of the store's incarnation `uid`, for as long as its lease is held, which
    /// looks at the pods behind a wait each time that `look_after` has passed.
    #[must_use]
    pub fn new(client: Client, uid: Uuid, hold: Arc<Hold>, look_after: Duration, metrics: Metrics) -> Self {
        Self { client, uid, hold, look_after, metrics, troubles: Mutex::default() }
    }

    /// What stands in the way, if something does: first of all that the API server does not answer,
    /// since what is known of an object is old then.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let unreachable = troubles.unreachable.clone().map(Trouble::Unreachable);
        unreachable.or_else(|| troubles.not_ready.clone().map(Trouble::NotReady))
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
        Box::pin(self.create_in(&Api::namespaced(self.client.clone(), &namespace), object)).await
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
        Box::pin(self.create_in(&Api::all(self.client.clone()), namespace)).await
    }

    /// Waits until `verdict` of a namespaced object is [`Verdict::Done`], starting from the object as
    /// a create returned it, so that nothing between is missed. Meanwhile the pods of the object's
    /// component are looked at: one that can't heal ends the wait.
    ///
    /// # Errors
    /// [`ClusterError`] when it can't get there.
    pub async fn wait_for<K>(&self, object: K, verdict: fn(&K) -> Verdict) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let namespace = object.namespace().unwrap_or_default();
        let api: Api<K> = Api::namespaced(self.client.clone(), &namespace);
        let pods = pods_of(&object).map(|labels| {
            Pods::new(Api::namespaced(self.client.clone(), &namespace), &labels, self.look_after)
        });
        let (kind, name) = (kind::<K>(), object.name_any());
        match Box::pin(self.watch(&api, object, verdict, pods)).await? {
            WatchEnd::Done => Ok(()),
            WatchEnd::Failed(diagnosis) => Err(ClusterError::Failed { kind, name, diagnosis }),
            WatchEnd::Deleted => Err(ClusterError::Vanished { kind, name }),
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
            let found = self.retried::<Namespace, _, _>("get", name, || api.get_opt(name)).await?;
            let Some(found) = found.filter(|found| is_owned_by(found, self.uid)) else { return Ok(None) };
            if found.metadata.deletion_timestamp.is_some() {
                return Ok(Some(found));
            }
            let params = only(&found);
            if let Some(terminating) =
                self.retried::<Namespace, _, _>("delete", name, || deleted(&api, name, &params)).await?
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
        let found = self.retried::<K, _, _>("list", namespace, || api.list(&ours)).await?;
        let deletions = found.items.iter().map(|object| {
            let (api, name, params) = (&api, object.name_any(), only(object));
            async move { self.retried::<K, _, _>("delete", &name, || deleted(api, &name, &params)).await }
        });
        futures_util::future::try_join_all(deletions).await?;
        Ok(())
    }

    /// Waits until a namespace is gone, starting from it as its deletion returned it. Never gives up
    /// by itself, and never takes a finalizer away: who put it there has something to do first.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn wait_until_gone(&self, namespace: Namespace) -> Result<(), ClusterError> {
        let (kind, name) = (kind::<Namespace>(), namespace.name_any());
        match Box::pin(self.watch(&Api::all(self.client.clone()), namespace, still_there, None)).await? {
            WatchEnd::Deleted | WatchEnd::Done => Ok(()),
            WatchEnd::Failed(diagnosis) => Err(ClusterError::Failed { kind, name, diagnosis }),
        }
    }

    async fn create_in<K>(&self, api: &Api<K>, object: &K) -> Result<K, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        loop {
            let created = self
                .retried::<K, _, _>("create", &name, || async {
                    match api.create(&PostParams::default(), object).await {
                        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
                        created => created.map(Some),
                    }
                })
                .await?;
            if let Some(created) = created {
                return Ok(created);
            }
            match self.retried::<K, _, _>("get", &name, || api.get_opt(&name)).await? {
                Some(found) if !is_owned_by(&found, self.uid) => {
                    return Err(ClusterError::Conflict { kind: kind::<K>(), name });
                }
                Some(found) if found.meta().deletion_timestamp.is_none() => return Ok(found),
                // It is on its way out; what would be put into it would go with it.
                Some(leaving) => {
                    self.watch(api, leaving, |_| Verdict::Waiting(None), None).await?;
                }
                // It went away between the two requests.
                None => {}
            }
        }
    }

    /// The API server does not answer as it should, or does again.
    fn note_unreachable(&self, reason: Option<String>) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).unreachable = reason;
    }

    /// What keeps the object from being ready that is waited for.
    fn note_not_ready(&self, diagnosis: Option<Diagnosis>) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).not_ready = diagnosis;
    }
}

/// What stands in the way, each kind by itself: that the API server answers again does not make an
/// object ready.
#[derive(Default)]
struct Troubles {
    unreachable: Option<String>,
    not_ready: Option<Diagnosis>,
}

/// What every object has that is sent, received and watched.
pub trait Object: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<K: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static> Object for K {}

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
    Verdict::Waiting(
        (!reasons.is_empty()).then(|| Diagnosis::new(FailureCode::CleanupFailed, reasons.join(" "))),
    )
}

fn kind<K: Resource<DynamicType = ()>>() -> String {
    K::kind(&()).into_owned()
}
