//! The functions as a test calls them.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header, request::Builder},
};
use domain::{
    audit::Actor,
    fixture::{Fixture, rights::Rights},
    job::Job,
    principal::{Principal, Role},
    principal_name::PrincipalName,
    queue::Queue,
    timestamp::Timestamp,
    token::Token,
};
use functions::{
    app::App, clock::Clock, config::Settings, cursor::CursorKeys, metrics::Metrics, rate_limit::RateLimits,
    routes,
};
use lambda_http::{aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Both functions over a table and a queue of their own, as API Gateway would call them.
pub(crate) struct Api {
    pub(crate) fixture: Fixture,
    commands: Router,
    queries: Router,
    pub(crate) admin: SecretString,
    clock: TestClock,
    metrics: Lines,
    /// Of `commands` and of `queries`: what they may do beyond the API.
    pub(crate) rights: [Rights; 2],
}

/// A clock that stands still until a test lets time pass.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Timestamp::now())))
    }
}

/// What was written line by line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

/// A request as API Gateway hands it over.
pub(crate) struct Call {
    builder: Builder,
    address: &'static str,
    claims: Option<Value>,
    body: Body,
}

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        let builder = Request::builder().method(method).uri(path);
        Self { builder, address: "192.0.2.1", claims: None, body: Body::empty() }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// With this token.
    pub(crate) fn by(self, token: &SecretString) -> Self {
        self.header("authorization", &format!("Bearer {}", token.expose_secret()))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// From this address, as the gateway saw it.
    pub(crate) fn from(self, address: &'static str) -> Self {
        Self { address, ..self }
    }

    /// With these claims, which the gateway has checked.
    pub(crate) fn claiming(self, claims: Value) -> Self {
        Self { claims: Some(claims), ..self }
    }

    pub(crate) fn with(self, body: &Value) -> Self {
        let call = self.header("content-type", "application/json");
        Self { body: Body::from(body.to_string()), ..call }
    }

    pub(crate) fn request(self) -> Request<Body> {
        let context = json!({
            "http": { "method": "GET", "sourceIp": self.address },
            "authorizer": self.claims.map(|claims| json!({ "jwt": { "claims": claims } })),
        });
        let context: ApiGatewayV2httpRequestContext = serde_json::from_value(context).unwrap();
        self.builder.extension(RequestContext::ApiGatewayV2(context)).body(self.body).unwrap()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null where there is none.
    pub(crate) body: Value,
}

impl Api {
    pub(crate) async fn new() -> Self {
        let fixture = Fixture::new().await;
        let queue = fixture.queue.clone();
        Self::over(fixture, queue, Settings { rates: often(), ..Settings::default() }).await
    }

    pub(crate) async fn over(fixture: Fixture, queue: Queue, settings: Settings) -> Self {
        let admin = token(&fixture, "root", Role::Admin).await;
        Self::instance(fixture, queue, settings, admin, TestClock::new())
    }

    /// An instance whose administrator's token was kept before, so that nothing is called to make it.
    pub(crate) fn instance(
        fixture: Fixture,
        queue: Queue,
        settings: Settings,
        admin: SecretString,
        clock: TestClock,
    ) -> Self {
        let metrics = Lines::default();
        let rights = [Rights::of_function("CommandsFunction"), Rights::of_function("QueriesFunction")];
        let app = |rights: &Rights| {
            let (shown, written) = (clock.clone(), metrics.clone());
            let (table, queue) = rights.over(&fixture, &queue);
            App::new(
                table,
                move || queue,
                CursorKeys::parse("the cursor key of the functions' tests").unwrap(),
                settings.clone(),
                Clock::of(move || *shown.0.lock().unwrap()),
                Metrics::new("test", move |line| written.0.lock().unwrap().push(line.to_owned())),
            )
        };
        let (commands, queries) = (routes::commands(app(&rights[0])), routes::queries(app(&rights[1])));
        Self { fixture, commands, queries, admin, clock, metrics, rights }
    }

    /// The same API, by instances of the functions that remember nothing yet.
    pub(crate) fn restarted(&self, settings: Settings) -> Self {
        let (fixture, queue) = (self.fixture.clone(), self.fixture.queue.clone());
        Self::instance(fixture, queue, settings, self.admin.clone(), self.clock.clone())
    }

    /// Lets time pass for the functions.
    pub(crate) fn pass(&self, duration: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(duration);
    }

    /// The metrics that were written since the last time.
    pub(crate) fn metrics(&self) -> Vec<Value> {
        let lines = std::mem::take(&mut *self.metrics.0.lock().unwrap());
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What time it is for the functions.
    pub(crate) fn now(&self) -> Timestamp {
        *self.clock.0.lock().unwrap()
    }

    /// A guess at the admin's token: its id with another secret.
    pub(crate) fn admin_id_with_other_secret(&self) -> SecretString {
        let (id, _) = self.admin.expose_secret().rsplit_once('_').unwrap();
        format!("{id}_{}", "0".repeat(64)).into()
    }

    pub(crate) async fn answer(&self, call: Call) -> Answer {
        self.send(call.request()).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&SecretString>,
        body: Option<Value>,
    ) -> Answer {
        let mut call = Call::new(method, path);
        if let Some(token) = token {
            call = call.by(token);
        }
        if let Some(body) = body {
            call = call.with(&body);
        }
        self.send(call.request()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        // API Gateway sends what it has no route for to `queries` too.
        let changes = [Method::POST, Method::DELETE].contains(request.method());
        let function = if changes { &self.commands } else { &self.queries };
        let response = function.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn create(&self, name: &str, token: &SecretString) -> Answer {
        let body = json!({ "name": name, "adminEmail": "owner@example.com" });
        self.call(Method::POST, "/v1/stores", Some(token), Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Some(&self.admin), None).await
    }

    pub(crate) async fn jobs(&self) -> Vec<Job> {
        let deliveries =
            self.fixture.queue.receive(10, Duration::ZERO, Duration::from_secs(60)).await.unwrap();
        deliveries.iter().map(|delivery| delivery.job().unwrap()).collect()
    }
}

/// Limits that no test reaches that is about something else.
pub(crate) fn often() -> RateLimits {
    let times = NonZeroU32::new(1000).unwrap();
    RateLimits { creates: times, actions: times, failed_authentications: times }
}

pub(crate) fn issue(principal: &str, role: Role) -> (Token, SecretString) {
    let name = PrincipalName::parse(principal).unwrap();
    Token::issue(Principal { name, role }, Timestamp::now(), None).unwrap()
}

pub(crate) async fn token(fixture: &Fixture, principal: &str, role: Role) -> SecretString {
    let (token, text) = issue(principal, role);
    keep(fixture, token).await;
    text
}

/// Puts `token` into the table, as an operator does.
pub(crate) async fn keep(fixture: &Fixture, token: Token) {
    fixture.table.issue_token(token, operator()).await.unwrap();
}

/// Somebody who needs no API to change tokens.
pub(crate) fn operator() -> Actor {
    let principal = Principal { name: PrincipalName::parse("operator").unwrap(), role: Role::Admin };
    Actor { principal, address: None, request_id: None }
}

/// A problem of the type `name`, as RFC 9457 has it.
pub(crate) fn assert_problem(answer: &Answer, status: StatusCode, name: &str) {
    assert_eq!((answer.status, &answer.body["status"]), (status, &json!(status.as_u16())), "{}", answer.body);
    assert_eq!(answer.body["type"], format!("urn:shopwright:problem:{name}"));
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.body["requestId"], answer.headers["x-request-id"].to_str().unwrap());
}
