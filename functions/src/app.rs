//! What every function is given, and which routes each function has.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post},
};
use domain::{queue::Queue, table::Table};

use crate::{config::Limits, events, health, problem, request_log, stores};

/// The greatest request body, in bytes. The largest valid one has some 350.
const BODY_LIMIT: usize = 16 * 1024;

/// What the handlers work with.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub table: Table,
    /// Where hints for the runner go.
    pub queue: Queue,
    /// What callers may use up.
    pub limits: Limits,
}

impl App {
    /// An app over these parts.
    #[must_use]
    pub fn new(table: Table, queue: Queue, limits: Limits) -> Self {
        Self(Arc::new(Parts { table, queue, limits }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The routes of the function `commands`: all that changes something.
pub fn commands(app: App) -> Router {
    let routes = Router::new()
        .route("/v1/stores", post(stores::create))
        .route("/v1/stores/{id}", delete(stores::delete));
    with_rules(routes, app)
}

/// The routes of the function `queries`: all that only reads.
pub fn queries(app: App) -> Router {
    let routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/v1/stores", get(stores::list))
        .route("/v1/stores/{id}", get(stores::show))
        .route("/v1/stores/{id}/events", get(events::list));
    with_rules(routes, app)
}

/// What holds for every route.
fn with_rules(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(request_log::log))
        .with_state(app)
}
