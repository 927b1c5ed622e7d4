//! The resource `/v1/webhooks`: endpoints that are notified of what happens to stores.
//!
//! An endpoint belongs to whoever's stores it hears of: an owner sees and changes those for the own stores, whoever has
//! made them; admins see and change all.

pub mod actions;
pub mod create;
pub mod delete;
pub mod deliveries;
pub mod list;
pub mod show;
pub mod update;
pub mod view;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    audit::WebhookAction,
    auth::principal::Principal,
    idempotency::KeyedRequest,
    store::version::ExpectedVersion,
    table::{EndpointChange, EndpointError, MOST_ENDPOINTS},
    values::timestamp::Timestamp,
    webhook::endpoint::{Endpoint, EndpointId},
};
use uuid::Uuid;

use crate::{app::App, problem::Problem, request::preconditions::IfMatch, webhooks::key::KeyError};

/// The id in the path `/v1/webhooks/{id}…`. What can't be one is no endpoint's.
#[derive(Clone, Copy, Debug)]
pub struct WebhookId(pub EndpointId);

impl<S: Send + Sync> FromRequestParts<S> for WebhookId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::NoSuchRoute)?;
        parse(&id).map(Self).ok_or(Problem::NoSuchWebhook { id })
    }
}

/// The id that `text` is, in the one form that the API writes.
fn parse(text: &str) -> Option<EndpointId> {
    text.parse().ok().filter(|id: &EndpointId| id.to_string() == text)
}

/// The endpoint `id`, if `caller` may see it. To anybody else it is not there.
///
/// # Errors
/// [`Problem::NoSuchWebhook`], or what the table answers.
pub async fn find(app: &App, caller: &Principal, id: EndpointId) -> Result<Endpoint, Problem> {
    let found = app.table.endpoint(id).await?;
    let found = found.filter(|found| found.is_there() && caller.may_access(&found.scope.to_string()));
    found.ok_or_else(|| Problem::NoSuchWebhook { id: id.to_string() })
}

/// The versions of the endpoint `id` that `if_match` allows; any where this is `None`.
#[must_use]
pub fn expected(if_match: &IfMatch, id: EndpointId) -> Option<Vec<u64>> {
    match if_match.expected() {
        ExpectedVersion::Any => None,
        ExpectedVersion::OneOf(versions) => {
            let own = versions.into_iter().filter(|version| version.uid == Uuid::from(id));
            Some(own.map(|version| version.version).collect())
        }
    }
}

/// What somebody does with an endpoint in any version.
fn change<'a>(
    actor: &'a domain::audit::Actor,
    now: Timestamp,
    action: WebhookAction,
    expected: Option<&'a [u64]>,
    keyed: Option<&'a KeyedRequest>,
) -> EndpointChange<'a> {
    EndpointChange { actor, now, action, expected, keyed }
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::NotFound(id) => Self::NoSuchWebhook { id: id.to_string() },
            EndpointError::TooMany => {
                Self::WebhookQuota { limit: u32::try_from(MOST_ENDPOINTS).unwrap_or(u32::MAX) }
            }
            EndpointError::OtherVersion => Self::PreconditionFailed,
            EndpointError::KeyReused => Self::KeyReused,
            EndpointError::Contended(_) => Self::Unavailable,
            EndpointError::Table(error) => error.into(),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        tracing::error!(%error, "the platform key of webhooks can't be had");
        Self::Unavailable
    }
}
