//! The thin rim towards Kubernetes: few verbs, one retry policy, one reading of its errors.

mod access;
mod certificate;
mod delete;
mod error;
mod exec;
mod log_tail;
mod logs;
mod namespace;
mod patch;
mod refusal;
mod restart;
mod retry;
mod retry_cause;
mod storage_class;
mod warnings;
mod watch;

use std::{
    collections::BTreeSet,
    fmt::Debug,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{provisioning::failure::FailureCode, values::kept_text::sentence};
use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, PostParams, PropagationPolicy},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub use self::{
    access::{AccessError, HeaderReader, Transport, client_builder, connect, headers_read, probe_regularly},
    error::{ClusterError, Trouble},
    exec::Command,
    retry_cause::RetryCause,
    watch::Verdict,
};
pub(crate) use self::{certificate::NO_CERT_MANAGER, error::GONE, refusal::webhook_not_reached};
use self::{
    delete::only,
    refusal::is_there_already,
    retry::{LONGEST_PAUSE, pauses},
    watch::{Pods, WatchEnd},
};
use crate::{
    diagnosis::Diagnosis,
    heartbeat::Hold,
    metrics::Metrics,
    resources::{incarnation, is_owned_by, pods_of},
};

/// How many warnings of the API server are told of a store at most: each is an event, and all events of a step
/// are written at once.
const WARNINGS: usize = 20;

/// How long an image that can't be pulled is waited for where nobody says: a kubelet tries again after 10, 20
/// and 40 s.
const PULL_GRACE: Duration = Duration::from_secs(60);

/// One store's access to the cluster.
pub struct Cluster {
    client: Client,
    uid: Uuid,
    /// Nothing is sent once the store's lease may be somebody else's.
    hold: Arc<Hold>,
    /// How long a wait lasts before the pods behind it are looked at, and then again and again.
    look_after: Duration,
    /// How long an image that can't be pulled is waited for.
    pull_grace: Duration,
    metrics: Metrics,
    troubles: Mutex<Troubles>,
    warnings: Mutex<Warnings>,
    /// Whether something of this store was found that an earlier attempt has made.
    finds: AtomicBool,
    /// Why a request was tried again, each time that one is.
    retries: tokio::sync::watch::Sender<String>,
}

impl Cluster {
    /// Access on behalf of the store's incarnation `uid`, for as long as its lease is held, which
    /// looks at the pods behind a wait each time that `look_after` has passed.
    #[must_use]
    pub fn new(client: Client, uid: Uuid, hold: Arc<Hold>, look_after: Duration, metrics: Metrics) -> Self {
        Self {
            client,
            uid,
            hold,
            look_after,
            pull_grace: PULL_GRACE,
            metrics,
            troubles: Mutex::default(),
            warnings: Mutex::default(),
            finds: AtomicBool::new(false),
            retries: tokio::sync::watch::Sender::default(),
        }
    }

    /// The same, which waits for as long as `grace` for an image that can't be pulled.
    #[must_use]
    pub fn with_pull_grace(self, grace: Duration) -> Self {
        Self { pull_grace: grace, ..self }
    }

