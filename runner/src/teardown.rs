//! Takes a store's namespace away, with all that is in it.

use domain::{slug::Slug, step::Step};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::PersistentVolumeClaim};

use crate::{
    cluster::{Cluster, ClusterError},
    progress::{Interruption, Progress},
};

/// Deletes the namespace of the store `id`, if it is there and this store's, and waits until it is
/// gone.
///
/// # Errors
/// [`Interruption`] when it can't be deleted in time.
pub async fn teardown(progress: &mut Progress<'_>, cluster: &Cluster, id: &Slug) -> Result<(), Interruption> {
    progress.step(Step::DeleteNamespace, delete(cluster, &id.namespace())).await
}

async fn delete(cluster: &Cluster, namespace: &str) -> Result<(), ClusterError> {
    let Some(terminating) = cluster.delete_namespace(namespace).await? else { return Ok(()) };
    // The namespace controller deletes everything by itself, but when it finds pods still stopping or
    // volumes still in use it looks again only after a while. Deleted now, they are gone by then.
    tokio::try_join!(
        cluster.delete_all::<Deployment>(namespace),
        cluster.delete_all::<Job>(namespace),
        cluster.delete_all::<PersistentVolumeClaim>(namespace),
    )?;
    cluster.wait_until_gone(terminating).await
}
