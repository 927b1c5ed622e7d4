//! Reads what a store is made of from its objects, where its record does not say so.

use domain::{
    operation::{Workload, logs::Component},
    store::release::Release,
};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job};

use crate::{
    cluster::{client::Cluster, error::ClusterError},
    resources::{deployment_of, release_of},
};

impl Cluster {
    /// What the store in `namespace` is made of; `None` where its Deployments do not say so.
    ///
    /// # Errors
    /// [`ClusterError`], also when one of them is not there, or not this store's.
    pub async fn running_release(&self, namespace: &str) -> Result<Option<Release>, ClusterError> {
        let shop: Deployment = self.owned(namespace, deployment_of(Workload::Wordpress)).await?;
        let database: Deployment = self.owned(namespace, deployment_of(Workload::Mysql)).await?;
        let setup = match self.owned::<Job>(namespace, Component::Setup.as_str()).await {
            Ok(setup) => Some(setup),
            Err(ClusterError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(release_of(&shop, &database, setup.as_ref()))
    }
}
