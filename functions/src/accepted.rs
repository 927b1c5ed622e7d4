//! The answer that something was begun: 202, with the store and where to follow it.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{
    idempotency::Made,
    queue::job::Job,
    store::{Store, slug::Slug, status::Status},
    table::Changed,
};
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder},
};
use uuid::Uuid;

use crate::{
    api::stores::view::StoreView,
    app::App,
    openapi::header::text_header,
    problem::Problem,
    request::{context::RequestContext, idempotency::REPLAYED, trace::Trace},
};

/// What a request has begun, or one like it before.
#[derive(Debug)]
pub struct Accepted {
    store: Store,
    /// Whether it was begun by the same request, sent before.
    replayed: bool,
}

impl Accepted {
    /// `store` was changed by this request; a runner is told.
    pub async fn begun(app: &App, trace: &Trace, store: Store) -> Self {
        send_job(app, Job::of(&store), trace).await;
        Self { store, replayed: false }
    }

    /// The same, of a store that this request has created.
    #[must_use]
    pub fn created(self) -> Self {
        RequestContext::current().record(|outcome| outcome.store_created = true);
        self
    }

    /// What the same request made before, as it is now. A runner is told once more: it may be that
    /// it was not the first time.
    ///
    /// # Errors
    /// [`Problem::Conflict`] when it is gone; or what the table answers.
    pub async fn again(app: &App, trace: &Trace, made: Made) -> Result<Self, Problem> {
        let (Made::Store { id, uid } | Made::Operation { id, uid, .. }) = made;
        let begun = Self::begun(app, trace, living(app, &id, uid).await?).await;
        Ok(Self { replayed: true, ..begun })
    }

    /// What came of a change.
    ///
    /// # Errors
    /// As [`Self::again`].
    pub async fn of(app: &App, trace: &Trace, changed: Changed) -> Result<Self, Problem> {
        match changed {
            Changed::Applied(store) | Changed::NoOp(store) => Ok(Self::begun(app, trace, *store).await),
            Changed::Replayed(made) => Self::again(app, trace, made).await,
        }
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let location = format!("/v1/stores/{}", self.store.id);
        let replayed = AppendHeaders(self.replayed.then_some(REPLAYED));
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

/// The incarnation `uid` of the store `id`, which a request has changed before, as long as it lives.
///
/// # Errors
/// As [`Accepted::again`].
pub(crate) async fn living(app: &App, id: &Slug, uid: Uuid) -> Result<Store, Problem> {
    let lives = |store: &Store| store.uid == uid && store.state.status() != Status::Deleted;
    app.table.store(id).await?.filter(lives).ok_or_else(gone)
}

/// What is told where a request was carried out before, and what it made is not there any more.
pub(crate) fn gone() -> Problem {
    Problem::Conflict { detail: "What this idempotency key stands for is gone. Use another key.".into() }
}

/// Tells the runner that there is work. A job that can't be sent is no failure of the request:
/// what was asked for is in the table, and the sweep sends the job once it is overdue.
pub(crate) async fn send_job(app: &App, job: Option<Job>, trace: &Trace) {
    let Some(job) = job else { return };
    let traceparent = trace.context.as_ref().map(ToString::to_string);
    let sent = app.queue.send(&job, traceparent.as_deref()).await;
    if let Err(error) = &sent {
        tracing::error!(store = %job.store, uid = %job.uid, error = %error, "the job was not sent; the sweep will");
        RequestContext::current().record(|outcome| outcome.job_not_sent = true);
    }
}
