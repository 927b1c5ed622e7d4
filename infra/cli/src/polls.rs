//! Asks the API again and again: it has no way of telling by itself.

use std::{future::Future, time::Duration};

use tokio::time::Interval;

use crate::api::ApiError;

/// How often the API is asked.
const POLL: Duration = Duration::from_millis(250);
/// For how many polls in a row the API may be away: a function that died is back after a second.
const PATIENCE: u32 = 40;

/// The times at which the API is asked.
#[derive(Debug)]
pub(crate) struct Polls(Interval);

impl Polls {
    /// The first of them is now.
    pub(crate) fn new() -> Self {
        Self(tokio::time::interval(POLL))
    }

    /// Asks at the next time, and as long as the API is away at those after it.
    pub(crate) async fn ask<T, F>(&mut self, ask: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut away = 0;
        loop {
            self.0.tick().await;
            match ask().await {
                Err(error) if error.is_passing() && away < PATIENCE => away += 1,
                answered => return answered,
            }
        }
    }
}
