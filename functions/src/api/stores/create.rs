//! `POST /v1/stores`

use axum::extract::State;
use domain::{
    auth::rate::Rate,
    store::{admin_email::AdminEmail, name::StoreName},
};
use utoipa::ToSchema;

use super::accepted::Accepted;
use crate::{
    api::rules::Rules,
    app::App,
    commands::Commands,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
        context::RequestContext,
        idempotency::Idempotency,
        trace::Trace,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Creates,
    &[
        ProblemType::Malformed,
        ProblemType::NameTaken,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::Conflict,
        ProblemType::KeyReused,
        ProblemType::OwnerQuota,
        ProblemType::PlatformQuota,
    ],
);

/// What a store is made from.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStore {
    /// Makes the store's id, which no living store may have, nor is it one of the platform's own
    /// addresses, such as `www` and `admin`.
    pub name: StoreName,
    /// Where its administrator is reached: unquoted, in ASCII, with a dotted domain.
    pub admin_email: AdminEmail,
}

impl RequestBody for NewStore {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.text("name", StoreName::parse);
        let admin_email = fields.text("adminEmail", AdminEmail::parse);
        Some(Self { name: name?, admin_email: admin_email? })
    }
}

/// Creates a store.
#[utoipa::path(
    post,
    path = "/v1/stores",
    operation_id = "createStore",
    tag = "Stores",
    summary = "Create a store",
    params(Idempotency),
    request_body = NewStore,
    responses(Accepted),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    key: Idempotency,
    Body(NewStore { name, admin_email }): Body<NewStore>,
) -> Result<Accepted, Problem> {
    let keyed = key.request(&actor.principal.name, &["create", name.as_str(), admin_email.as_str()]);
    let commands = Commands::new(&app, trace.traceparent());
    let created = commands.create_store(name, admin_email, &actor, keyed.as_ref()).await?;
    RequestContext::current().record(|outcome| outcome.store_created = !created.is_replay);
    Ok(created.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewStore>();
    }
}
