//! When a Secret is there that external-secrets makes.

use domain::provisioning::failure::FailureCode;
use kube::ResourceExt as _;

use super::state::WaitState;
use crate::{cluster::diagnosis::Diagnosis, resources::ExternalSecret};

/// Whether external-secrets has made the Secret that it was asked for.
#[must_use]
pub fn fetched(secret: &ExternalSecret) -> WaitState {
    let words = match secret.readiness() {
        Some((true, _)) => return WaitState::Done,
        Some((false, words)) => words,
        None => "external-secrets has not looked at it",
    };
    let message = format!("Secret {} is not fetched: {words}", secret.name_any());
    WaitState::Waiting(Some(Diagnosis::new(FailureCode::SecretsUnavailable, message)))
}
