//! A call of the API.

use reqwest::{Method, Url};
use serde_json::Value;
use uuid::Uuid;

use super::retry::Repeat;

/// One call: all that it needs to be made again.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    /// With it, the API does the same call once, however often it comes.
    pub(super) idempotency_key: Option<Uuid>,
    pub(super) repeat: Repeat,
}

impl Call {
    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, idempotency_key: None, repeat: Repeat::Safe }
    }

    /// Deleting what is being deleted is the same deletion.
    pub(super) fn delete(url: Url) -> Self {
        Self { method: Method::DELETE, ..Self::get(url) }
    }

    pub(super) fn post(url: Url, body: Option<Value>) -> Self {
        let key = Some(Uuid::new_v4());
        Self { method: Method::POST, url, body, idempotency_key: key, repeat: Repeat::Safe }
    }

    /// A POST that the API does each time it comes.
    pub(super) fn post_once(url: Url, body: Option<Value>) -> Self {
        Self { idempotency_key: None, repeat: Repeat::IfNotDone, ..Self::post(url, body) }
    }

    /// Setting what is set already is the same change.
    pub(super) fn patch(url: Url, body: Value) -> Self {
        Self { method: Method::PATCH, body: Some(body), ..Self::get(url) }
    }
}
