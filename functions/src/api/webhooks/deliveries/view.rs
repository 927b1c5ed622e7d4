//! A delivery as callers get to see it.

use domain::{
    table::StoredDelivery,
    values::timestamp::Timestamp,
    webhook::{
        delivery::{Delivery, DeliveryState, Try, TryOutcome},
        event_type::EventType,
        notice::NoticeSubject,
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub enum DeliveryStatus {
    /// It is to be tried at `at`.
    Due,
    /// It was received at `at`.
    Delivered,
    /// It was given up at `at`.
    GivenUp,
}

/// A delivery, with all of its tries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id, which is sent as `webhook-id`.
    id: Uuid,
    /// What it is about.
    event: EventType,
    /// The store that it is about; null where it is about a webhook.
    #[schema(required)]
    store: Option<String>,
    /// How it stands.
    status: DeliveryStatus,
    /// Since when; of one that is due, when it is to be tried.
    at: Timestamp,
    /// When it was made.
    created_at: Timestamp,
    /// The tries so far, the last at the end.
    tries: Vec<TryView>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryTry)]
pub struct TryView {
    /// When it began.
    at: Timestamp,
    /// How long it took.
    duration_ms: u64,
    /// The status of the answer; null where there was none.
    #[schema(required)]
    response_status: Option<u16>,
    /// The beginning of the answer's body; null where there was none.
    #[schema(required)]
    excerpt: Option<String>,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
}

impl From<StoredDelivery> for DeliveryView {
    fn from(StoredDelivery { delivery, notice }: StoredDelivery) -> Self {
        let Delivery { endpoint: _, notice: id, event, created, state, tries } = delivery;
        let (status, at) = match state {
            DeliveryState::Due { at } => (DeliveryStatus::Due, at),
            DeliveryState::Delivered { at } => (DeliveryStatus::Delivered, at),
            DeliveryState::GivenUp { at } => (DeliveryStatus::GivenUp, at),
        };
        let store = match notice.subject {
            NoticeSubject::Store { store, .. } => Some(store.to_string()),
            NoticeSubject::Webhook { .. } => None,
        };
        let tries = tries.into_iter().map(Into::into).collect();
        Self { id, event, store, status, at, created_at: created, tries }
    }
}

impl From<Try> for TryView {
    fn from(Try { at, duration_ms, outcome }: Try) -> Self {
        let (response_status, excerpt, error) = match outcome {
            TryOutcome::Answered { status, excerpt } => (Some(status), Some(excerpt), None),
            TryOutcome::Unanswered { error } => (None, None, Some(error)),
        };
        Self { at, duration_ms, response_status, excerpt, error }
    }
}
