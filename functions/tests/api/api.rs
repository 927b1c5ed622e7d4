//! The functions as a test calls them.

use std::{num::NonZeroU32, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use domain::{
    fixture::Fixture,
    job::Job,
    principal::{Principal, Role},
    principal_name::PrincipalName,
    queue::Queue,
    timestamp::Timestamp,
    token::Token,
};
use functions::{app::App, clock::Clock, config::Settings, rate_limit::RateLimits, routes};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Both functions over a table and a queue of their own, as API Gateway would call them.
pub(crate) struct Api {
    pub(crate) fixture: Fixture,
    commands: Router,
    queries: Router,
    pub(crate) admin: SecretString,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Api {
    pub(crate) async fn new() -> Self {
        let fixture = Fixture::new().await;
        let queue = fixture.queue.clone();
        Self::over(fixture, queue, Settings { rates: often(), ..Settings::default() }).await
    }

    pub(crate) async fn over(fixture: Fixture, queue: Queue, settings: Settings) -> Self {
        let app = App::new(fixture.table.clone(), queue, settings, Clock::system());
        let admin = token(&fixture, "root", Role::Admin).await;
        Self { fixture, commands: routes::commands(app.clone()), queries: routes::queries(app), admin }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&SecretString>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(&method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose_secret()));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let function = if request.method() == Method::GET { &self.queries } else { &self.commands };
        let response = function.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&body).unwrap() }
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
    fixture.table.put_token(&token).await.unwrap();
    text
}

/// A problem of the type `name`, as RFC 9457 has it.
pub(crate) fn assert_problem(answer: &Answer, status: StatusCode, name: &str) {
    assert_eq!((answer.status, &answer.body["status"]), (status, &json!(status.as_u16())), "{}", answer.body);
    assert_eq!(answer.body["type"], format!("urn:shopwright:problem:{name}"));
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert!(answer.headers.contains_key("x-request-id"));
}
