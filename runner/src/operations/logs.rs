//! Reads what a component has written to its log.

use domain::{
    operation::{
        Answer,
        logs::{LogExcerpt, LogQuery},
    },
    store::slug::Slug,
};

use crate::cluster::{Cluster, ClusterError};

/// Reads what `query` asks for of the store `id`.
///
/// # Errors
/// [`ClusterError`].
pub(super) async fn logs(cluster: &Cluster, id: &Slug, query: &LogQuery) -> Result<Answer, ClusterError> {
    let log = cluster.log(id, query, LogExcerpt::MAX_BYTES).await?;
    tracing::info!(component = %query.component, lines = log.lines.len(), "a log was read");
    Ok(Answer::Log(log))
}
