//! Probes the API server: an idle runner asks nothing else of it, and would not know whether it is there.

use std::time::Duration;

use kube::Client;

use super::{BackgroundLoop, FirstTurn, Schedule};

/// How often: often enough that two probes may fail within the shortest window in which a peer must have
/// answered.
const INTERVAL: Duration = Duration::from_secs(15);
/// How long one probe may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The probes of one runner. The client notes who answers them.
pub(super) struct ApiServerProbe(Client);

/// The API server does not answer as it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProbeError {
    #[error("the Kubernetes API: {0}")]
    Answer(#[from] kube::Error),
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

impl ApiServerProbe {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }
}

impl BackgroundLoop for ApiServerProbe {
    type Report = ();
    type Error = ProbeError;

    fn name(&self) -> &'static str {
        "probe"
    }

    fn schedule(&self) -> Schedule {
        Schedule { interval: INTERVAL, first: FirstTurn::AtOnce }
    }

    /// Every account may get `/readyz`, by Kubernetes' own role `system:discovery`.
    async fn turn(&mut self) -> Result<(), ProbeError> {
        let request = http::Request::get("/readyz").body(Vec::new()).map_err(kube::Error::HttpError)?;
        tokio::time::timeout(TIMEOUT, self.0.request_text(request)).await??;
        Ok(())
    }

    fn record(&self, _turn: &Result<(), ProbeError>, _duration: Duration) {}
}
