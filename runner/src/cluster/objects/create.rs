//! Creates objects; what is there already and belongs to the store is taken as it is.

use std::sync::atomic::Ordering;

use domain::provisioning::failure::FailureCode;
use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Resource, ResourceExt as _,
    api::{DeleteParams, PostParams, PropagationPolicy},
};

use super::delete::only;
use crate::{
    cluster::{
        client::{Cluster, Object, kind},
        diagnosis::Diagnosis,
        error::ClusterError,
        request::{LONGEST_PAUSE, is_there_already, pauses},
        wait::WaitState,
    },
    resources::{incarnation, is_owned_by},
};

impl Cluster {
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
            let created = Box::pin(self.create_in(&api, object, Terminating::Polled)).await;
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
        if let Some(terminating) = self.deleted(&api, old, &params).await? {
            Box::pin(self.watch(&api, terminating, |_| WaitState::Waiting(None), None)).await?;
        }
        Box::pin(self.create(new)).await
    }

    /// Creates an object, or takes the one that is there. One of its name that is on its way out is
    /// waited for, as `terminating` says, whoever's it was: what would be put into it would go with it.
    ///
    /// A create is charged to the namespace's quota even where the object is there, and the charge is
    /// taken back only minutes later. So once something of this store was found, the rest is read
    /// before it is created, and a quota's refusal counts only where the object is not there.
    pub(in crate::cluster) async fn create_in<K>(
        &self,
        api: &Api<K>,
        object: &K,
        terminating: Terminating<K>,
    ) -> Result<K, ClusterError>
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
                        match terminating {
                            Terminating::Watched(state) => {
                                Box::pin(self.watch(api, found, state, None)).await?;
                            }
                            Terminating::Polled => {
                                let message = format!("{} {name} is still being deleted", kind::<K>());
                                let diagnosis = Diagnosis::new(FailureCode::DeadlineExceeded, message);
                                self.troubles.note_not_ready(Some(diagnosis));
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
                        self.troubles.note_not_ready(None);
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
}

/// How the end of an object is waited for that is on its way out.
pub(in crate::cluster) enum Terminating<K> {
    /// By a watch, whose state says what the object waits for.
    Watched(fn(&K) -> WaitState),
    /// By asking for it again and again. It is rare, and whoever may watch Secrets may read them all.
    Polled,
}
