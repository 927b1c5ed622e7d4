//! Gives a store's administrator a new password.
//!
//! It lies in two places, the Secret and WordPress's database, which no transaction spans. So it is
//! written down first: the Secret gets the new one beside the one that holds, WordPress gets it, and
//! then the new one takes the place of the old in the Secret. Whoever takes that up in the middle goes on
//! with the very password that is written down; and once it holds, the operation's mark says so.

use domain::{
    operation::{OperationResult, PendingOperation, logs::Component},
    store::slug::Slug,
};
use k8s_openapi::api::core::v1::{Pod, Secret};
use secrecy::SecretString;

use super::ExclusiveError;
use crate::{
    cluster::{Cluster, ClusterError, ContainerCommand, serving},
    resources::{
        ADMIN_USER, PasswordChange, WORDPRESS_CREDENTIALS, change_of, new_password, note, promotion,
    },
};

/// What gives it to WordPress: the image's own tool, which asks for the password on its standard input, since a
/// command line is visible to every process. Neither plugins nor themes are loaded: one that is broken
/// must not keep an administrator out.
fn update(url: &str) -> ContainerCommand {
    let environment = ["env", "WORDPRESS_BLOCK_EXTERNAL=true", "WP_CLI_DISABLE_AUTO_CHECK_UPDATE=true", "wp"];
    let address = format!("--url={url}");
    let update = [
        "user",
        "update",
        ADMIN_USER,
        "--prompt=user_pass",
        "--skip-email",
        "--skip-plugins",
        "--skip-themes",
    ];
    let words = environment.into_iter().chain([address.as_str()]).chain(update);
    ContainerCommand { name: "wp user update", words: words.map(str::to_owned).collect() }
}

/// Gives the administrator of the store `id` a new password, which WordPress and the Secret then have.
///
/// # Errors
/// [`ExclusiveError`]; WordPress may have the one that the Secret has beside the old one.
pub(super) async fn reset_password(
    cluster: &Cluster,
    id: &Slug,
    url: &str,
    operation: &PendingOperation,
) -> Result<OperationResult, ExclusiveError> {
    let namespace = id.namespace();
    let fresh = new_password()?;
    let noted = |secret: &Secret| match change_of(secret, operation.id) {
        PasswordChange::NotBegun => Some(note(&fresh, operation.id)),
        PasswordChange::Noted(_) | PasswordChange::Done => None,
    };
    let secret = cluster.patched(&namespace, WORDPRESS_CREDENTIALS, noted).await?;
    if let PasswordChange::Noted(password) = change_of(&secret, operation.id) {
        update_wordpress(cluster, &namespace, &update(url), &password).await?;
        let promoted = |secret: &Secret| match change_of(secret, operation.id) {
            PasswordChange::Noted(password) => Some(promotion(&password)),
            PasswordChange::NotBegun | PasswordChange::Done => None,
        };
        cluster.patched(&namespace, WORDPRESS_CREDENTIALS, promoted).await?;
    }
    tracing::info!("the administrator has a new password");
    Ok(OperationResult::PasswordReset { user: ADMIN_USER.into() })
}

/// Runs the command in WordPress, in whichever of its pods is ready.
async fn update_wordpress(
    cluster: &Cluster,
    namespace: &str,
    update: &ContainerCommand,
    password: &SecretString,
) -> Result<(), ClusterError> {
    loop {
        let component = Component::Wordpress;
        let pod: Pod = cluster.serving_pod(namespace, component, serving).await?;
        match cluster.run_in(&pod, component.as_str(), update, password).await {
            // Another one comes in its place.
            Err(ClusterError::Vanished { .. }) => {}
            ended => return ended,
        }
    }
}
