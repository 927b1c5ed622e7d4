//! The resource `/v1/stores`.

pub mod events;
pub mod health;
pub mod view;

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use domain::{
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
    },
    store::{Store, admin_email::AdminEmail, name::StoreName, slug::Slug, status::Status},
    table::{ChangeError, CreateError, Filter},
};
use strum::VariantArray as _;
use utoipa::ToSchema;

use crate::{
    accepted::Accepted,
    api::list::List,
    api::stores::view::StoreView,
    app::App,
    auth::Caller,
    commands::{CommandError, CommandRequest, Commands},
    problem::Problem,
    request::actor::Acting,
    request::body::Fields,
    request::cursor::Scope,
    request::idempotency::Idempotency,
    request::preconditions::{Etag, IfMatch, IfNoneMatch},
    request::query::{PageParameters, Paging, Parameters},
    request::trace::Trace,
};

/// A store is its caller's own business, and may change at any time: who keeps an answer asks whether
/// it still holds.
const REVALIDATE: &str = "private, no-cache";

/// The id in the path `/v1/stores/{id}…`. What can't be an id is no store's.
#[derive(Clone, Debug)]
pub struct StoreId(pub Slug);

impl<S: Send + Sync> FromRequestParts<S> for StoreId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What can't be decoded names nothing.
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::NoSuchRoute)?;
        Slug::parse(&id).map(Self).map_err(|_| Problem::NoSuchStore { id })
    }
}

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

/// `POST /v1/stores`
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
pub async fn create(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    key: Idempotency,
    mut fields: Fields,
) -> Result<Accepted, Problem> {
    let name = fields.text("name", StoreName::parse);
    let admin_email = fields.text("adminEmail", AdminEmail::parse);
    let (name, admin_email) = fields.end(name.zip(admin_email))?;

    let keyed = key.request(&actor.principal.name, &["create", name.as_str(), admin_email.as_str()]);
    let commands = Commands::new(&app, trace.traceparent());
    let created = commands.create_store(name, admin_email, &actor, keyed.as_ref()).await?;
    Ok(Accepted::from(created).created())
}

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
        PageParameters,
    ),
    responses((status = 200, description = "A page of stores.", body = List<StoreView>)),
)]
pub async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
    mut parameters: Parameters,
) -> Result<Json<List<StoreView>>, Problem> {
    let status = parameters.optional("status", living_status);
    let owner = parameters.optional("owner", PrincipalName::parse);
    let scope = Scope::of("stores", &caller).filtered("status", status).filtered("owner", owner.as_ref());
    let Paging { limit, after } = parameters.paging(&app.cursors, &scope);
    parameters.end()?;
    let owner = match (caller.role, owner) {
        (Role::Admin, owner) => owner,
        (Role::Owner, Some(other)) if other != caller.name => {
            return Err(Problem::Forbidden { detail: "Only admins see the stores of others.".into() });
        }
        (Role::Owner, _) => Some(caller.name),
    };
    let filter = Filter { owner: owner.map(Into::into), status };
    let page = app.table.stores(&filter, limit, after.as_ref()).await?;
    Ok(Json(List::of(page, &app.cursors, &scope)))
}

/// A status that a store in a list can have.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described: the list is filtered by what it means")]
enum LivingStatus {
    Provisioning,
    Ready,
    Failed,
    Deleting,
}

/// Reads a [`LivingStatus`].
fn living_status(text: &str) -> Result<Status, String> {
    let living = Status::VARIANTS.iter().filter(|status| **status != Status::Deleted);
    let living: Vec<_> = living.map(ToString::to_string).collect();
    text.parse()
        .ok()
        .filter(|status| *status != Status::Deleted)
        .ok_or_else(|| format!("must be one of {}", living.join(", ")))
}

