//! `GET /v1/openapi.json`: the API's description of itself.

use axum::http::{HeaderName, header};

use super::rules::Rules;
use crate::openapi::CHECKED_IN;

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::OPEN;

/// `GET /v1/openapi.json`
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    operation_id = "getDescription",
    tag = "Platform",
    summary = "This description",
    responses((status = 200, description = "An OpenAPI 3.1 document.", content_type = "application/json", body = Object)),
)]
pub async fn handle() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], CHECKED_IN)
}
