//! The routes, which are written down once beside the code: for API Gateway. What callers are told, and the local
//! stack's gateway reads, follows from the code. A difference between any two is a failure that names the route.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use domain::{aws::Clients, queue::Queue, table::Table};
use functions::{
    app::{App, Webhooks},
    clock::Clock,
    config::Settings,
    dashboard,
    metrics::Metrics,
    router,
    webhooks::key::KeyStore,
};
use outbound::policy::Policy;
use serde_json::Value;
use testkit::template::Template;
use tower::ServiceExt as _;

/// Which function answers a route, by its method and path: `POST /v1/stores`.
type Routes = BTreeMap<String, String>;

/// The route that takes preflights, where there is CORS.
const PREFLIGHT: &str = "OPTIONS /{proxy+}";

/// What API Gateway gets from the template. Neither `$default` nor that of preflights is a route of the
/// API.
fn deployed() -> Routes {
    let template = Template::read();
    let function = |route: &Value| {
        let target = route["Target"]["Fn::Sub"].as_str().unwrap();
        let integration = target.strip_prefix("integrations/${").unwrap().strip_suffix('}').unwrap();
        let uri = template.properties(integration)["IntegrationUri"]["Fn::GetAtt"].as_str().unwrap();
        template.binary(uri.strip_suffix(".Arn").unwrap()).to_owned()
    };
    let mut all = Routes::new();
    for route in template.of_type("AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().unwrap();
        // API Gateway takes each key once.
        assert_eq!(all.insert(key.to_owned(), function(route)), None, "{key} stands there twice");
    }
    assert_eq!(all.remove("$default").as_deref(), Some("queries"), "it answers for what is no route");
    assert_eq!(all.remove(PREFLIGHT).as_deref(), Some("queries"), "it answers OPTIONS with success");
    all
}

/// What the functions answer. HEAD is a route of neither gateway: it goes the way of what has none.
async fn served() -> Routes {
    let Clients { dynamodb, sqs } = Clients::local("http://127.0.0.1:1", "http://127.0.0.1:1");
    let (hints, key) = (sqs.clone(), KeyStore::given(String::new().into()));
    let app = App::new(
        Table::new(dynamodb, "none"),
        move || Queue::new(sqs, "none"),
        Webhooks::new(|| Queue::new(hints, "none"), key, Policy::default()),
        Settings::default(),
        Clock::system(),
        Metrics::new("test", |_| {}),
    );
    let functions = [("commands", router::commands(app.clone())), ("queries", router::queries(app))];
    let mut all = Routes::new();
    for (path, methods) in router::PATHS.iter() {
        for method in methods.split(", ").filter(|method| *method != "HEAD") {
            for (name, function) in &functions {
                if takes(function, method, path).await {
                    let before = all.insert(format!("{method} {path}"), (*name).to_owned());
                    assert_eq!(before, None, "both functions take {method} {path}");
                }
            }
        }
    }
    all
}

async fn takes(function: &Router, method: &str, path: &str) -> bool {
    let path = path.replace(['{', '}'], "");
    let request =
        Request::builder().method(method.parse::<Method>().unwrap()).uri(path).body(Body::empty()).unwrap();
    let status = function.clone().oneshot(request).await.unwrap().status();
    status != StatusCode::METHOD_NOT_ALLOWED && status != StatusCode::NOT_FOUND
}