/// `GET /v1/stores/{id}`
#[utoipa::path(
    get,
    path = "/v1/stores/{id}",
    operation_id = "getStore",
    tag = "Stores",
    summary = "Show a store",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfNoneMatch),
    responses(
        (
            status = 200,
            description = "The store.",
            body = StoreView,
            headers(
                ("ETag" = String, description = "The store's version."),
                ("Cache-Control" = String, description = "It is for its caller, who may keep it and ask again."),
            ),
        ),
        (
            status = 304,
            description = "It has not changed.",
            headers(
                ("ETag" = String, description = "The store's version."),
                ("Cache-Control" = String, description = "As with 200."),
            ),
        ),
    ),
)]
pub async fn show(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let store = find(&app, &caller, &id).await?;
    let etag = Etag::of(&store);
    let headers = [etag.header(), (header::CACHE_CONTROL, REVALIDATE.into())];
    if known.knows(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let log = app.table.failure_log(&store).await?;
    Ok((headers, Json(StoreView::from(store).with_log(log))).into_response())
}

/// `DELETE /v1/stores/{id}`
#[utoipa::path(
    delete,
    path = "/v1/stores/{id}",
    operation_id = "deleteStore",
    tag = "Stores",
    summary = "Delete a store",
    description = "With all its data. Deleting it again, while it is going, is the same deletion.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch),
    responses(Accepted),
)]
pub async fn delete(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
) -> Result<Accepted, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let request = CommandRequest { actor, expected: if_match.expected(), keyed: None };
    Ok(Commands::new(&app, trace.traceparent()).delete_store(store, &request).await?.into())
}

/// The store `id`, living or not, if `caller` may see it. To anybody else it is not there: that it
/// exists is none of their business.
///
/// # Errors
/// [`Problem::NoSuchStore`], or what the table answers.
pub async fn find_with_tombstone(app: &App, caller: &Principal, id: &Slug) -> Result<Store, Problem> {
    let store = app.table.store(id).await?.filter(|store| caller.may_access(&store.owner));
    // DynamoDB removes what has expired in its own time.
    let store = store.filter(|store| !store.has_expired(app.clock.now()));
    store.ok_or_else(|| Problem::NoSuchStore { id: id.to_string() })
}

/// The living store `id`, if `caller` may see it.
///
/// # Errors
/// [`Problem::NoSuchStore`], or what the table answers.
pub async fn find(app: &App, caller: &Principal, id: &Slug) -> Result<Store, Problem> {
    let store = find_with_tombstone(app, caller, id).await?;
    match store.state.status() {
        Status::Deleted => Err(Problem::NoSuchStore { id: id.to_string() }),
        Status::Provisioning | Status::Ready | Status::Failed | Status::Deleting => Ok(store),
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Create(error) => error.into(),
            CommandError::Change(error) => error.into(),
            CommandError::Gone => Self::Conflict {
                detail: "What this idempotency key stands for is gone. Use another key.".into(),
            },
            CommandError::KeyReused => Self::KeyReused,
            CommandError::Table(error) => error.into(),
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::KeyReused => Self::KeyReused,
            CreateError::NameTaken(id) => Self::NameTaken { id: id.to_string() },
            CreateError::OwnerQuota { limit } => Self::OwnerQuota { limit },
            CreateError::PlatformQuota { limit } => Self::PlatformQuota { limit },
            contended @ CreateError::Contended(_) => {
                Self::Conflict { detail: format!("{contended}; try again") }
            }
            CreateError::Table(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound(id) => Self::NoSuchStore { id: id.to_string() },
            ChangeError::WrongStatus { store, takes } => Self::Conflict {
                detail: format!("The store is {}, and this takes one that is {takes}.", store.state.status()),
            },
            ChangeError::OperationPending { store, operation } => {
                Self::OperationInProgress { store, operation }
            }
            ChangeError::TriedTooOften => Self::Conflict {
                detail: format!(
                    "It was tried again {} times. Delete it, and create it anew once the cause is mended.",
                    Store::MAX_RETRIES
                ),
            },
            ChangeError::OtherVersion => Self::PreconditionFailed,
            ChangeError::KeyReused => Self::KeyReused,
            contended @ ChangeError::Contended(_) => {
                Self::Conflict { detail: format!("{contended}; try again") }
            }
            ChangeError::Table(error) => error.into(),
        }
    }
}
