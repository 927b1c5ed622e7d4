//! Where the resources of the API are, as answers name them.

use domain::{auth::token::TokenId, store::slug::Slug, webhook::endpoint::EndpointId};
use uuid::Uuid;

/// Where the store `id` is.
#[must_use]
pub fn store(id: &Slug) -> String {
    format!("/v1/stores/{id}")
}

/// Where the operation `operation` on the store `id` is.
#[must_use]
pub fn operation(id: &Slug, operation: Uuid) -> String {
    format!("{}/operations/{operation}", store(id))
}

/// Where the token `id` is.
#[must_use]
pub fn token(id: &TokenId) -> String {
    format!("/v1/tokens/{id}")
}

/// Where the webhook `id` is.
#[must_use]
pub fn webhook(id: EndpointId) -> String {
    format!("/v1/webhooks/{id}")
}

/// Where the delivery of `notice` to the webhook `id` is.
#[must_use]
pub fn delivery(id: EndpointId, notice: Uuid) -> String {
    format!("{}/deliveries/{notice}", webhook(id))
}