/// The routes that callers are told of, which don't know of functions.
fn described() -> BTreeSet<String> {
    let description: Value = serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
    let paths = description["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys().filter(|name| *name != "parameters");
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    routes.filter(|route| !route.starts_with("HEAD ")).collect()
}

fn assert_same(name: &str, found: &Routes, code: &Routes) {
    let (found, code): (BTreeSet<_>, BTreeSet<_>) = (found.iter().collect(), code.iter().collect());
    let extra: Vec<_> = found.difference(&code).collect();
    let missing: Vec<_> = code.difference(&found).collect();
    assert!(
        extra.is_empty() && missing.is_empty(),
        "{name} has {extra:?}, which the functions don't answer so, and lacks {missing:?}"
    );
}

#[tokio::test]
async fn all_gateways_have_the_routes_that_the_functions_answer() {
    let code = served().await;
    assert!(!code.is_empty());
    // The page is no part of the API, which describes itself without it.
    let page = dashboard::PATHS.map(|path| (format!("GET {path}"), "dashboard".to_owned()));
    let all = code.clone().into_iter().chain(page).collect();
    assert_same("template.yaml", &deployed(), &all);
    assert_eq!(described(), code.into_keys().collect(), "functions/openapi.json, and the functions");
}

#[test]
fn with_an_authorizer_only_what_is_open_to_all_is_open() {
    let template = Template::read();
    let open: Vec<_> = template
        .of_type("AWS::ApiGatewayV2::Route")
        .filter(|route| route["AuthorizationType"] == "NONE")
        .map(|route| route["RouteKey"].as_str().unwrap())
        .collect();
    assert_eq!(
        open.iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([
            &"GET /",
            &"GET /assets/{file}",
            &"GET /settings.json",
            &"GET /v1/openapi.json",
            &"GET /healthz",
            &PREFLIGHT
        ])
    );
    for route in template.of_type("AWS::ApiGatewayV2::Route") {
        let closed = serde_json::json!({ "Fn::If": ["HasJwt", "JWT", "NONE"] });
        let key = &route["RouteKey"];
        assert!(open.contains(&key.as_str().unwrap()) || route["AuthorizationType"] == closed, "{key}");
    }
}

/// What of the template counts when these of its conditions hold.
struct Deployment<'a> {
    template: &'a Template,
    conditions: BTreeMap<&'static str, bool>,
}

impl Deployment<'_> {
    /// The route that API Gateway takes for OPTIONS on `path`: that of the whole path, or the greedy
    /// one, or `$default`.
    fn of_options(&self, path: &str) -> Option<&Value> {
        let keys = [format!("OPTIONS {path}"), format!("ANY {path}"), PREFLIGHT.into(), "$default".into()];
        let resources = self.template.at("/Resources").as_object().unwrap();
        let routes: Vec<_> = resources
            .values()
            .filter(|resource| resource["Type"] == "AWS::ApiGatewayV2::Route")
            .filter(|route| route["Condition"].as_str().is_none_or(|condition| self.conditions[condition]))
            .map(|route| &route["Properties"])
            .collect();
        keys.iter().find_map(|key| routes.iter().find(|route| route["RouteKey"] == *key).copied())
    }

    /// `value`, or that of its two that counts.
    fn resolve<'a>(&self, value: &'a Value) -> &'a Value {
        let Some([condition, yes, no]) = value["Fn::If"].as_array().map(Vec::as_slice) else { return value };
        if self.conditions[condition.as_str().unwrap()] { yes } else { no }
    }
}

#[test]
fn preflights_meet_no_authorizer_where_there_is_cors_and_only_there() {
    let template = Template::read();
    for (cors, jwt) in [(true, true), (true, false), (false, true), (false, false)] {
        let conditions = BTreeMap::from([("HasCors", cors), ("HasJwt", jwt), ("HasAlarmTopic", false)]);
        let deployment = Deployment { template: &template, conditions };
        let configuration = deployment.resolve(&template.properties("Api")["CorsConfiguration"]);
        assert_eq!(configuration.get("AllowOrigins").is_some(), cors);
        for (path, _) in router::PATHS.iter() {
            let route = deployment.of_options(path).unwrap();
            let authorization = deployment.resolve(&route["AuthorizationType"]);
            let (key, closed) = if cors { (PREFLIGHT, false) } else { ("$default", jwt) };
            assert_eq!(route["RouteKey"], key, "{path}, CORS: {cors}");
            assert_eq!(
                authorization,
                if closed { "JWT" } else { "NONE" },
                "{path}, CORS: {cors}, JWT: {jwt}"
            );
        }
    }
}

#[test]
fn cors_lets_pages_send_and_read_all_that_the_api_takes_and_answers() {
    let template = Template::read();
    let configuration = &template.properties("Api")["CorsConfiguration"]["Fn::If"][1];
    let methods: BTreeSet<_> = configuration["AllowMethods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|method| method.as_str().unwrap())
        .collect();
    let taken: BTreeSet<_> = router::PATHS
        .values()
        .flat_map(|methods| methods.split(", "))
        // Fetch, section 2.2.1: a page may always send it.
        .filter(|method| *method != "HEAD")
        .collect();
    assert_eq!(methods, taken);
}
