//! Whether a part works, asked of the part itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Certificate, Client};
use tokio::time::{Instant, sleep, timeout};

use crate::process::Life;

const INTERVAL: Duration = Duration::from_millis(50);
/// One that doesn't answer within this is asked again, rather than waited for.
const ANSWER: Duration = Duration::from_secs(2);
/// A program of ours that ends this often while it starts is broken, not unlucky.
const RESTARTS: u32 = 3;

/// What makes a part ready.
#[derive(Debug)]
pub(crate) enum Probe {
    /// It answers, whatever it answers.
    Answers(String),
    /// It answers with success.
    Succeeds(String),
    /// The same over TLS, with a bearer token.
    SucceedsAs { url: String, token: String },
    /// A Lambda function answers an invocation with this event.
    Invoked { url: String, event: serde_json::Value },
}

/// The one HTTP client of all probes.
#[derive(Clone, Debug)]
pub(crate) struct Prober {
    client: Client,
}

impl Prober {
    /// Trusts the authority of the stack's own certificates, where there is one, and no other.
    pub(crate) fn new(authority: Option<&str>) -> Result<Self> {
        let certificates = authority
            .map(|pem| Certificate::from_pem(pem.as_bytes()))
            .transpose()
            .context("the authority's certificate can't be used")?;
        let client =
            Client::builder().no_proxy().tls_certs_only(certificates).build().context("no HTTP client")?;
        Ok(Self { client })
    }

    /// Waits until the part is ready; an error says why it is not within its time.
    pub(crate) async fn wait(&self, probe: &Probe, life: &Mutex<Life>, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let Life { restarts } = *life.lock().unwrap_or_else(PoisonError::into_inner);
            if restarts >= RESTARTS {
                bail!("it ended {restarts} times while starting");
            }
            if timeout(ANSWER, self.ask(probe)).await.unwrap_or(false) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("it was not ready after {} s", limit.as_secs());
            }
            sleep(INTERVAL).await;
        }
    }

    /// The same, of what is no part by itself.
    pub(crate) async fn wait_alone(&self, probe: &Probe, limit: Duration) -> Result<()> {
        self.wait(probe, &Mutex::new(Life { restarts: 0 }), limit).await
    }

    async fn ask(&self, probe: &Probe) -> bool {
        let request = match probe {
            Probe::Answers(url) | Probe::Succeeds(url) => self.client.get(url),
            Probe::SucceedsAs { url, token } => self.client.get(url).bearer_auth(token),
            Probe::Invoked { url, event } => self.client.post(url).json(event),
        };
        match (probe, request.send().await) {
            (Probe::Answers(_), Ok(_)) => true,
            (_, Ok(response)) => response.status().is_success(),
            (_, Err(_)) => false,
        }
    }
}

/// A GET of `path` as API Gateway hands it to a function (HTTP API, payload format 2.0).
pub(crate) fn get(path: &str) -> serde_json::Value {
    serde_json::json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "local-stack"
            },
            "requestId": "readiness",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000_i64
        },
        "isBase64Encoded": false
    })
}
