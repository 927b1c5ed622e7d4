//! The way to the API server, which notes when the server was last reached.

use http::{
    Request, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt as _, Full};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, DynBody},
};
use serde_json::json;
use tower::{
    BoxError,
    util::{BoxService, MapResponse, MapResponseLayer},
};

use super::request;
use crate::observe::readiness::{Peer, Readiness};

/// There is no way to the API server, whether it is up or not.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Neither a kubeconfig nor a pod's service account.
    #[error("no way to the Kubernetes API (KUBECONFIG, or in a pod)")]
    Unknown(#[from] kube::config::InferConfigError),
    /// What is there can't be used.
    #[error("the way to the Kubernetes API can't be used")]
    Unusable(#[from] kube::Error),
}

/// A client by the kubeconfig that `KUBECONFIG` names, or by the pod's service account. Every answer
/// to it that shows an API server at work is noted in `readiness`.
///
/// # Errors
/// [`AccessError`]; nothing is called yet.
pub async fn connect(readiness: Readiness) -> Result<Client, AccessError> {
    let builder = client_builder(Config::infer().await?)?;
    Ok(builder.with_layer(&MapResponseLayer::new(noted_in(readiness))).build())
}

/// A client's parts, as the runner wants them: one that neither tries again nor holds back by itself,
/// since the retry policy is the cluster's, which counts, asks for the lease first, and obeys the API
/// server's own pauses.
///
/// # Errors
/// When `config` can't be used.
pub fn client_builder(
    mut config: Config,
) -> Result<ClientBuilder<MapResponse<Transport, HeaderReader>>, kube::Error> {
    config.default_retry = false;
    if matches!(config.cluster_url.host(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        // A server on this very machine is never behind a proxy.
        config.proxy_url = None;
    }
    Ok(ClientBuilder::try_from(config)?.with_layer(&MapResponseLayer::new(headers_read as HeaderReader)))
}

/// What carries requests to the API server.
pub type Transport = BoxService<Request<Body>, Response<Box<DynBody>>, BoxError>;

/// Reads those headers of an answer that the client does not.
pub type HeaderReader = fn(Response<Box<DynBody>>) -> Response<Box<DynBody>>;

/// Passes an answer on, with its warnings noted and the pause that it asks for put where the client finds
/// it.
#[must_use]
pub fn headers_read(answer: Response<Box<DynBody>>) -> Response<Box<DynBody>> {
    request::note(answer.headers());
    with_pause_in_body(answer)
}

/// Moves the pause that an answer asks for into its body. The API server's own limits answer in plain
/// text with the header `Retry-After`, and of a refusal the client keeps the body only.
///
/// <https://kubernetes.io/docs/concepts/cluster-administration/flow-control/>
fn with_pause_in_body(answer: Response<Box<DynBody>>) -> Response<Box<DynBody>> {
    let (status, headers) = (answer.status(), answer.headers());
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let is_json =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let Some(seconds) = seconds.filter(|_| !is_json && !status.is_success()) else { return answer };
    let message = format!("{status}; it asks for a pause of {seconds} s");
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "metadata": {},
        "code": status.as_u16(), "message": message, "reason": "", "details": { "retryAfterSeconds": seconds },
    });
    let body = Full::from(body.to_string()).map_err(BoxError::from);
    answer.map(|_| Box::new(body) as Box<DynBody>)
}

/// Passes answers on, and notes those that show an API server at work.
fn noted_in<B>(readiness: Readiness) -> impl Fn(Response<B>) -> Response<B> + Clone {
    move |answer| {
        if shows_a_server_at_work(answer.status()) {
            readiness.reached(Peer::ApiServer);
        }
        answer
    }
}

/// A refusal is one decided by a server at work, except where it does not know the runner's account
/// any more, or is itself in trouble.
fn shows_a_server_at_work(status: StatusCode) -> bool {
    !status.is_server_error() && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_pause_that_a_plain_answer_asks_for_is_reported_in_its_body() {
        let answer = |kind: &str| {
            let body = Full::from("Too many requests, please try again later.").map_err(BoxError::from);
            let answer = Response::builder().status(429).header(RETRY_AFTER, "7").header(CONTENT_TYPE, kind);
            with_pause_in_body(answer.body(Box::new(body) as Box<DynBody>).unwrap())
        };
        let text = async |answer: Response<Box<DynBody>>| {
            String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
        };
        let status: kube::core::Status = serde_json::from_str(&text(answer("text/plain")).await).unwrap();
        assert_eq!((status.code, status.details.unwrap().retry_after_seconds), (429, 7));
        assert!(text(answer("application/json")).await.starts_with("Too many"), "it has its own words");
    }

    #[test]
    fn an_api_server_counts_as_reached_when_it_has_decided() {
        for code in [200, 201, 403, 404, 409, 422] {
            assert!(shows_a_server_at_work(StatusCode::from_u16(code).unwrap()), "{code}");
        }
        for code in [401, 429, 500, 503] {
            assert!(!shows_a_server_at_work(StatusCode::from_u16(code).unwrap()), "{code}");
        }
    }
}
