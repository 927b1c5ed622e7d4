//! Takes a store's namespace away, with all that is in it.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    provisioning::{event::Event, step::Step},
    store::slug::Slug,
};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::PersistentVolumeClaim};

use crate::{
    cluster::{Cluster, ClusterError},
    reconcile::step_runner::{Interruption, StepRunner},
};

/// How long a controller may still lead visitors to a store whose way in is gone: no controller says when it has seen
/// that. Traefik took up to 0.4 s.
const LEFT_ALONE: Duration = Duration::from_millis(500);

/// Volumes that stay, by the storage class that keeps them.
type Retained = BTreeMap<String, Vec<String>>;

/// Deletes the namespace of the store `id`, if it is there and this store's, and waits until it is
/// gone.
///
/// # Errors
/// [`Interruption`] when it can't be deleted in time.
pub async fn teardown(steps: &mut StepRunner<'_>, cluster: &Cluster, id: &Slug) -> Result<(), Interruption> {
    let namespace = id.namespace();
    let retained = steps.step(Step::DeleteNamespace, delete(cluster, &namespace)).await?;
    for (class, volumes) in &retained {
        steps.record(Event::volumes_retained(Step::DeleteNamespace, class, volumes));
    }
    Ok(())
}

async fn delete(cluster: &Cluster, namespace: &str) -> Result<Retained, ClusterError> {
    // The namespace controller takes all away in an order of its own: visitors would meet a shop that is half gone in
    // the place of the page that says so.
    if cluster.delete_ways_in(namespace).await? {
        tokio::time::sleep(LEFT_ALONE).await;
    }
    let Some(terminating) = cluster.delete_namespace(namespace).await? else { return Ok(Retained::new()) };
    // The namespace controller deletes everything by itself, but when it finds pods still stopping or
    // volumes still in use it looks again only after a while. Deleted now, they are gone by then.
    let (_, _, claims) = tokio::try_join!(
        cluster.delete_all::<Deployment>(namespace),
        cluster.delete_all::<Job>(namespace),
        cluster.delete_all::<PersistentVolumeClaim>(namespace),
    )?;
    let (retained, ()) = tokio::try_join!(retained(cluster, &claims), cluster.wait_until_gone(terminating))?;
    Ok(retained)
}

/// The volumes of `claims` that their storage class keeps. The volumes themselves would say it too, but those
/// are the whole cluster's, and the runner does not read them.
async fn retained(cluster: &Cluster, claims: &[PersistentVolumeClaim]) -> Result<Retained, ClusterError> {
    let mut volumes = Retained::new();
    for spec in claims.iter().filter_map(|claim| claim.spec.as_ref()) {
        if let (Some(class), Some(volume)) = (&spec.storage_class_name, &spec.volume_name) {
            volumes.entry(class.clone()).or_default().push(volume.clone());
        }
    }
    let mut retained = Retained::new();
    for (class, names) in volumes {
        if cluster.retains_volumes(&class).await? {
            retained.insert(class, names);
        }
    }
    Ok(retained)
}
