//! The answer that something was begun: 202, with the store and where to follow it.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::store::Store;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder},
};

use super::view::StoreView;
use crate::{
    api::links,
    commands::CommandResult,
    openapi::header::text_header,
    request::{context::RequestContext, idempotency::REPLAYED},
};

/// What a request has begun, or one like it before.
#[derive(Debug)]
pub struct Accepted {
    store: Store,
    /// Whether it was begun by the same request, sent before.
    is_replay: bool,
}

impl From<CommandResult<Store>> for Accepted {
    fn from(CommandResult { subject, is_replay, job_not_sent }: CommandResult<Store>) -> Self {
        RequestContext::current().record(|outcome| outcome.job_not_sent |= job_not_sent);
        Self { store: subject, is_replay }
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let location = links::store(&self.store.id);
        let replayed = AppendHeaders(self.is_replay.then_some(REPLAYED));
        let view = Json(StoreView::from(self.store));
        let headers = [(header::LOCATION, location)];
        (StatusCode::ACCEPTED, headers, replayed, view).into_response()
    }
}

impl IntoResponses for Accepted {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let location = ("Location", "Where to follow it; once the store is gone, that answers 404.");
        described::<StoreView>("the store", location)
    }
}

/// What the description says of an answer 202 with `what` as it is now, and a header that says where to
/// follow it.
pub(crate) fn described<View: ToSchema>(
    what: &str,
    (header, where_to): (&str, &str),
) -> BTreeMap<String, RefOr<openapi::Response>> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(View::name()))).build();
    let response = ResponseBuilder::new()
        .description(format!("It is accepted and will be carried out; {what} as it is now."))
        .content("application/json", content)
        .header(header, text_header(where_to))
        .header(
            "Idempotency-Replayed",
            text_header("`true` where the same request with the same key was accepted before."),
        );
    BTreeMap::from([("202".into(), RefOr::T(response.build()))])
}
