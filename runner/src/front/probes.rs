//! What the cluster may ask a front: whether it lives, whether visitors may be sent to it, what it has counted.

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};

use super::metrics::Metrics;
use crate::{observe::endpoints, worker::shutdown::Shutdown};

/// The endpoints of a front with these `metrics`.
pub(super) fn router(metrics: Metrics, shutdown: Shutdown) -> Router {
    Router::new()
        .route("/readyz", get(readyz))
        .with_state(shutdown)
        .merge(Router::new().route("/metrics", get(encoded)).with_state(metrics))
        .route("/healthz", get(endpoints::healthz))
}

/// Ready from its start to its end. The table is no reason not to be: a visitor who is told to wait is better off than
/// one whom nobody answers.
async fn readyz(State(shutdown): State<Shutdown>) -> impl IntoResponse {
    if shutdown.drain.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "it ends\n")
    } else {
        (StatusCode::OK, "it answers visitors\n")
    }
}

async fn encoded(State(metrics): State<Metrics>) -> impl IntoResponse {
    endpoints::open_metrics(metrics.encode())
}
