//! The functions as a test calls them.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
};
use domain::{
    audit::Actor,
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
        token::Token,
    },
    queue::{Queue, job::Job},
    values::timestamp::Timestamp,
};
use functions::{
    app::{App, Webhooks},
    clock::Clock,
    config::Settings,
    gateway::{self, Invocation},
    metrics::Metrics,
    rate_limit::RateLimits,
    router,
    webhooks::key::KeyStore,
};
use outbound::policy::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json, value::to_raw_value};
use testkit::{fixture::Fixture, rights::Rights, secrets::SecretsManager};
use uuid::Uuid;

/// What the secrets of endpoints are derived from.
pub(crate) const PLATFORM_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// The secret that holds it, as the template names it.
pub(crate) const WEBHOOK_KEY: &str = "WebhookKey";

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

/// A request as API Gateway hands it over: an event. Its path stands there as it is given.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: String,
    headers: Map<String, Value>,
    address: &'static str,
    claims: Option<Value>,
    body: Option<String>,
}

impl Call {
    /// A call of `target`, a path with or without a query after a question mark.
    pub(crate) fn new(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self::of(method, path).asking(query)
    }

    /// A call of `path`, whatever is in it.
    pub(crate) fn of(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: Map::new(),
            address: "192.0.2.1",
            claims: None,
            body: None,
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// With this query.
    pub(crate) fn asking(self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self }
    }

    /// With this token.
    pub(crate) fn by(self, token: &SecretString) -> Self {
        self.header("authorization", &format!("Bearer {}", token.expose_secret()))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        // A gateway hands over a name once.
        let values = match self.headers.get(name) {
            Some(Value::String(before)) => format!("{before},{value}"),
            _ => value.to_owned(),
        };
        self.headers.insert(name.to_owned(), values.into());
        self
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
        self.header("content-type", "application/json").text(&body.to_string())
    }

    /// With this body, whatever it is.
    pub(crate) fn text(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    /// The event, with what the gateway says of every request.
    pub(crate) fn event(self) -> Value {
        let Self { method, path, query, headers, address, claims, body } = self;
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "http": { "method": method.as_str(), "path": path, "sourceIp": address },
                "stage": "$default",
                "authorizer": claims.map(|claims| json!({ "jwt": { "claims": claims } })),
            },
            "body": body,
            "isBase64Encoded": false,
        })
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
        let secrets = SecretsManager::start(WEBHOOK_KEY, PLATFORM_KEY);
        let app = |rights: &Rights| {
            let (shown, written) = (clock.clone(), metrics.clone());
            let (table, queue) = rights.over(&fixture, &queue);
            let deliveries = rights.queue(&fixture, &fixture.deliveries());
            let secrets = rights.secrets(&fixture, &secrets);
            let key = KeyStore::secret(|| secrets, WEBHOOK_KEY.to_owned());
            App::new(
                table,
                move || queue,
                Webhooks::new(move || deliveries, key, Policy::local()),
                settings.clone(),
                Clock::of(move || *shown.0.lock().unwrap()),
                Metrics::new("test", move |line| written.0.lock().unwrap().push(line.to_owned())),
            )
        };
        let (commands, queries) = (router::commands(app(&rights[0])), router::queries(app(&rights[1])));
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
        self.event(&call.event()).await
    }

    /// What the function answers that API Gateway calls for this event.
    pub(crate) async fn event(&self, event: &Value) -> Answer {
        let method = event["requestContext"]["http"]["method"].as_str().unwrap_or_default();
        let invocation = Invocation { request_id: Uuid::now_v7().to_string(), xray_trace_id: None };
        let event = to_raw_value(event).unwrap();
        let answer = gateway::answer(self.function(method).clone(), &event, invocation).await;
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        let body = answer.body.map_or(Value::Null, |body| serde_json::from_str(&body).unwrap());
        Answer { status: StatusCode::from_u16(answer.status_code).unwrap(), headers, body }
    }

    /// API Gateway sends what it has no route for to `queries` too.
    fn function(&self, method: &str) -> &Router {
        if ["POST", "PATCH", "DELETE"].contains(&method) { &self.commands } else { &self.queries }
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
        self.answer(call).await
    }

    pub(crate) async fn create(&self, name: &str, token: &SecretString) -> Answer {
        let body = json!({ "name": name, "adminEmail": "owner@example.com" });
        self.call(Method::POST, "/v1/stores", Some(token), Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Some(&self.admin), None).await
    }

    /// Takes what was sent since the last time. A job that is only read comes again, on a slow machine before a long
    /// test ends.
    pub(crate) async fn jobs(&self) -> Vec<Job> {
        let deliveries =
            self.fixture.queue.receive(10, Duration::ZERO, Duration::from_secs(60)).await.unwrap();
        let mut jobs = Vec::new();
        for delivery in deliveries {
            jobs.push(delivery.job().unwrap());
            delivery.acknowledge().await.unwrap();
        }
        jobs
    }
}

/// Limits that no test reaches that is about something else.
pub(crate) fn often() -> RateLimits {
    let times = NonZeroU32::new(10_000).unwrap();
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
