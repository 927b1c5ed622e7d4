//! What every handler works with.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use domain::{
    queue::{Queue, hint::Hint},
    table::Table,
    webhook::endpoint::EndpointId,
};
use outbound::policy::Policy;
use uuid::Uuid;

use crate::{
    auth::token_cache::TokenCache, clock::Clock, config::Settings, metrics::Metrics, rate_limit::RateLimiter,
    webhooks::key::KeyStore,
};

/// A queue that is made when the first job is sent: a function that only reads never sends one.
type LazyQueue = LazyLock<Queue, Box<dyn FnOnce() -> Queue + Send>>;

/// What the routes of webhooks work with.
#[derive(Debug)]
pub struct Webhooks {
    deliveries: LazyQueue,
    /// What secrets are derived from.
    pub key: KeyStore,
    /// What is allowed of the addresses of endpoints.
    pub policy: Policy,
}

impl Webhooks {
    /// With this queue for hints at deliveries, which is made when it is needed first.
    #[must_use]
    pub fn new(deliveries: impl FnOnce() -> Queue + Send + 'static, key: KeyStore, policy: Policy) -> Self {
        Self { deliveries: LazyLock::new(Box::new(deliveries)), key, policy }
    }

    /// Sends a hint at a delivery that is due. One that can't be sent is found by the sweep.
    pub async fn hint(&self, endpoint: EndpointId, notice: Uuid) {
        let hint = Hint::Delivery { endpoint, notice };
        if let Err(error) = self.deliveries.send_hint(&hint, Duration::ZERO).await {
            tracing::warn!(%error, "a hint at a delivery was not sent; the sweep will");
        }
    }
}

/// What the handlers work with.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub table: Table,
    /// Where hints for the runner go.
    pub queue: LazyQueue,
    /// What the routes of webhooks work with.
    pub webhooks: Webhooks,
    /// What operators decide.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// How often who called.
    pub rates: RateLimiter,
    /// The tokens that were looked up lately.
    pub tokens: TokenCache,
    /// Where what is counted goes.
    pub metrics: Metrics,
}

impl App {
    /// An app over these parts.
    #[must_use]
    pub fn new(
        table: Table,
        queue: impl FnOnce() -> Queue + Send + 'static,
        webhooks: Webhooks,
        settings: Settings,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let queue: LazyQueue = LazyLock::new(Box::new(queue));
        let rates = RateLimiter::new(settings.rates);
        let tokens = TokenCache::new(settings.token_cache);
        Self(Arc::new(Parts { table, queue, webhooks, settings, clock, rates, tokens, metrics }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
