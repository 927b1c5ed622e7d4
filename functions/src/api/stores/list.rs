//! `GET /v1/stores`

use axum::{Json, extract::State};
use domain::{
    auth::principal::Role, auth::principal_name::PrincipalName, store::status::Status, table::Filter,
};
use utoipa::ToSchema;

use super::view::StoreView;
use crate::{
    api::{list::List, rules::Rules},
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::{
        cursor::Scope,
        query::{PageRequest, Parameters},
        word::one_of,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::Invalid]);

/// `GET /v1/stores`
#[utoipa::path(
    get,
    path = "/v1/stores",
    operation_id = "listStores",
    tag = "Stores",
    summary = "List stores",
    description = "Newest first. A page of one status may be short, or empty, and not be the last: that is \
        where `nextCursor` is null.",
    params(
        ("status" = inline(Option<LivingStatus>), Query, description = "Only stores of this status."),
        ("owner" = inline(Option<PrincipalName>), Query, description = "Only stores of this owner; for admins."),
        PageRequest<()>,
    ),
    responses((status = 200, description = "A page of stores.", body = List<StoreView>)),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    mut parameters: Parameters,
) -> Result<Json<List<StoreView>>, Problem> {
    let status = parameters.optional("status", one_of::<LivingStatus>);
    let owner = parameters.optional("owner", PrincipalName::parse);
    let scope = Scope::of("stores", &caller).filtered("status", status).filtered("owner", owner.as_ref());
    let PageRequest { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let owner = match (caller.role, owner) {
        (Role::Admin, owner) => owner,
        (Role::Owner, Some(other)) if other != caller.name => {
            return Err(Problem::Forbidden { detail: "Only admins see the stores of others.".into() });
        }
        (Role::Owner, _) => Some(caller.name),
    };
    let filter = Filter { owner: owner.map(Into::into), status: status.map(Into::into) };
    let page = app.table.stores(&filter, limit, after.as_ref()).await?;
    Ok(Json(List::of(page, &scope)))
}

/// A status that a store in a list can have: one that is gone is in none.
#[derive(Clone, Copy, Debug, strum::Display, strum::EnumString, strum::VariantArray, ToSchema)]
enum LivingStatus {
    Provisioning,
    Ready,
    Failed,
    Deleting,
}

impl From<LivingStatus> for Status {
    fn from(status: LivingStatus) -> Self {
        match status {
            LivingStatus::Provisioning => Self::Provisioning,
            LivingStatus::Ready => Self::Ready,
            LivingStatus::Failed => Self::Failed,
            LivingStatus::Deleting => Self::Deleting,
        }
    }
}
