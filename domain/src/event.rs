//! The entries of a store's timeline.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{principal_name::PrincipalName, step::Step, timestamp::Timestamp};

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventKind {
    /// A step began.
    StepStarted,
    /// A step is done.
    StepCompleted,
    /// A step failed for good.
    StepFailed,
    /// The store is up.
    StoreReady,
    /// The cluster does not do what a step asks of it; the step goes on trying. Told once a step.
    StepRetrying,
    /// A runner took up what another one left unfinished.
    Resumed,
    /// The store is gone.
    StoreDeleted,
    /// Somebody asked for a failed store to be tried again.
    RetryRequested,
}

/// One entry of a store's timeline. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Time-ordered (UUIDv7): the timeline's order is the order of these.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What it tells.
    pub kind: EventKind,
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<Step>,
    /// A sentence for a person.
    pub message: String,
    /// How long the step took, in milliseconds; on completed and failed steps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_ms: Option<u64>,
}

impl Event {
    fn new(kind: EventKind, step: Option<Step>, message: impl Into<String>) -> Self {
        Self {
            id: Uuid::now_v7(),
            at: Timestamp::now(),
            kind,
            step,
            message: message.into(),
            duration_ms: None,
        }
    }

    fn lasting(mut self, duration: Duration) -> Self {
        self.duration_ms = Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// `step` begins.
    #[must_use]
    pub fn started(step: Step, message: impl Into<String>) -> Self {
        Self::new(EventKind::StepStarted, Some(step), message)
    }

    /// `step` is done after `duration`.
    #[must_use]
    pub fn completed(step: Step, message: impl Into<String>, duration: Duration) -> Self {
        Self::new(EventKind::StepCompleted, Some(step), message).lasting(duration)
    }

    /// `step` goes on trying, since the cluster does not do what it asks: `reason`.
    #[must_use]
    pub fn retrying(step: Step, reason: &str) -> Self {
        Self::new(
            EventKind::StepRetrying,
            Some(step),
            format!("The cluster answers: {reason}. Trying again."),
        )
    }

    /// `step` failed for good after `duration`.
    #[must_use]
    pub fn failed(step: Step, message: impl Into<String>, duration: Duration) -> Self {
        Self::new(EventKind::StepFailed, Some(step), message).lasting(duration)
    }

    /// The store is up at `url`.
    #[must_use]
    pub fn ready(url: &str) -> Self {
        Self::new(EventKind::StoreReady, None, format!("The store answers at {url}."))
    }

    /// Another runner began this work and did not end it.
    #[must_use]
    pub fn resumed(attempt: u32) -> Self {
        let message =
            format!("A runner took the store up again (attempt {attempt}); what is there already is kept.");
        Self::new(EventKind::Resumed, None, message)
    }

    /// `principal` asked for the failed store to be tried again.
    #[must_use]
    pub fn retry_requested(principal: &PrincipalName) -> Self {
        Self::new(EventKind::RetryRequested, None, format!("{principal} asked for another try."))
    }

    /// The store is gone.
    #[must_use]
    pub fn deleted() -> Self {
        Self::new(EventKind::StoreDeleted, None, "The store is gone, and its name is free again.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_in_which_events_were_made() {
        let ids: Vec<_> = (0..1000).map(|_| Event::deleted().id.to_string()).collect();
        assert!(ids.is_sorted());
    }
}
