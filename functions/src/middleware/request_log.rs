//! One log line a request, and the form that all lines have.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use domain::values::traceparent::Traceparent;
use tracing::Instrument as _;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::request::{context::RequestContext, trace::Trace};

/// Writes what is logged as one JSON object a line, in which `span` says for which request it is.
pub fn lines_to<W>(writer: W, filter: EnvFilter) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // There is one span; the list would say it again.
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}

/// Logs the request with its outcome. All that is logged on the way carries its id and its trace too.
pub async fn log(trace: Trace, request: Request, next: Next) -> Response {
    let context = RequestContext::current();
    let span = tracing::info_span!(
        "request",
        request_id = %context.id(),
        trace_id = trace.context.as_ref().map(Traceparent::trace_id),
        xray_trace_id = trace.xray,
        method = %request.method(),
        path = request.uri().path(),
    );
    let started = Instant::now();
    async move {
        let response = next.run(request).await;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let problem = context.outcome().problem.map(|kind| kind.description().name);
        tracing::info!(status = response.status().as_u16(), problem, milliseconds, "answered");
        response
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use axum::{Router, body::Body, http::StatusCode, middleware, routing::get};
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;
    use crate::middleware::{request_id, trace};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn every_line_of_a_request_names_it_and_its_traces() {
        async fn handler() -> StatusCode {
            tracing::warn!("on the way");
            StatusCode::IM_A_TEAPOT
        }
        let lines = Lines::default();
        let writer = lines.clone();
        let _logged =
            tracing::subscriber::set_default(lines_to(move || writer.clone(), EnvFilter::new("info")));
        let routes = Router::new()
            .route("/tea", get(handler))
            .layer(middleware::from_fn(log))
            .layer(middleware::from_fn(trace::assign))
            .layer(middleware::from_fn(request_id::assign));
        let request = Request::get("/tea?secret=1")
            .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            .header("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793")
            .header("authorization", "Bearer secret");
        let answer = routes.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let id = answer.headers()[request_id::HEADER].to_str().unwrap();

        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        for line in &lines {
            assert_eq!(line["span"]["request_id"], id, "{line}");
            assert_eq!(line["span"]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(line["span"]["xray_trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
        }
        assert_eq!((&lines[1]["message"], &lines[1]["status"]), (&"answered".into(), &418.into()));
        assert!(!text.contains("secret"), "{text}");
    }
}
