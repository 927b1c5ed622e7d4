//! How often an address may call.
//!
//! - *One write at most*: the counter of rate, source and minute is one conditional update, exact however many ask at
//!   once. What is over the limit is remembered in memory until its minute ends, so a flood costs each instance one
//!   write a minute and source. The memory is bounded; what does not fit costs a write.
//! - *A source* is an IPv4 address or an IPv6 /64, as API Gateway saw it. Headers are never asked. Calls without an
//!   address are counted together.
//! - *Windows are minutes of the clock*, the same for all, which lets one counter be exact. Twice the limit fits around
//!   the end of one.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{
    auth::rate::{Rate, Source, Window},
    table::{Table, TableError},
    values::timestamp::Timestamp,
};

/// How many refusals are remembered. Beyond these a refusal costs a write again, and is as sure.
const MEMORY: usize = 8192;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How often something may be done from one address in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Creates of stores.
    pub creates: NonZeroU32,
    /// All else that changes something.
    pub actions: NonZeroU32,
    /// Tokens that are not good.
    pub failed_authentications: NonZeroU32,
}

impl Default for RateLimits {
    fn default() -> Self {
        const fn times(count: u32) -> NonZeroU32 {
            NonZeroU32::new(count).expect("it is not zero")
        }
        Self { creates: times(5), actions: times(10), failed_authentications: times(20) }
    }
}

impl RateLimits {
    fn of(&self, rate: Rate) -> u32 {
        let limit = match rate {
            Rate::Creates => self.creates,
            Rate::Actions => self.actions,
            Rate::FailedAuthentications => self.failed_authentications,
        };
        limit.get()
    }
}

/// What is left of a limit after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// What is limited.
    pub rate: Rate,
    /// How often it may be done in a window.
    pub limit: u32,
    /// How often it may still be done in this one.
    pub remaining: u32,
    /// Seconds until the next.
    pub seconds_left: u64,
}

impl Allowance {
    /// Says it in the fields of draft-ietf-httpapi-ratelimit-headers-10: the policy by its name with
    /// quota (`q`) and window (`w`), and what is left of it (`r`) until it is whole again (`t`).
    pub fn write(&self, headers: &mut HeaderMap) {
        let Self { rate, limit, remaining, seconds_left } = self;
        let window = Window::LENGTH.as_secs();
        for (name, value) in [
            (RATE_LIMIT_POLICY, format!("\"{rate}\";q={limit};w={window}")),
            (RATE_LIMIT, format!("\"{rate}\";r={remaining};t={seconds_left}")),
        ] {
            match HeaderValue::try_from(value) {
                Ok(value) => {
                    headers.insert(name, value);
                }
                Err(error) => tracing::error!(%error, "a header can't be written"),
            }
        }
    }
}

/// A call is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {} {} a minute is used up", .0.limit, .0.rate)]
pub struct Exceeded(pub Allowance);

/// Why a call may not go on.
#[derive(Debug, thiserror::Error)]
pub enum RateError {
    /// It is one too many.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    /// It could not be counted.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Counts calls against the limits.
///
/// The counters are in the table. A refusal is also remembered here until its window ends, so that a
/// flood costs each instance of a function one write a source and minute.
#[derive(Debug)]
pub struct RateLimiter {
    limits: RateLimits,
    refused: Mutex<HashMap<(Rate, Source), Window>>,
}

impl RateLimiter {
    /// With these limits; nothing is counted yet.
    #[must_use]
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, refused: Mutex::default() }
    }

    /// Counts one call of `source`.
    ///
    /// # Errors
    /// [`RateError`].
    pub async fn count(
        &self,
        table: &Table,
        rate: Rate,
        source: Source,
        now: Timestamp,
    ) -> Result<Allowance, RateError> {
        if let Some(exceeded) = self.remembered(rate, source, now) {
            return Err(exceeded.into());
        }
        let (window, limit) = (Window::at(now), self.limits.of(rate));
        let Some(count) = table.count_call(rate, source, window, limit).await? else {
            self.remember(rate, source, window);
            return Err(Exceeded(self.allowance(rate, 0, now)).into());
        };
        Ok(self.allowance(rate, limit.saturating_sub(count), now))
    }

    /// Whether a call of `source` was refused in this window; asks nobody and counts nothing.
    #[must_use]
    pub fn remembered(&self, rate: Rate, source: Source, now: Timestamp) -> Option<Exceeded> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let in_this_window = refused.get(&(rate, source)) == Some(&Window::at(now));
        in_this_window.then(|| Exceeded(self.allowance(rate, 0, now)))
    }

    fn remember(&self, rate: Rate, source: Source, window: Window) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MEMORY {
            refused.retain(|_, refused_in| *refused_in >= window);
        }
        if refused.len() < MEMORY {
            refused.insert((rate, source), window);
        }
    }

    fn allowance(&self, rate: Rate, remaining: u32, now: Timestamp) -> Allowance {
        Allowance {
            rate,
            limit: self.limits.of(rate),
            remaining,
            seconds_left: Window::at(now).seconds_left(now),
        }
    }
}
