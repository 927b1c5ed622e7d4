//! The resource `/v1/stores/{id}/operations`: what a store was made to do, and what came of it.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use domain::{
    auth::principal_name::PrincipalName,
    operation::{
        Answer, Asked, End, Inquiry, InquiryKey, Operation, OperationFailure, OperationResult,
        OperationStatus, Outcome, RestartTarget, Work, logs::Component,
    },
    store::slug::Slug,
    values::timestamp::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::list::List,
    api::stores::{self, StoreId},
    app::App,
    auth::Caller,
    problem::Problem,
    request::cursor::Scope,
    request::query::{PageRequest, Parameters},
};

/// An operation on a store.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub struct OperationView {
    /// Its id.
    id: Uuid,
    /// What was asked for.
    action: OperationAction,
    /// What a restart is about.
    #[schema(required)]
    target: Option<RestartTarget>,
    /// Whose log it is about.
    #[schema(required)]
    component: Option<Component>,
    /// Where it stands.
    status: OperationStatus,
    /// Who asked for it.
    requested_by: PrincipalName,
    /// When.
    requested_at: Timestamp,
    /// When a runner began with it; null before.
    #[schema(required)]
    started_at: Option<Timestamp>,
    /// When it came to its end; null before.
    #[schema(required)]
    ended_at: Option<Timestamp>,
    /// What it has to tell, once it has succeeded.
    #[schema(required)]
    result: Option<OperationResult>,
    /// What was told, as long as it is kept. Null in lists.
    #[schema(required)]
    answer: Option<Answer>,
    /// Why it failed, if it did.
    #[schema(required)]
    failure: Option<OperationFailure>,
}

/// What a store can be made to do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperationAction {
    /// Pods are replaced.
    Restart,
    /// The administrator gets a new password.
    ResetPassword,
    /// Whoever asked is told the administrator's credentials.
    RevealCredentials,
    /// Whoever asked is told what a component has written to its log.
    Logs,
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        let status = operation.status();
        let Operation { order, end } = operation;
        let (action, target, component) = match order.work {
            Asked::Work(Work::Restart { target }) => (OperationAction::Restart, Some(target), None),
            Asked::Work(Work::ResetPassword) => (OperationAction::ResetPassword, None, None),
            Asked::Inquiry(Inquiry::RevealCredentials { .. }) => {
                (OperationAction::RevealCredentials, None, None)
            }
            Asked::Inquiry(Inquiry::Logs(query)) => (OperationAction::Logs, None, Some(query.component)),
        };
        let ended_at = end.as_ref().map(|end| end.at);
        let (result, failure) = match end {
            None => (None, None),
            Some(End { outcome: Outcome::Succeeded(result), .. }) => (Some(result), None),
            Some(End { outcome: Outcome::Failed(failure), .. }) => (None, Some(failure)),
        };
        Self {
            id: order.id,
            action,
            target,
            component,
            status,
            requested_by: order.requested_by,
            requested_at: order.requested,
            started_at: order.started,
            ended_at,
            result,
            answer: None,
            failure,
        }
    }
}

/// The ids in the path `/v1/stores/{id}/operations/{operation}`. What can't be an operation's is none,
/// which is nobody's to know before it is known whose store it is.
#[derive(Clone, Debug)]
pub struct OperationPath {
    store: Slug,
    operation: String,
}

impl<S: Send + Sync> FromRequestParts<S> for OperationPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What can't be decoded names nothing.
        let Path((id, operation)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::NoSuchRoute)?;
        let store = Slug::parse(&id).map_err(|_| Problem::NoSuchStore { id })?;
        Ok(Self { store, operation })
    }
}

/// The id that `text` is, in the one form that the API writes; the library takes others too, such as one
/// in braces.
fn operation_id(text: &str) -> Option<Uuid> {
    const HYPHENATED: usize = 36;
    Uuid::parse_str(text).ok().filter(|_| text.len() == HYPHENATED)
}

/// `GET /v1/stores/{id}/operations`
#[utoipa::path(
    get,
    path = "/v1/stores/{id}/operations",
    operation_id = "listOperations",
    tag = "Stores",
    summary = "Show what a store was made to do",
    description = "Newest first; of a deleted store too, for 30 days or until its name is used again.",
    params(("id" = inline(Slug), Path, description = "The store's id."), PageRequest<()>),
    responses((status = 200, description = "A page of operations.", body = List<OperationView>)),
)]
pub async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
    mut parameters: Parameters,
) -> Result<Json<List<OperationView>>, Problem> {
    let store = stores::find_with_tombstone(&app, &caller, &id).await?;
    // Those on a later store of the name are a list of their own.
    let scope = Scope::of("operations", &caller).filtered("uid", Some(store.uid));
    let PageRequest { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let page = app.table.operation_page(&store.id, store.uid, limit, after, app.clock.now()).await?;
    Ok(Json(List::of(page, &scope)))
}

/// `GET /v1/stores/{id}/operations/{operation}`
#[utoipa::path(
    get,
    path = "/v1/stores/{id}/operations/{operation}",
    operation_id = "getOperation",
    tag = "Stores",
    summary = "Show an operation",
    description = "What `Operation-Location` names: `Pending`, `Running`, then `Succeeded` or `Failed`; and \
        what was told, until `result.answered.until`.",
    params(
        ("id" = inline(Slug), Path, description = "The store's id."),
        ("operation" = Uuid, Path, description = "The operation's id."),
    ),
    responses((status = 200, description = "The operation.", body = OperationView)),
)]
pub async fn show(
    State(app): State<App>,
    Caller(caller): Caller,
    OperationPath { store: id, operation }: OperationPath,
) -> Result<Json<OperationView>, Problem> {
    let store = stores::find_with_tombstone(&app, &caller, &id).await?;
    let now = app.clock.now();
    let found = match operation_id(&operation) {
        Some(operation) => app.table.operation(&store.id, store.uid, operation, now).await?,
        None => None,
    };
    let found = found.ok_or(Problem::NoSuchOperation { id: operation })?;
    let answer = if found.answered_until().is_some() {
        let key = InquiryKey { store: store.id, uid: store.uid, operation: found.order.id };
        app.table.answer(&key, now).await?
    } else {
        None
    };
    Ok(Json(OperationView { answer, ..found.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operations_id_has_one_form() {
        let id = Uuid::now_v7();
        assert_eq!(operation_id(&id.to_string()), Some(id));
        for text in [
            id.braced().to_string(),
            id.urn().to_string(),
            id.simple().to_string(),
            format!("{id}#x"),
            format!("{id}/"),
            format!(" {id}"),
            String::new(),
        ] {
            assert_eq!(operation_id(&text), None, "{text}");
        }
    }
}
