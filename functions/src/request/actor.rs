//! Who asks for a change, as the audit trail has it.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::audit::Actor;

use super::{context::RequestContext, gateway::source_address};
use crate::{app::App, auth::Caller, problem::Problem};

/// The caller of a request that changes something, with what the audit trail records of them.
#[derive(Clone, Debug)]
pub struct Acting(pub Actor);

impl FromRequestParts<App> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, app).await?;
        let address = source_address(&parts.extensions);
        let request_id = Some(RequestContext::current().id().to_string());
        Ok(Self(Actor { principal, address, request_id }))
    }
}
