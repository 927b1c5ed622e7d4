//! The API as this command calls it.

use std::{fmt, time::Duration};

use anyhow::Context as _;
use domain::{
    credentials::RecipientKey,
    logs::{LogExcerpt, LogQuery},
    operation::{Answer, RestartTarget},
    principal::Role,
    principal_name::PrincipalName,
    timestamp::Timestamp,
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::health::Health;

/// A store, as far as this command shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Store {
    pub(crate) id: String,
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) admin_email: String,
    pub(crate) owner: String,
    pub(crate) namespace: String,
    pub(crate) status: String,
    pub(crate) step: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) failure: Option<Failure>,
    #[serde(default)]
    pub(crate) retries: u32,
    pub(crate) created_at: jiff::Timestamp,
    pub(crate) updated_at: jiff::Timestamp,
}

/// Why a store failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) step: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) cleanup: Cleanup,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<LogExcerpt>,
}

/// What became of a failed store's namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cleanup {
    pub(crate) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// An entry of a timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: jiff::Timestamp,
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<String>,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_ms: Option<u64>,
}

/// An operation on a store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) action: String,
    pub(crate) target: Option<String>,
    pub(crate) component: Option<String>,
    pub(crate) status: String,
    pub(crate) requested_by: String,
    pub(crate) requested_at: jiff::Timestamp,
    pub(crate) started_at: Option<jiff::Timestamp>,
    pub(crate) ended_at: Option<jiff::Timestamp>,
    pub(crate) result: Option<serde_json::Value>,
    pub(crate) answer: Option<serde_json::Value>,
    pub(crate) failure: Option<OperationFailure>,
}

/// Why an operation failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OperationFailure {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Operation {
    /// What was told, now that it has succeeded.
    pub(crate) fn told(&self) -> anyhow::Result<Answer> {
        let answer =
            self.answer.clone().context("the answer was not kept long enough to be read; ask again")?;
        serde_json::from_value(answer).context("the API answered with something that is no answer")
    }
}

/// Which stores a list has.
#[derive(Debug, Serialize, clap::Args)]
pub(crate) struct StoreFilter {
    /// Only those of this status: Provisioning, Ready, Failed or Deleting
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Only those of this owner; for admins
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
}

/// A token, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) principal: String,
    pub(crate) role: String,
    pub(crate) created_at: jiff::Timestamp,
    pub(crate) expires_at: Option<jiff::Timestamp>,
    pub(crate) disabled: bool,
}

/// A token that was just issued, with its text.
#[derive(Serialize, Deserialize)]
pub(crate) struct IssuedToken {
    #[serde(flatten)]
    pub(crate) details: Token,
    pub(crate) token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// A refusal of the API, in its own words (RFC 9457).
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) status: u16,
    /// The store that is in the way.
    pub(crate) store: Option<String>,
    /// Finds the request in the platform's log.
    #[serde(rename = "requestId")]
    request_id: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)?;
        match &self.request_id {
            // Of those that the caller can mend, the platform's operators know no more.
            Some(id) if self.status >= 500 => write!(f, " (request {id})"),
            Some(_) | None => Ok(()),
        }
    }
}

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{0}")]
    Problem(Problem),
    #[error("the API at {url} does not answer; is the stack up (`make up`)?")]
    Unreachable { url: String, source: reqwest::Error },
    #[error("the API answered {status} with something that this command can't read")]
    Unreadable { status: StatusCode, source: reqwest::Error },
}

impl ApiError {
    /// Whether the same call may bring something a little later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.status == 503,
            Self::Unreachable { .. } => true,
            Self::Unreadable { .. } => false,
        }
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 404)
    }
}

/// The API under one URL, called with one token.
#[derive(Debug)]
pub(crate) struct Api {
    client: Client,
    url: String,
    token: SecretString,
}