    /// What stands in the way, if something does: first of all that the API server does not do what it is
    /// asked, since what is known of an object is old then.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let of_waits = || troubles.waits.iter().find_map(|(_, diagnosis)| diagnosis.clone());
        let not_ready = || troubles.not_ready.clone().or_else(of_waits).map(Trouble::NotReady);
        troubles.request.clone().or_else(not_ready)
    }

    /// Waits until a request is tried again, from this call on, and says why. That something new is not
    /// counted yet is the way of things, and none of these.
    pub fn retried_next(&self) -> impl Future<Output = String> + use<> {
        let mut retries = self.retries.subscribe();
        async move {
            match retries.changed().await {
                Ok(()) => retries.borrow_and_update().clone(),
                // Nothing is asked any more.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// What the API server has warned of since this was last asked, each warning once in a store's life with
    /// this runner.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut warnings.untold)
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
        let api = Api::namespaced(self.client.clone(), &namespace);
        let mut pauses = pauses();
        loop {
            let created = Box::pin(self.create_in(&api, object, Leaving::AskedFor)).await;
            let Err(error) = created else { return created };
            let heals = match &error {
                // The API server decides by what it has seen, which may still be the one before.
                ClusterError::NamespaceGone { .. } => self.has_namespace(&namespace).await?,
                // A request for an earlier store of this name was carried out in this one's namespace.
                ClusterError::Conflict { earlier: Some(uid), .. } => self.remove(&api, object, *uid).await?,
                ClusterError::Conflict { earlier: None, .. }
                | ClusterError::Quota { .. }
                | ClusterError::Refused { .. }
                | ClusterError::Failed { .. }
                | ClusterError::Command { .. }
                | ClusterError::Missing { .. }
                | ClusterError::NoLog { .. }
                | ClusterError::NoPod { .. }
                | ClusterError::Vanished { .. } => false,
            };
            if !heals {
                return Err(error);
            }
            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
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

    /// Deletes `old`, with its pods, and creates `new` in its place.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn replace<K>(&self, old: &K, new: &K) -> Result<K, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), &old.namespace().unwrap_or_default());
        // The pods go first: two that write to one volume must not meet.
        let params = DeleteParams { propagation_policy: Some(PropagationPolicy::Foreground), ..only(old) };
        if let Some(leaving) = self.deleted(&api, old, &params).await? {
            Box::pin(self.watch(&api, leaving, |_| Verdict::Waiting(None), None)).await?;
        }
        Box::pin(self.create(new)).await
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
        let pods = self.pods_behind(&object);
        Box::pin(self.wait(object, verdict, pods)).await
    }

    /// The pods of the object's component, if it has one.
    fn pods_behind<K>(&self, object: &K) -> Option<Pods>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        let api = Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default());
        pods_of(object).map(|labels| Pods::new(api, &labels, self.look_after, self.pull_grace))
    }

    /// Waits as [`Self::wait_for`] does, and looks at these `pods`.
    async fn wait<K>(
        &self,
        object: K,
        verdict: fn(&K) -> Verdict,
        pods: Option<Pods>,
    ) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default());
        let (kind, name) = (kind::<K>(), object.name_any());
        match Box::pin(self.watch(&api, object, verdict, pods)).await? {
            WatchEnd::Done => Ok(()),
            WatchEnd::Failed(diagnosis) => Err(ClusterError::Failed { kind, name, diagnosis }),
            WatchEnd::Deleted => Err(ClusterError::Vanished { kind, name }),
        }
    }

    /// Creates an object, or takes the one that is there. One of its name that is on its way out is
    /// waited for, as `leaving` says, whoever's it was: what would be put into it would go with it.
    ///
    /// A create is charged to the namespace's quota even where the object is there, and the charge is
    /// taken back only minutes later. So once something of this store was found, the rest is looked for
    /// before it is created, and a quota's refusal counts only where the object is not there.
    async fn create_in<K>(&self, api: &Api<K>, object: &K, leaving: Leaving<K>) -> Result<K, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        let mut looks = self.finds.load(Ordering::Relaxed);
        let mut refusal = None;
        let mut missed = false;
        let mut pauses = pauses();
        loop {
            if looks {
                match self.retried::<K, _, _>("get", &name, || api.get_opt(&name)).await? {
                    Some(found) if found.meta().deletion_timestamp.is_some() => {
                        refusal = None;
                        match leaving {
                            Leaving::Watched(verdict) => {
                                Box::pin(self.watch(api, found, verdict, None)).await?;
                            }
                            Leaving::AskedFor => {
                                let message = format!("{} {name} is still being deleted", kind::<K>());
                                let diagnosis = Diagnosis::new(FailureCode::DeadlineExceeded, message);
                                self.note_not_ready(Some(diagnosis));
                                tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
                                continue;
                            }
                        }
                    }
                    Some(found) if is_owned_by(&found, self.uid) => {
                        self.finds.store(true, Ordering::Relaxed);
                        return Ok(found);
                    }
                    Some(other) => {
                        let earlier = incarnation(&other, object);
                        return Err(ClusterError::Conflict { kind: kind::<K>(), name, earlier });
                    }
                    // It is not there yet, or not any more.
                    None => {
                        self.note_not_ready(None);
                        if let Some(refusal) = refusal.take() {
                            return Err(refusal);
                        }
                        // It was there for the create, and not for the look, and that again: who makes and
                        // takes it away is not met by asking without a pause.
                        if std::mem::replace(&mut missed, true) {
                            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
                        }
                    }
                }
            }
            let created = self.retried::<K, _, _>("create", &name, || async {
                match api.create(&PostParams::default(), object).await {
                    Err(kube::Error::Api(status)) if is_there_already(&status) => Ok(None),
                    created => created.map(Some),
                }
            });
            match created.await {
                Ok(Some(created)) => return Ok(created),
                Ok(None) => {}
                Err(quota @ ClusterError::Quota { .. }) => refusal = Some(quota),
                Err(error) => return Err(error),
            }
            looks = true;
        }
    }

    /// The API server does not do what it is asked, or does again.
    fn note_trouble(&self, trouble: Option<Trouble>) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).request = trouble;
    }

    /// The API server did what it was asked, and warns of it.
    fn note_warning(&self, warning: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let warning = sentence(warning);
        if warnings.known.len() < WARNINGS && warnings.known.insert(warning.clone()) {
            tracing::warn!(warning, "the API server warns");
            warnings.untold.push(warning);
        }
    }

    /// What keeps an object from being made.
    fn note_not_ready(&self, diagnosis: Option<Diagnosis>) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).not_ready = diagnosis;
    }

    /// What keeps the object `name` from being ready, which is waited for from now on, or since before.
    fn note_wait(&self, name: &str, diagnosis: Option<Diagnosis>) {
        let waits = &mut self.troubles.lock().unwrap_or_else(PoisonError::into_inner).waits;
        match waits.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = diagnosis,
            None => waits.push((name.to_owned(), diagnosis)),
        }
    }

    /// The object `name` is waited for no longer.
    fn end_wait(&self, name: &str) {
        let waits = &mut self.troubles.lock().unwrap_or_else(PoisonError::into_inner).waits;
        waits.retain(|(known, _)| known != name);
    }
}

/// How the end of an object is waited for that is on its way out.
enum Leaving<K> {
    /// By a watch, whose verdict tells what the object waits for.
    Watched(fn(&K) -> Verdict),
    /// By asking for it again and again. It is rare, and whoever may watch Secrets may read them all.
    AskedFor,
}

/// What stands in the way, each kind by itself: that the API server does again what it is asked does not
/// make an object ready.
#[derive(Default)]
struct Troubles {
    request: Option<Trouble>,
    not_ready: Option<Diagnosis>,
    /// Of each object that is waited for, in the order in which that began: what began later may be
    /// waiting for what began before.
    waits: Vec<(String, Option<Diagnosis>)>,
}

/// What the API server warned of.
#[derive(Default)]
struct Warnings {
    known: BTreeSet<String>,
    untold: Vec<String>,
}

/// What every object has that is sent, received and watched.
pub trait Object: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<K: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static> Object for K {}

fn kind<K: Resource<DynamicType = ()>>() -> String {
    K::kind(&()).into_owned()
}
