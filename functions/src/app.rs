//! What every handler works with.

use std::sync::{Arc, LazyLock};

use domain::{queue::Queue, table::Table};

use crate::{
    auth::token_cache::TokenCache, clock::Clock, config::Settings, metrics::Metrics, rate_limit::RateLimiter,
};

/// A queue that is made when the first job is sent: a function that only reads never sends one.
type LazyQueue = LazyLock<Queue, Box<dyn FnOnce() -> Queue + Send>>;

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
        settings: Settings,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let queue: LazyQueue = LazyLock::new(Box::new(queue));
        let rates = RateLimiter::new(settings.rates);
        let tokens = TokenCache::new(settings.token_cache);
        Self(Arc::new(Parts { table, queue, settings, clock, rates, tokens, metrics }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
