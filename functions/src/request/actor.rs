//! Who asks for a change, as the audit trail has it.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::audit::Actor;

use crate::{
    app::App, auth::Caller, gateway::source_address, problem::Problem, request::request_id::RequestId,
};

/// The caller of a request that changes something, with what the audit trail tells of them.
#[derive(Clone, Debug)]
pub struct Acting(pub Actor);

impl FromRequestParts<App> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, app).await?;
        let address = source_address(&parts.extensions);
        let request_id = RequestId::from_request_parts(parts, app).await?;
        Ok(Self(Actor { principal, address, request_id: Some(request_id.to_string()) }))
    }
}
