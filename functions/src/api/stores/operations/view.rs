//! An operation, as answers show it.

use domain::{
    auth::principal_name::PrincipalName,
    operation::{
        Answer, End, Guard, Operation, OperationFailure, OperationKind, OperationResult, OperationStatus,
        Outcome, RestartTarget, Waiting, logs::Component,
    },
    store::release::image::Image,
    values::{reason::Reason, timestamp::Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An operation on a store.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub struct OperationView {
    /// Its id.
    id: Uuid,
    /// What was asked for.
    action: OperationKind,
    /// What a restart is about.
    #[schema(required)]
    target: Option<RestartTarget>,
    /// Why, of a suspension.
    #[schema(required)]
    reason: Option<Reason>,
    /// To which image, of an upgrade.
    #[schema(required)]
    image: Option<Image>,
    /// What it waits for before it changes anything, of a restart, an upgrade or a hibernation.
    #[schema(required)]
    guard: Option<Guard>,
    /// Whose log it is about.
    #[schema(required)]
    component: Option<Component>,
    /// Where it stands.
    status: OperationStatus,
    /// Who asked for it.
    requested_by: PrincipalName,
    /// When.
    requested_at: Timestamp,
    /// That its guard holds it up: since when, until when at most, and what the shop was busy with when that began. Null
    /// where it waits for nothing.
    #[schema(required)]
    waiting: Option<Waiting>,
    /// When a runner began with it; null before.
    #[schema(required)]
    started_at: Option<Timestamp>,
    /// When it came to its end; null before.
    #[schema(required)]
    ended_at: Option<Timestamp>,
    /// Its result, once it has succeeded.
    #[schema(required)]
    result: Option<OperationResult>,
    /// Its answer, as long as that is kept. Null in lists.
    #[schema(required)]
    answer: Option<Answer>,
    /// Why it failed, if it did.
    #[schema(required)]
    failure: Option<OperationFailure>,
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        let status = operation.status();
        let Operation { id, request, requested_by, requested, started, waiting, end } = operation;
        let ended_at = end.as_ref().map(|end| end.at);
        let (result, failure) = match end {
            None => (None, None),
            Some(End { outcome: Outcome::Succeeded(result), .. }) => (Some(result), None),
            Some(End { outcome: Outcome::Failed(failure), .. }) => (None, Some(failure)),
        };
        Self {
            id,
            action: request.kind(),
            target: request.target(),
            reason: request.reason().cloned(),
            image: request.image().cloned(),
            guard: request.guard(),
            component: request.component(),
            status,
            requested_by,
            requested_at: requested,
            waiting,
            started_at: started,
            ended_at,
            result,
            answer: None,
            failure,
        }
    }
}

impl OperationView {
    /// The same, with its answer.
    pub(super) fn with_answer(self, answer: Option<Answer>) -> Self {
        Self { answer, ..self }
    }
}