impl Api {
    pub(crate) fn new(url: &str, token: SecretString) -> anyhow::Result<Self> {
        // Another provider can only be there already if this was called before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder().timeout(Duration::from_secs(30));
        let parsed = reqwest::Url::parse(url).with_context(|| format!("{url:?} is not a URL"))?;
        if matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            // This very machine is never behind a proxy, and a proxy has no business with the token.
            client = client.no_proxy();
        }
        Ok(Self { client: client.build()?, url: url.trim_end_matches('/').to_owned(), token })
    }

    pub(crate) async fn create(&self, name: &str, email: &str) -> Result<Store, ApiError> {
        let body = json!({ "name": name, "adminEmail": email });
        self.answer(self.request(Method::POST, "/v1/stores").json(&body)).await
    }

    pub(crate) async fn store(&self, id: &str) -> Result<Store, ApiError> {
        self.answer(self.request(Method::GET, &format!("/v1/stores/{id}"))).await
    }

    /// All stores that `filter` lets through.
    pub(crate) async fn stores(&self, filter: &StoreFilter) -> Result<Vec<Store>, ApiError> {
        self.all("/v1/stores", filter).await
    }

    pub(crate) async fn events(&self, id: &str) -> Result<Vec<Event>, ApiError> {
        self.all(&format!("/v1/stores/{id}/events"), &()).await
    }

    pub(crate) async fn health(&self, id: &str) -> Result<Health, ApiError> {
        self.answer(self.request(Method::GET, &format!("/v1/stores/{id}/health"))).await
    }

    /// A whole list, page by page.
    async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        filter: &impl Serialize,
    ) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let request = self.request(Method::GET, path).query(filter).query(&[("limit", "100")]);
            let request = request.query(&cursor.map(|cursor| [("cursor", cursor)]));
            let page: List<T> = self.answer(request).await?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    /// Has a failed store tried again.
    pub(crate) async fn retry(&self, id: &str) -> Result<Store, ApiError> {
        self.answer(self.request(Method::POST, &format!("/v1/stores/{id}/actions/retry"))).await
    }

    /// Has pods of a store replaced.
    pub(crate) async fn restart(&self, id: &str, target: RestartTarget) -> Result<Operation, ApiError> {
        let request = self.request(Method::POST, &format!("/v1/stores/{id}/actions/restart"));
        self.answer(request.json(&json!({ "target": target }))).await
    }

    /// Has a shop's administrator get a new password.
    pub(crate) async fn reset_password(&self, id: &str) -> Result<Operation, ApiError> {
        self.answer(self.request(Method::POST, &format!("/v1/stores/{id}/actions/reset-password"))).await
    }

    /// Has the credentials of a shop's administrator sealed for `key`.
    pub(crate) async fn reveal_credentials(
        &self,
        id: &str,
        key: RecipientKey,
    ) -> Result<Operation, ApiError> {
        let request = self.request(Method::POST, &format!("/v1/stores/{id}/actions/reveal-credentials"));
        self.answer(request.json(&json!({ "publicKey": key }))).await
    }

    /// Has a log read.
    pub(crate) async fn logs(&self, id: &str, query: &LogQuery) -> Result<Operation, ApiError> {
        self.answer(self.request(Method::POST, &format!("/v1/stores/{id}/actions/logs")).json(query)).await
    }

    pub(crate) async fn operation(&self, id: &str, operation: &str) -> Result<Operation, ApiError> {
        self.answer(self.request(Method::GET, &format!("/v1/stores/{id}/operations/{operation}"))).await
    }

    /// All operations on a store, newest first.
    pub(crate) async fn operations(&self, id: &str) -> Result<Vec<Operation>, ApiError> {
        self.all(&format!("/v1/stores/{id}/operations"), &()).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Result<Store, ApiError> {
        self.answer(self.request(Method::DELETE, &format!("/v1/stores/{id}"))).await
    }

    pub(crate) async fn issue_token(
        &self,
        principal: &PrincipalName,
        role: Role,
        expires: Option<Timestamp>,
    ) -> Result<IssuedToken, ApiError> {
        let mut body = json!({ "principal": principal, "role": role });
        if let Some(expires) = expires {
            body["expiresAt"] = json!(expires);
        }
        self.answer(self.request(Method::POST, "/v1/tokens").json(&body)).await
    }

    /// All tokens.
    pub(crate) async fn tokens(&self) -> Result<Vec<Token>, ApiError> {
        self.all("/v1/tokens", &()).await
    }

    pub(crate) async fn revoke_token(&self, id: &str) -> Result<Token, ApiError> {
        self.answer(self.request(Method::DELETE, &format!("/v1/tokens/{id}"))).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(self.token.expose_secret())
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ApiError> {
        let response =
            request.send().await.map_err(|source| ApiError::Unreachable { url: self.url.clone(), source })?;
        let status = response.status();
        let unreadable = |source| ApiError::Unreadable { status, source };
        if status.is_success() {
            response.json().await.map_err(unreadable)
        } else {
            Err(ApiError::Problem(response.json().await.map_err(unreadable)?))
        }
    }
}
