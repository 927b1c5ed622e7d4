//! The resource `/v1/webhooks/{id}/deliveries`.

pub mod list;
pub mod retry;
pub mod show;
pub mod view;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{auth::principal::Principal, table::StoredDelivery, webhook::endpoint::EndpointId};
use uuid::Uuid;

use super::find as find_webhook;
use crate::{app::App, problem::Problem};

/// The ids in the path `/v1/webhooks/{id}/deliveries/{delivery}…`.
#[derive(Clone, Debug)]
pub struct DeliveryPath {
    webhook: EndpointId,
    delivery: String,
}

impl<S: Send + Sync> FromRequestParts<S> for DeliveryPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((id, delivery)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::NoSuchRoute)?;
        let webhook = super::parse(&id).ok_or(Problem::NoSuchWebhook { id })?;
        Ok(Self { webhook, delivery })
    }
}

/// The delivery at `path`, if `caller` may see it.
async fn find(app: &App, caller: &Principal, path: &DeliveryPath) -> Result<StoredDelivery, Problem> {
    let endpoint = find_webhook(app, caller, path.webhook).await?;
    let notice = path.delivery.parse::<Uuid>().ok().filter(|id| id.to_string() == path.delivery);
    let found = match notice {
        Some(notice) => app.table.delivery(endpoint.id, notice, app.clock.now()).await?,
        None => None,
    };
    found.ok_or_else(|| Problem::NoSuchDelivery { id: path.delivery.clone() })
}
