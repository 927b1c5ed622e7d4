//! Whether the API is up; open to all, and without a call to anything behind it.

use axum::Json;
use serde_json::{Value, json};

/// `GET /healthz`
pub async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
