//! Deletes objects: each the very one that was seen, or none.

use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Resource, ResourceExt as _,
    api::{DeleteParams, ListParams, Preconditions},
};
use uuid::Uuid;

use crate::{
    cluster::{
        client::{Cluster, Object, kind},
        error::ClusterError,
        request::{is_conflict, pauses},
    },
    resources::{STORE_UID, is_owned_by},
};

/// What the API server makes of a deletion.
enum Deletion<K> {
    /// It is carried out: the object as it is then, or nothing where it is gone at once.
    Accepted(Option<K>),
    /// Another object has the name, or somebody changed the object at the same time.
    Conflict(String),
}

impl Cluster {
    /// Asks for the deletion of the very object that was seen as `seen`: the object as it is then, or
    /// nothing where it is gone, or another one has its name by now.
    pub(in crate::cluster) async fn deleted<K>(
        &self,
        api: &Api<K>,
        seen: &K,
        params: &DeleteParams,
    ) -> Result<Option<K>, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = seen.name_any();
        let mut pauses = pauses();
        loop {
            let asked = self.retried::<K, _, _>("delete", &name, || async {
                match api.delete(&name, params).await {
                    Ok(answer) => Ok(Deletion::Accepted(answer.left())),
                    Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Deletion::Accepted(None)),
                    Err(kube::Error::Api(status)) if is_conflict(&status) => {
                        Ok(Deletion::Conflict(status.message))
                    }
                    Err(error) => Err(error),
                }
            });
            let reason = match asked.await? {
                Deletion::Accepted(left) => return Ok(left),
                Deletion::Conflict(reason) => reason,
            };
            // Both conflicts have one code: only what is there says which it was.
            let found = self.retried::<K, _, _>("get", &name, || api.get_opt(&name)).await?;
            match found.filter(|found| found.uid() == seen.uid()) {
                Some(same) if same.meta().deletion_timestamp.is_none() => {
                    self.met_another_change::<K>("delete", &name, reason, &mut pauses).await;
                }
                terminating_or_gone => return Ok(terminating_or_gone),
            }
        }
    }

    /// The object `name`, if it is there and belongs to the incarnation `uid`.
    async fn found_of<K>(&self, api: &Api<K>, name: &str, uid: Uuid) -> Result<Option<K>, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let found = self.found(api, name).await?;
        Ok(found.filter(|found| is_owned_by(found, uid)))
    }

    /// Deletes what has the name of `object` and belongs to the incarnation `uid`.
    pub(in crate::cluster) async fn remove<K>(
        &self,
        api: &Api<K>,
        object: &K,
        uid: Uuid,
    ) -> Result<bool, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        let name = object.name_any();
        let found = self.found_of(api, &name, uid).await?;
        if let Some(late) = found {
            tracing::warn!(kind = %kind::<K>(), name, %uid, "what an earlier incarnation left behind is removed");
            self.deleted(api, &late, &only(&late)).await?;
        }
        Ok(true)
    }

    /// Deletes the object `name` in `namespace` if it is there and this store's, without waiting for its end, and says
    /// whether it was.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete<K>(&self, namespace: &str, name: &str) -> Result<bool, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let Some(ours) = self.found_of(&api, name, self.uid).await? else { return Ok(false) };
        self.deleted(&api, &ours, &only(&ours)).await?;
        Ok(true)
    }

    /// Whether the object `name` in `namespace` is there, this store's, and stays.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub(in crate::cluster) async fn has<K>(&self, namespace: &str, name: &str) -> Result<bool, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let found = self.found_of(&api, name, self.uid).await?;
        Ok(found.is_some_and(|ours| ours.meta().deletion_timestamp.is_none()))
    }

    /// Deletes all of this store's objects of one kind in `namespace`, without waiting for their end, and returns
    /// them as they were.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete_all<K>(&self, namespace: &str) -> Result<Vec<K>, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let ours = ListParams::default().labels(&format!("{STORE_UID}={}", self.uid));
        let found = self.retried::<K, _, _>("list", namespace, || api.list(&ours)).await?;
        let deletions = found.items.iter().map(|object| {
            let (api, params) = (&api, only(object));
            async move { self.deleted(api, object, &params).await }
        });
        futures_util::future::try_join_all(deletions).await?;
        Ok(found.items)
    }
}

/// A deletion of this very object: should another one have taken its name, that is not touched.
pub(super) fn only<K: Resource>(object: &K) -> DeleteParams {
    DeleteParams::background().preconditions(Preconditions { uid: object.uid(), resource_version: None })
}
