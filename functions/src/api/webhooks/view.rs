//! An endpoint as callers get to see it.

use domain::{
    auth::principal_name::PrincipalName,
    values::timestamp::Timestamp,
    webhook::{
        description::Description,
        endpoint::{DisabledReason, Endpoint, EndpointId, EndpointState, Generation},
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::{app::App, webhooks::key::KeyError};

/// An endpoint, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Its id.
    id: EndpointId,
    /// Whose stores it hears of; null for those of all owners.
    #[schema(required, value_type = Option<String>)]
    owner: Option<PrincipalName>,
    /// Where it is.
    url: String,
    /// What it wants to hear of: names of events, groups such as `store.*`, or `*`.
    events: Vec<String>,
    /// What its owner says of it.
    #[schema(required)]
    description: Option<Description>,
    /// Whether it is notified.
    enabled: bool,
    /// Since when it is disabled.
    #[schema(required)]
    disabled_at: Option<Timestamp>,
    /// Why it is disabled.
    #[schema(required)]
    disabled_reason: Option<DisabledReason>,
    /// Since when nothing but failures came of it.
    #[schema(required)]
    failing_since: Option<Timestamp>,
    /// When it got its present secret; null where that is its first. The one before signs too for a day.
    #[schema(required)]
    secret_rotated_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
}

impl From<Endpoint> for WebhookView {
    fn from(endpoint: Endpoint) -> Self {
        let (enabled, disabled) = match endpoint.state {
            EndpointState::Enabled => (true, None),
            EndpointState::Disabled { at, reason } => (false, Some((at, reason))),
            EndpointState::Deleted { .. } => (false, None),
        };
        Self {
            id: endpoint.id,
            owner: endpoint.scope.owner().cloned(),
            url: endpoint.url,
            events: endpoint.events.iter().map(|pattern| pattern.to_string()).collect(),
            description: endpoint.description,
            enabled,
            disabled_at: disabled.map(|(at, _)| at),
            disabled_reason: disabled.map(|(_, reason)| reason),
            failing_since: endpoint.failing.map(|failing| failing.first),
            secret_rotated_at: endpoint.rotated,
            created_at: endpoint.created,
        }
    }
}

/// An endpoint with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookWithSecret {
    #[serde(flatten)]
    view: WebhookView,
    /// What its deliveries are signed with.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String, pattern = "^whsec_[A-Za-z0-9+/]{43}=$")]
    secret: SecretString,
}

impl WebhookWithSecret {
    /// `endpoint` with its secret of this generation.
    ///
    /// # Errors
    /// [`KeyError`] when the platform key can't be had.
    pub async fn of(app: &App, endpoint: Endpoint, generation: Generation) -> Result<Self, KeyError> {
        let secret = app.webhooks.key.get().await?.secret(endpoint.id, generation).text();
        Ok(Self { view: endpoint.into(), secret })
    }
}

fn shown<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
