//! Whether the API is up; open to all, and without a call to anything behind it.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That the API is up.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(examples("ok"))]
    status: &'static str,
}

/// `GET /healthz`
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "getHealth",
    tag = "Platform",
    summary = "Whether the API is up",
    security(()),
    responses((status = 200, description = "It is.", body = Health)),
)]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}
