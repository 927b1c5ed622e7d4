//! `GET /v1/stores/{id}/operations/{operation}`

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use domain::{operation::OperationKey, store::slug::Slug};
use uuid::Uuid;

use super::view::OperationView;
use crate::{
    api::{rules::Rules, stores},
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchStore, ProblemType::NoSuchOperation]);

/// The ids in the path `/v1/stores/{id}/operations/{operation}`. What can't be an operation's is none,
/// which is nobody's to know before it is known whose store it is.
#[derive(Clone, Debug)]
pub(crate) struct OperationPath {
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

/// One operation, with its answer as long as that is kept.
#[utoipa::path(
    get,
    path = "/v1/stores/{id}/operations/{operation}",
    operation_id = "getOperation",
    tag = "Stores",
    summary = "Show an operation",
    description = "What `Operation-Location` names: `Pending`, `Running`, then `Succeeded` or `Failed`; and \
        its answer, until `result.answered.until`.",
    params(
        ("id" = inline(Slug), Path, description = "The store's id."),
        ("operation" = Uuid, Path, description = "The operation's id."),
    ),
    responses((status = 200, description = "The operation.", body = OperationView)),
)]
pub(crate) async fn handle(
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
        let key = OperationKey { store: store.id, uid: store.uid, operation: found.id };
        app.table.answer(&key, now).await?
    } else {
        None
    };
    Ok(Json(OperationView::from(found).with_answer(answer)))
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
