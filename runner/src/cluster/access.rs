//! The way to the API server, which notes when the server was last reached.

use std::{error::Error, time::Duration};

use http::{Request, Response, StatusCode};
use kube::{Client, Config, client::ClientBuilder};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tower::util::MapResponseLayer;

use crate::readiness::{Peer, Readiness};

/// How often the API server is probed: often enough that two probes may fail within the shortest
/// window that counts as lately.
const PROBE_INTERVAL: Duration = Duration::from_secs(15);
/// How long one probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

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
    let mut config = Config::infer().await?;
    if matches!(config.cluster_url.host(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        // A server on this very machine is never behind a proxy.
        config.proxy_url = None;
    }
    let builder = ClientBuilder::try_from(config)?;
    Ok(builder.with_layer(&MapResponseLayer::new(noted_in(readiness))).build())
}

/// Probes the API server regularly until `drain`: an idle runner asks nothing else of it. Every
/// account may get `/readyz`, by Kubernetes' own role `system:discovery`.
pub async fn probe_regularly(client: Client, drain: CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = drain.cancelled() => return,
        }
        let probe = tokio::time::timeout(PROBE_TIMEOUT, probe(&client));
        let failed: Option<Box<dyn Error + Send + Sync>> = tokio::select! {
            answer = probe => match answer {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.into()),
                Err(late) => Some(late.into()),
            },
            () = drain.cancelled() => return,
        };
        if let Some(error) = failed {
            tracing::warn!(%error, "the API server does not answer a probe as it should");
        }
    }
}

async fn probe(client: &Client) -> Result<(), kube::Error> {
    let request = Request::get("/readyz").body(Vec::new()).map_err(kube::Error::HttpError)?;
    client.request_text(request).await.map(drop)
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
