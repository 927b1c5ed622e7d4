//! Looks at what becomes of the volumes of a storage class.

use k8s_openapi::api::storage::v1::StorageClass;
use kube::Api;

use crate::cluster::{client::Cluster, error::ClusterError};

/// The policy that leaves a volume where it is once nobody claims it.
/// <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#retain>
const RETAIN: &str = "Retain";

impl Cluster {
    /// Whether volumes of the storage class `name` stay once nobody claims them. Of one that is not there, or
    /// that can't be read, nobody knows: no deletion waits for that.
    ///
    /// # Errors
    /// None that ends a deletion.
    pub async fn retains_volumes(&self, name: &str) -> Result<bool, ClusterError> {
        let api: Api<StorageClass> = Api::all(self.client.clone());
        let found = match self.retried::<StorageClass, _, _>("get", name, || api.get_opt(name)).await {
            Err(ClusterError::Refused { message, .. }) => {
                tracing::warn!(name, message, "whether a storage class retains volumes is not known");
                None
            }
            found => found?,
        };
        Ok(found.is_some_and(|class| class.reclaim_policy.as_deref() == Some(RETAIN)))
    }
}
