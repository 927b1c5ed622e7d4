//! All routes of the API: the one list that the functions, the header `Allow`, and the description are made from.
//!
//! A route is a module. Its function `handle` says by `#[utoipa::path]` which method and path it has, and its
//! `RULES` what else holds for it.
//!
//! The crate `utoipa-axum` does a part of this. It builds the whole description when a function starts, which costs
//! size and time there, and knows nothing of the rules.

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};
use utoipa::openapi::HttpMethod;

use super::{attention, audit, description, healthz, rules::Rules, stores, summary, tokens, webhooks};
use crate::app::App;

/// A route of one of the functions.
pub(crate) struct Route {
    /// Its path, with the names of its parameters in braces.
    pub(crate) path: String,
    /// What answers it.
    pub(crate) handler: MethodRouter<App>,
    /// What else holds for it.
    pub(crate) rules: Rules,
}

impl Route {
    fn new<P: utoipa::Path, T: 'static>(_: P, handler: impl Handler<T, App>, rules: Rules) -> Self {
        let methods = P::methods().into_iter().map(|method| MethodFilter::try_from(method_of(&method)));
        let methods = methods.filter_map(Result::ok).reduce(MethodFilter::or);
        let handler = methods.map_or_else(MethodRouter::new, |methods| on(methods, handler));
        Self { path: P::path(), handler, rules }
    }
}

/// A path of the API, with a method that it takes.
pub(crate) struct Target {
    /// The path, with the names of its parameters in braces.
    pub(crate) path: String,
    /// The method.
    pub(crate) method: Method,
}

fn targets_of<P: utoipa::Path>(_: P) -> impl Iterator<Item = Target> {
    P::methods().into_iter().map(|method| Target { path: P::path(), method: method_of(&method) })
}

fn method_of(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

macro_rules! routes {
    (
        queries: $($($query:ident)::+),+;
        commands: $($($command:ident)::+),+;
    ) => {
        /// The routes of the function `queries`: all that only reads.
        pub(crate) fn queries() -> Vec<Route> {
            vec![$(Route::new($($query::)+__path_handle, $($query::)+handle, $($query::)+RULES)),+]
        }

        /// The routes of the function `commands`: all that changes something.
        pub(crate) fn commands() -> Vec<Route> {
            vec![$(Route::new($($command::)+__path_handle, $($command::)+handle, $($command::)+RULES)),+]
        }

        /// What the API has, in one function or the other.
        pub(crate) fn targets() -> Vec<Target> {
            std::iter::empty()
                $(.chain(targets_of($($query::)+__path_handle)))+
                $(.chain(targets_of($($command::)+__path_handle)))+
                .collect()
        }

        /// The rules of each operation, by its `operationId`.
        pub(crate) fn rules() -> Vec<(Option<String>, Rules)> {
            fn rules_of<P: utoipa::Path>(_: P, rules: Rules) -> (Option<String>, Rules) {
                (P::operation().operation_id, rules)
            }
            vec![
                $(rules_of($($query::)+__path_handle, $($query::)+RULES),)+
                $(rules_of($($command::)+__path_handle, $($command::)+RULES),)+
            ]
        }

        /// The paths of the description.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($query::)+handle,)+ $($($command::)+handle),+))]
        pub(crate) struct Paths;
    };
}

routes! {
    queries:
        stores::list,
        stores::show,
        stores::events,
        stores::health,
        stores::operations::list,
        stores::operations::show,
        tokens::list,
        tokens::show,
        webhooks::list,
        webhooks::show,
        webhooks::deliveries::list,
        webhooks::deliveries::show,
        attention,
        summary,
        audit,
        healthz,
        description;
    commands:
        stores::create,
        stores::delete,
        stores::actions::retry,
        stores::actions::mute,
        stores::actions::unmute,
        stores::actions::restart,
        stores::actions::reset_password,
        stores::actions::hibernate,
        stores::actions::resume,
        stores::actions::suspend,
        stores::actions::unsuspend,
        stores::actions::upgrade,
        stores::actions::reveal_credentials,
        stores::actions::logs,
        tokens::issue,
        tokens::revoke,
        webhooks::create,
        webhooks::update,
        webhooks::delete,
        webhooks::actions::test,
        webhooks::actions::rotate_secret,
        webhooks::actions::enable,
        webhooks::actions::replay,
        webhooks::deliveries::retry;
}
