//! Changes objects that a store has: each in the version that was read, or not at all.

use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Resource, ResourceExt as _,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

use crate::{
    cluster::{
        client::{Cluster, Object, kind},
        error::ClusterError,
        request::{get_if_known, is_conflict, pauses},
    },
    resources::is_owned_by,
};

impl Cluster {
    /// The object `name`, if it is there. Of a kind that the cluster does not know there is none.
    pub(super) async fn found<K>(&self, api: &Api<K>, name: &str) -> Result<Option<K>, ClusterError>
    where
        K: Resource<DynamicType = ()> + Object,
    {
        self.retried::<K, _, _>("get", name, || async { get_if_known(api, name, &K::group(&())).await }).await
    }

    /// The object `name` in `namespace`, which a store that is up has.
    ///
    /// # Errors
    /// [`ClusterError`], also when it is not there, or not this store's.
    pub async fn owned<K>(&self, namespace: &str, name: &str) -> Result<K, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let found: K = self.existing(namespace, name).await?;
        if is_owned_by(&found, self.uid) {
            Ok(found)
        } else {
            Err(ClusterError::Conflict { kind: kind::<K>(), name: name.to_owned(), earlier: None })
        }
    }

    /// The same, whoever's it is.
    ///
    /// # Errors
    /// [`ClusterError`], also when it is not there.
    pub async fn existing<K>(&self, namespace: &str, name: &str) -> Result<K, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let found = self.found(&api, name).await?;
        found.ok_or_else(|| ClusterError::Missing { kind: kind::<K>(), name: name.to_owned() })
    }

    /// The object `name` in `namespace` once `patch` finds nothing left to change in it: what that
    /// returns is merged into the version that it was shown, and into no other. So a change that is
    /// carried out late changes nothing.
    ///
    /// # Errors
    /// As [`Self::owned`].
    pub async fn patched<K>(
        &self,
        namespace: &str,
        name: &str,
        patch: impl Fn(&K) -> Option<Value>,
    ) -> Result<K, ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let mut pauses = pauses();
        loop {
            let found: K = self.owned(namespace, name).await?;
            let Some(mut change) = patch(&found) else { return Ok(found) };
            change["metadata"]["uid"] = json!(found.uid());
            change["metadata"]["resourceVersion"] = json!(found.resource_version());
            let change = Patch::Merge(change);
            let merged = self.retried::<K, _, _>("patch", name, || async {
                match api.patch(name, &PatchParams::default(), &change).await {
                    Err(kube::Error::Api(status)) if is_conflict(&status) || status.is_not_found() => {
                        Ok(Err(status.message))
                    }
                    merged => merged.map(Ok),
                }
            });
            match merged.await? {
                Ok(merged) => return Ok(merged),
                // It has changed since it was read, as a status does.
                Err(reason) => self.met_another_change::<K>("patch", name, reason, &mut pauses).await,
            }
        }
    }
}
