//! Waits until objects are as they should be, and knows when each kind is.

mod deployment;
mod external_secret;
mod job;
mod pods;
mod state;
mod watch;

use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Resource, ResourceExt as _};

pub(super) use self::pods::Pods;
pub(super) use self::{deployment::stopped, job::upgraded, watch::WatchEnd};
pub use self::{
    deployment::{available, serving},
    external_secret::fetched,
    job::{complete, has_ended},
    state::WaitState,
};
use super::{
    client::{Cluster, Object, kind},
    error::ClusterError,
};
use crate::resources::pods_of;

impl Cluster {
    /// Waits until `state` of a namespaced object is [`WaitState::Done`], starting from the object as
    /// a create returned it, so that nothing between is missed. Meanwhile the pods of the object's
    /// component are checked: one that can't heal ends the wait.
    ///
    /// # Errors
    /// [`ClusterError`] when it can't get there.
    pub async fn wait_for<K>(&self, object: K, state: fn(&K) -> WaitState) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let pods = self.pods_behind(&object);
        Box::pin(self.wait(object, state, pods)).await
    }

    /// The pods of the object's component, if it has one.
    pub(in crate::cluster) fn pods_behind<K>(&self, object: &K) -> Option<Pods>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        let api = Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default());
        pods_of(object).map(|labels| Pods::new(api, &labels, self.pod_check_interval, self.pull_grace))
    }

    /// Waits as [`Self::wait_for`] does, and checks these `pods`.
    pub(in crate::cluster) async fn wait<K>(
        &self,
        object: K,
        state: fn(&K) -> WaitState,
        pods: Option<Pods>,
    ) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default());
        let (kind, name) = (kind::<K>(), object.name_any());
        match Box::pin(self.watch(&api, object, state, pods)).await? {
            WatchEnd::Done => Ok(()),
            WatchEnd::Failed(diagnosis) => Err(ClusterError::Failed { kind, name, diagnosis }),
            WatchEnd::Deleted => Err(ClusterError::Vanished { kind, name }),
        }
    }
}
