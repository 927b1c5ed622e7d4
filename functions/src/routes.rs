//! Which routes each function has.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post},
};

use crate::{app::App, events, health, problem, rate_limit, request_log, stores};

/// The greatest request body, in bytes. The largest valid one has some 350.
const BODY_LIMIT: usize = 16 * 1024;

/// The routes of the function `commands`: all that changes something.
pub fn commands(app: App) -> Router {
    let routes = Router::new()
        .route("/v1/stores", post(stores::create))
        .route("/v1/stores/{id}", delete(stores::delete))
        .route_layer(middleware::from_fn_with_state(app.clone(), rate_limit::limit));
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
