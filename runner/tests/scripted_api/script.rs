//! A conversation with the API server, as a test expects it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http::{Request, Response, header::CONTENT_TYPE, header::RETRY_AFTER};
use http_body_util::BodyExt as _;
use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Client,
    client::{Body as RequestBody, DynBody},
};
use runner::{
    cluster::{Cluster, headers_read},
    lease::LeaseGuard,
    observe::metrics::Metrics,
    resources::STORE_UID,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::{BoxError, ServiceExt as _, service_fn};
use uuid::Uuid;

/// The create of what is wanted.
pub(crate) const CREATE: &str = "POST /namespaces/store-shop/deployments";
pub(crate) const UID: &str = "0198f2a0-0000-7000-8000-000000000000";

/// What the API server answers with.
pub(crate) enum Answer {
    /// An object, or a `Status`, with this code.
    Json(u16, Value),
    /// Plain text, as its own limits and proxies answer, with `Retry-After`.
    Plain(u16, &'static str),
    /// A watch.
    Watch(Vec<Chunk>),
    /// A log.
    Log(Vec<Chunk>),
}

/// A part of a watch or a log. After the last one the server ends the stream.
pub(crate) enum Chunk {
    Event(&'static str, Value),
    Text(&'static str),
    /// The connection breaks.
    Break,
    /// Nothing comes any more, not even an end.
    Silence,
}

/// The rest of the conversation, and what was said so far.
#[derive(Clone, Default)]
pub(crate) struct Script {
    turns: Arc<Mutex<VecDeque<(&'static str, Answer)>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Script {
    /// Requests in their order, each as its method and a part of its path and query, with its answer.
    pub(crate) fn new(turns: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        Self { turns: Arc::new(Mutex::new(turns.into_iter().collect())), ..Self::default() }
    }

    /// A store's access to it, under a lease of an hour.
    pub(crate) fn cluster(&self) -> Cluster {
        self.cluster_under(Duration::from_secs(3600))
    }

    /// The same, under a lease of this length that nobody extends.
    pub(crate) fn cluster_under(&self, lease: Duration) -> Cluster {
        let script = self.clone();
        let service = service_fn(move |request: Request<RequestBody>| {
            let script = script.clone();
            async move { Ok::<_, BoxError>(script.answer(&request)) }
        });
        let client = Client::new(service.map_response(headers_read), "default");
        let uid: Uuid = UID.parse().unwrap();
        Cluster::new(
            client,
            uid,
            Arc::new(LeaseGuard::new(Instant::now(), lease)),
            Duration::from_secs(3600),
            Metrics::new(),
        )
    }

    /// When each request came.
    pub(crate) fn asked(&self) -> Vec<Instant> {
        self.asked.lock().unwrap().clone()
    }

    /// Nothing that was expected is still to come.
    pub(crate) fn is_over(&self) {
        let left: Vec<_> = self.turns.lock().unwrap().iter().map(|(request, _)| *request).collect();
        assert!(left.is_empty(), "these were not asked: {left:?}");
    }

    fn answer(&self, request: &Request<RequestBody>) -> Response<Box<DynBody>> {
        let asked = format!("{} {}", request.method(), request.uri());
        self.asked.lock().unwrap().push(Instant::now());
        let (expected, answer) =
            self.turns.lock().unwrap().pop_front().unwrap_or_else(|| panic!("nobody expects {asked}"));
        let (method, part) = expected.split_once(' ').unwrap();
        assert!(asked.starts_with(method) && asked.contains(part), "{asked} instead of {expected}");
        let (head, body) = match answer {
            Answer::Json(code, value) => {
                let head = Response::builder().status(code).header(CONTENT_TYPE, "application/json");
                (head, Body::from(value.to_string()))
            }
            Answer::Plain(code, seconds) => {
                let head = Response::builder().status(code).header(CONTENT_TYPE, "text/plain");
                (head.header(RETRY_AFTER, seconds), Body::from("Too many requests, please try again later."))
            }
            Answer::Watch(chunks) | Answer::Log(chunks) => {
                (Response::builder(), Body::from_stream(streamed(chunks)))
            }
        };
        head.body(Box::new(body.map_err(BoxError::from)) as Box<DynBody>).unwrap()
    }
}

fn streamed(chunks: Vec<Chunk>) -> impl futures_util::Stream<Item = Result<Bytes, BoxError>> {
    stream::iter(chunks).then(|chunk| match chunk {
        Chunk::Event(kind, object) => {
            let line = format!("{}\n", json!({ "type": kind, "object": object }));
            async { Ok(Bytes::from(line)) }.boxed()
        }
        Chunk::Text(text) => async move { Ok(Bytes::from(text)) }.boxed(),
        Chunk::Break => async { Err("the connection was reset".into()) }.boxed(),
        Chunk::Silence => std::future::pending().boxed(),
    })
}

/// The store's Deployment at `version`, with or without its pod.
pub(crate) fn deployment(version: u32, is_available: bool) -> Value {
    let pods = u32::from(is_available);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "mysql", "namespace": "store-shop", "uid": "u", "resourceVersion": version.to_string(),
            "generation": 1, "labels": { STORE_UID: UID },
        },
        "status": { "observedGeneration": 1, "updatedReplicas": pods, "availableReplicas": pods },
    })
}

/// The same, as the runner wants it.
pub(crate) fn wanted() -> Deployment {
    serde_json::from_value(deployment(0, false)).unwrap()
}

/// A refusal.
pub(crate) fn status(code: u16, reason: &str, details: Value) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "code": code, "reason": reason, "message": format!("it is {reason}"), "details": details,
    })
}

/// The same with these words.
pub(crate) fn refused_with(code: u16, reason: &str, message: &str) -> Answer {
    let mut refused = status(code, reason, json!({}));
    refused["message"] = json!(message);
    Answer::Json(code, refused)
}
