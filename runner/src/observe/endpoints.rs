//! What others may ask the runner over HTTP: whether it is alive, whether it is ready, what it has
//! counted. It is for probes and for Prometheus, and shows nothing of any store.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{config::ENDPOINTS_GRACE, runner::Runner};

/// Of the metrics, as <https://prometheus.io/docs/specs/om/open_metrics_spec/> names it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Nobody could ask.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address}; choose another with {setting}")]
pub struct ListenError {
    address: SocketAddr,
    setting: &'static str,
    source: io::Error,
}

/// The endpoints, as they are served.
#[derive(Debug)]
pub struct Endpoints {
    stop: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
}

/// The setting that says where probes and metrics are.
pub const LISTEN: &str = "--listen (LISTEN)";

/// Takes `address`, as `setting` names it, so that one which is taken ends the process before it has taken up any work.
///
/// # Errors
/// [`ListenError`] when it can't be had.
pub async fn listen(address: SocketAddr, setting: &'static str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| ListenError { address, setting, source })
}

impl Endpoints {
    /// Serves those of `router` on `listener` until [`Self::stop`].
    #[must_use]
    pub fn serve(listener: TcpListener, router: Router) -> Self {
        let stop = CancellationToken::new();
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        Self { stop, serving: tokio::spawn(server.into_future()) }
    }

    /// Ends what is under way, for a moment, and then all.
    pub async fn stop(self) {
        let Self { stop, mut serving } = self;
        stop.cancel();
        if tokio::time::timeout(ENDPOINTS_GRACE, &mut serving).await.is_err() {
            serving.abort();
        }
    }
}

/// The endpoints of `runner`.
pub fn router(runner: Arc<Runner>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(runner)
}

/// The process has one thread for everything: that it answers at all shows that its event loop turns.
pub(crate) async fn healthz() -> &'static str {
    "alive\n"
}

async fn readyz(State(runner): State<Arc<Runner>>) -> impl IntoResponse {
    let peers = runner.readiness.at(Instant::now(), runner.limits.ready_window());
    let ready = peers.iter().all(crate::observe::readiness::Reach::is_recent);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body: String = peers.iter().map(|peer| format!("{peer}\n")).collect();
    (status, body)
}

async fn metrics(State(runner): State<Arc<Runner>>) -> impl IntoResponse {
    open_metrics(runner.metrics.encode())
}

/// The answer with encoded metrics.
pub(crate) fn open_metrics(encoded: Result<String, fmt::Error>) -> impl IntoResponse {
    match encoded {
        Ok(text) => Ok(([(CONTENT_TYPE, OPEN_METRICS)], text)),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
