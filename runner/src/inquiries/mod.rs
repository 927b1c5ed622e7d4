//! What is told of stores because somebody asked, one file a kind of inquiry. None of them changes anything.

mod reveal_credentials;

use domain::operation::{Answer, Inquiry, InquiryKey, credentials::SealError, logs::LogExcerpt};

use crate::cluster::{Cluster, ClusterError};

/// Why an inquiry was not answered.
#[derive(Debug, thiserror::Error)]
pub enum InquiryError {
    /// Something stands in the way in the cluster: it failed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The answer could not be sealed: it is for later.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Answers `inquiry`, which is the one that `key` names.
///
/// # Errors
/// [`InquiryError`].
pub async fn answer(cluster: &Cluster, key: &InquiryKey, inquiry: &Inquiry) -> Result<Answer, InquiryError> {
    match inquiry {
        Inquiry::RevealCredentials { public_key } => {
            reveal_credentials::reveal_credentials(cluster, key, *public_key).await
        }
        Inquiry::Logs(query) => {
            let log = cluster.log(&key.store, query, LogExcerpt::MAX_BYTES).await?;
            tracing::info!(component = %query.component, lines = log.lines.len(), "a log was read");
            Ok(Answer::Log(log))
        }
    }
}
