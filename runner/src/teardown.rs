//! Takes a store's namespace away, with all that is in it.

use domain::{slug::Slug, step::Step};

use crate::{
    cluster::Cluster,
    progress::{Interruption, Progress},
};

/// Deletes the namespace of the store `id`, if it is there and this store's, and waits until it is
/// gone.
///
/// # Errors
/// [`Interruption`] when it can't be deleted in time.
pub async fn teardown(progress: &mut Progress<'_>, cluster: &Cluster, id: &Slug) -> Result<(), Interruption> {
    progress.step(Step::DeleteNamespace, cluster.delete_namespace(&id.namespace())).await
}
