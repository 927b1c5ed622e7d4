//! The calls about webhooks.

use domain::values::timestamp::Timestamp;
use reqwest::Url;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Api, ApiError, Call, List,
    answers::{Delivery, ReplayView, Webhook, WebhookWithSecret},
};

/// What a webhook is made from, or what is to be another one of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct WebhookFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
}

impl Api {
    pub(crate) async fn create_webhook(&self, new: &WebhookFields) -> Result<WebhookWithSecret, ApiError> {
        self.answer(Call::post(self.url.of(&["v1", "webhooks"]), Some(json!(new)))).await
    }

    /// All webhooks.
    pub(crate) async fn webhooks(&self) -> Result<Vec<Webhook>, ApiError> {
        self.all(&self.url.of(&["v1", "webhooks"]), &()).await
    }

    pub(crate) async fn webhook(&self, id: Uuid) -> Result<Webhook, ApiError> {
        self.answer(Call::get(self.webhook_url(id, &[]))).await
    }

    pub(crate) async fn update_webhook(&self, id: Uuid, change: &WebhookFields) -> Result<Webhook, ApiError> {
        self.answer(Call::patch(self.webhook_url(id, &[]), json!(change))).await
    }

    /// One that is gone by a call whose answer got lost is gone.
    pub(crate) async fn delete_webhook(&self, id: Uuid) -> Result<(), ApiError> {
        self.deleted(Call::delete(self.webhook_url(id, &[]))).await.map(Option::unwrap_or_default)
    }

    /// The API knows no idempotency key for it: each call is one more test.
    pub(crate) async fn test_webhook(&self, id: Uuid) -> Result<Delivery, ApiError> {
        self.answer(Call::post_once(self.webhook_url(id, &["actions", "test"]), None)).await
    }

    pub(crate) async fn rotate_webhook_secret(&self, id: Uuid) -> Result<WebhookWithSecret, ApiError> {
        self.answer(Call::post(self.webhook_url(id, &["actions", "rotate-secret"]), None)).await
    }

    pub(crate) async fn enable_webhook(&self, id: Uuid) -> Result<Webhook, ApiError> {
        self.answer(Call::post(self.webhook_url(id, &["actions", "enable"]), None)).await
    }

    /// Has some sent again of what a webhook has missed since then.
    pub(crate) async fn replay_webhook(&self, id: Uuid, since: Timestamp) -> Result<ReplayView, ApiError> {
        let body = json!({ "since": since });
        self.answer(Call::post(self.webhook_url(id, &["actions", "replay"]), Some(body))).await
    }

    /// The last deliveries to a webhook, newest first, `most` of them at most.
    pub(crate) async fn deliveries(&self, id: Uuid, most: u8) -> Result<Vec<Delivery>, ApiError> {
        let mut url = self.webhook_url(id, &["deliveries"]);
        url.query_pairs_mut().append_pair("limit", &most.to_string());
        let page: List<Delivery> = self.answer(Call::get(url)).await?;
        Ok(page.items)
    }

    pub(crate) async fn delivery(&self, id: Uuid, delivery: Uuid) -> Result<Delivery, ApiError> {
        self.answer(Call::get(self.webhook_url(id, &["deliveries", &delivery.to_string()]))).await
    }

    /// Each call has it tried once more.
    pub(crate) async fn retry_delivery(&self, id: Uuid, delivery: Uuid) -> Result<Delivery, ApiError> {
        let under = ["deliveries", &delivery.to_string(), "actions", "retry"];
        self.answer(Call::post_once(self.webhook_url(id, &under), None)).await
    }

    fn webhook_url(&self, id: Uuid, under: &[&str]) -> Url {
        self.url.of(&[&["v1", "webhooks", &id.to_string()], under].concat())
    }
}
