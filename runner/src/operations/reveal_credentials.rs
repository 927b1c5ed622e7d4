//! Seals what the shop's administrator gets in with for whoever asked.

use domain::operation::{Answer, OperationKey, credentials::RecipientKey};
use k8s_openapi::api::core::v1::Secret;

use super::ReadOnlyError;
use crate::{
    cluster::{Cluster, ClusterError},
    resources::{ADMIN_PASSWORD, WORDPRESS_CREDENTIALS, credentials_in},
};

/// Seals the administrator's credentials for `recipient`.
///
/// # Errors
/// [`ReadOnlyError`].
pub(super) async fn reveal_credentials(
    cluster: &Cluster,
    key: &OperationKey,
    recipient: RecipientKey,
) -> Result<Answer, ReadOnlyError> {
    let secret: Secret = cluster.owned(&key.store.namespace(), WORDPRESS_CREDENTIALS).await?;
    let credentials = credentials_in(&secret).ok_or_else(|| ClusterError::Missing {
        kind: "Key".into(),
        name: format!("{ADMIN_PASSWORD} of Secret {WORDPRESS_CREDENTIALS}"),
    })?;
    let sealed = credentials.seal(recipient, key)?;
    tracing::info!("the administrator's credentials were sealed for whoever asked");
    Ok(Answer::Credentials(sealed))
}
