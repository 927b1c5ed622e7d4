//! The routers of the functions: their routes, and what holds for all of these.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse as _, Response},
};

use crate::{
    api::routes::{self, Route},
    app::App,
    middleware::{answering, metrics, rate_limit, recording},
    problem::Problem,
};

/// The greatest request body, in bytes. The largest valid one has some 350.
const BODY_LIMIT: usize = 16 * 1024;

/// The paths of the API with the methods that each takes, in one function or the other, as the header
/// `Allow` lists them.
pub static PATHS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut methods = BTreeMap::<_, Vec<Method>>::new();
    for routes::Target { path, method } in routes::targets() {
        let methods = methods.entry(path).or_default();
        // What is answered to GET is answered to HEAD, without its body.
        methods.extend((method == Method::GET).then_some(Method::HEAD));
        methods.push(method);
    }
    let allow = |mut methods: Vec<Method>| {
        methods.sort_by_key(|method| ORDER.iter().position(|known| known == method));
        methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    };
    methods.into_iter().map(|(path, methods)| (path, allow(methods))).collect()
});

/// In which order `Allow` names the methods.
const ORDER: [Method; 5] = [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE];

/// The routes of the function `commands`: all that changes something.
pub fn commands(app: App) -> Router {
    router(routes::commands(), app)
}

/// The routes of the function `queries`: all that only reads. It also gets what API Gateway has no
/// route for (`$default`), and answers with what is wrong with it; or as for GET, where it is HEAD.
pub fn queries(app: App) -> Router {
    router(routes::queries(), app)
}

fn router(routes: Vec<Route>, app: App) -> Router {
    let mut router = Router::new();
    for Route { path, handler, rules } in routes {
        let handler = match rules.rate {
            Some(rate) => {
                let limit = middleware::from_fn_with_state((app.clone(), rate), rate_limit::limit);
                handler.route_layer(limit)
            }
            None => handler,
        };
        router = router.route(&path, handler);
    }
    with_rules(router, app)
}

/// What holds for every route.
fn with_rules(routes: Router<App>, app: App) -> Router {
    let routes = routes
        .fallback(unrouted)
        .method_not_allowed_fallback(unrouted)
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    let counted = answering(routes).layer(middleware::from_fn_with_state(app.clone(), metrics::count));
    recording(counted).with_state(app)
}

/// Answers for a path that is none, or a method that its path has not.
///
/// OPTIONS is answered with what the path takes. A browser's preflight comes here too, where API
/// Gateway has a route that catches it, and must be answered with success: who may call from which
/// site is said at API Gateway, which adds it to this answer.
async fn unrouted(method: Method, uri: Uri) -> Response {
    match allow(uri.path()) {
        Some(allow) if method == Method::OPTIONS => {
            (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response()
        }
        Some(allow) => Problem::MethodNotAllowed { allow }.into_response(),
        None => match prefix(uri.path()) {
            Some(prefix) => Problem::PrefixedRoute { prefix: prefix.to_owned() }.into_response(),
            None => Problem::NoSuchRoute.into_response(),
        },
    }
}

/// What stands before a path of the API in `path`, such as a stage of API Gateway's that has a name.
fn prefix(path: &str) -> Option<&str> {
    let slashes = path.match_indices('/').map(|(at, _)| at).skip(1);
    slashes.map(|at| path.split_at(at)).find(|(_, rest)| allow(rest).is_some()).map(|(prefix, _)| prefix)
}

/// The methods that `path` takes, as the header `Allow` has them; `None` when it is no path of the API.
fn allow(path: &str) -> Option<&'static str> {
    PATHS.iter().find(|(template, _)| matches(template, path)).map(|(_, methods)| methods.as_str())
}

fn matches(template: &str, path: &str) -> bool {
    let fits = |(wanted, found): (&str, &str)| {
        if wanted.starts_with('{') { !found.is_empty() } else { wanted == found }
    };
    let (wanted, found) = (template.split('/'), path.split('/'));
    wanted.clone().count() == found.clone().count() && wanted.zip(found).all(fits)
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Method, Request, StatusCode},
        response::Response,
        routing::get,
    };
    use domain::{aws::Clients, queue::Queue, table::Table};
    use outbound::policy::Policy;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{
        app::Webhooks, clock::Clock, config::Settings, metrics::Metrics, middleware::request_id,
        webhooks::key::KeyStore,
    };

    /// An app of which nothing answers.
    fn app() -> App {
        let Clients { dynamodb, sqs } = Clients::local("http://127.0.0.1:1", "http://127.0.0.1:1");
        let table = Table::new(dynamodb, "none");
        let (hints, key) = (sqs.clone(), KeyStore::given(String::new().into()));
        App::new(
            table,
            || Queue::new(sqs, "none"),
            Webhooks::new(|| Queue::new(hints, "none"), key, Policy::default()),
            Settings::default(),
            Clock::system(),
            Metrics::new("test", |_| {}),
        )
    }

    async fn answer(routes: &Router, method: &Method, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        routes.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn each_path_takes_each_of_its_methods_in_one_function_and_no_other() {
        let (commands, queries) = (commands(app()), queries(app()));
        for (template, methods) in PATHS.iter() {
            let path = template.replace(['{', '}'], "");
            for method in
                [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
            {
                let answers =
                    [answer(&commands, &method, &path).await, answer(&queries, &method, &path).await];
                let taken = answers.map(|answer| answer.status() != StatusCode::METHOD_NOT_ALLOWED);
                let times = taken.into_iter().filter(|taken| *taken).count();
                assert_eq!(
                    times,
                    usize::from(methods.split(", ").any(|taken| taken == method.as_str())),
                    "{method} {path}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing_of_it() {
        async fn panicking() -> Problem {
            panic!("a secret");
        }
        let routes = with_rules(Router::new().route("/panic", get(panicking)), app());
        let answer = answer(&routes, &Method::GET, "/panic").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = answer.headers()[request_id::HEADER].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("urn:shopwright:problem:internal") && body.contains(&id), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }

    #[test]
    fn a_path_takes_the_methods_of_both_functions() {
        assert_eq!(allow("/v1/stores/a%2Fb"), Some("GET, HEAD, DELETE"));
        assert_eq!(allow("/v1/stores"), Some("GET, HEAD, POST"));
    }

    #[test]
    fn what_stands_before_a_path_is_named() {
        for (path, before) in [
            ("/prod/v1/stores", Some("/prod")),
            ("/shop/api/v1/stores/a/events", Some("/shop/api")),
            ("/v1/v1/stores", Some("/v1")),
            ("/prod/healthz", Some("/prod")),
            ("/prod/v1/nothing", None),
            ("/v1/stores", None),
            ("/prod", None),
            ("/", None),
        ] {
            assert_eq!(prefix(path), before, "{path}");
        }
    }

    #[test]
    fn a_slash_too_many_makes_another_path() {
        for path in
            ["", "/", "/v1/stores/", "//v1/stores", "/v1/stores/a/", "/v1/stores//events", "/V1/stores"]
        {
            assert_eq!(allow(path), None, "{path}");
        }
    }
}
