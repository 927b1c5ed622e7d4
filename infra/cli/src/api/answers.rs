//! What the API answers, as far as this command shows it. An id that leads to another address is parsed like
//! one that somebody typed.

use domain::{operation::logs::LogExcerpt, store::slug::Slug};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Store {
    pub(crate) id: Slug,
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
    pub(crate) id: Uuid,
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

/// How a store does in the cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    pub(crate) status: String,
    pub(crate) reasons: Vec<String>,
    pub(crate) since: Option<jiff::Timestamp>,
    pub(crate) observed_at: Option<jiff::Timestamp>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) volumes: Vec<Volume>,
    pub(crate) quota: Vec<QuotaUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) omitted: Option<Omitted>,
}

/// How many more there are of each than are listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Omitted {
    pub(crate) pods: u64,
    pub(crate) volumes: u64,
    pub(crate) quota: u64,
}

/// A pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) component: String,
    pub(crate) phase: String,
    pub(crate) ready: bool,
    pub(crate) leaving: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) restarts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_exit: Option<LastExit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<jiff::Timestamp>,
    pub(crate) created_at: jiff::Timestamp,
    pub(crate) image: String,
}

/// How a container ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastExit {
    pub(crate) exit_code: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<jiff::Timestamp>,
}

/// A volume.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) component: String,
    pub(crate) size: String,
    pub(crate) phase: String,
    pub(crate) leaving: bool,
}

/// How much of a resource is used, and may be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QuotaUse {
    pub(crate) resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<String>,
    pub(crate) hard: String,
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
