//! Whether the API is up; open to all, and without a call to anything behind it.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::Rules;

/// That the API is up.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(examples("ok"))]
    status: &'static str,
}

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::OPEN;

/// `GET /healthz`
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "getHealth",
    tag = "Platform",
    summary = "Whether the API is up",
    responses((status = 200, description = "It is.", body = Health)),
)]
pub async fn handle() -> Json<Health> {
    Json(Health { status: "ok" })
}
