//! The resource `/v1/stores`.

pub mod actions;
pub mod create;
pub mod delete;
pub mod events;
pub mod health;
pub mod list;
pub mod operations;
pub mod show;
pub mod view;

use axum::{
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use domain::{
    auth::principal::Principal,
    queue::job::PICKUP_GRACE,
    store::{Store, admin_email::AdminEmail, name::StoreName, slug::Slug, status::Status},
    table::{ChangeError, Changed, CreateError, Created},
};
use utoipa::ToSchema;

use crate::{
    accepted::Accepted,
    api::links,
    app::App,
    asking::Asking,
    problem::Problem,
    request::{actor::Acting, body::Fields, idempotency::Idempotency, preconditions::IfMatch, trace::Trace},
};

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

    let owner = &actor.principal.name;
    let request = key.request(owner, &["create", name.as_str(), admin_email.as_str()]);
    let now = app.clock.now();
    let store = Store::new(name, admin_email, owner.to_string(), now, now.plus(PICKUP_GRACE));
    let quotas = app.settings.limits.quotas();
    match app.table.create_store(&store, &actor, quotas, request.as_ref()).await? {
        Created::Applied(store) => {
            tracing::info!(store = %store.id, uid = %store.uid, owner = %store.owner, "a store was created");
            Ok(Accepted::begun(&app, &trace, *store).await.created())
        }
        Created::Replayed(made) => Accepted::again(&app, &trace, made).await,
    }
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
    let asking = Asking::new(actor, if_match);
    let changed = app.table.request_deletion(store, asking.wish(app.clock.now())).await?;
    if let Changed::Applied(store) = &changed {
        tracing::info!(store = %store.id, uid = %store.uid, by = %asking.name(), "a store's deletion was asked for");
    }
    Accepted::of(&app, &trace, changed).await
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
            ChangeError::NotPossible { store, takes } => Self::Conflict {
                detail: format!("The store is {}, and this takes one that is {takes}.", store.state.status()),
            },
            ChangeError::Busy { store, order } => Self::OperationInProgress {
                operation: order.work.to_string(),
                location: links::operation(&store, order.id),
            },
            ChangeError::TriedTooOften => Self::Conflict {
                detail: format!(
                    "It was tried again {} times. Delete it, and create it anew once the cause is mended.",
                    Store::MAX_RETRIES
                ),
            },
            ChangeError::NotWanted => Self::PreconditionFailed,
            ChangeError::KeyReused => Self::KeyReused,
            contended @ ChangeError::Contended(_) => {
                Self::Conflict { detail: format!("{contended}; try again") }
            }
            ChangeError::Table(error) => error.into(),
        }
    }
}
