//! The answer to a mute, and to the end of one: 200, with what needs somebody of the store.

use axum::{
    Json,
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{table::NeedsAttention, values::timestamp::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::attention::AttentionView, commands::CommandResult, request::idempotency::REPLAYED};

/// What needs somebody of one store.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreAttention {
    /// Each of it, muted or not.
    items: Vec<AttentionView>,
}

/// What a mute came to, or the end of one.
#[derive(Debug)]
pub struct MutedAttention {
    attention: StoreAttention,
    /// Whether the same request, sent before, did it.
    is_replay: bool,
}

impl MutedAttention {
    /// What `result` is at `now`.
    #[must_use]
    pub fn of(result: CommandResult<Vec<NeedsAttention>>, now: Timestamp) -> Self {
        let CommandResult { subject, is_replay, job_not_sent: _ } = result;
        let items = subject.into_iter().map(|entry| AttentionView::of(entry, now)).collect();
        Self { attention: StoreAttention { items }, is_replay }
    }
}

impl IntoResponse for MutedAttention {
    fn into_response(self) -> Response {
        (AppendHeaders(self.is_replay.then_some(REPLAYED)), Json(self.attention)).into_response()
    }
}
