//! The resource `/v1/stores`.

pub mod accepted;
pub mod actions;
pub mod create;
pub mod delete;
pub mod events;
pub mod health;
pub mod list;
pub mod operations;
mod refusal;
pub mod show;
pub mod view;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
    },
    store::{Store, slug::Slug},
};

use crate::{app::App, problem::Problem};

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
    if store.state.status().is_gone() {
        return Err(Problem::NoSuchStore { id: id.to_string() });
    }
    Ok(store)
}

/// Whose stores a list shows to `caller`, who asks for those of `owner` or says nothing of that; `None` are everybody's.
///
/// # Errors
/// [`Problem::Forbidden`] where they are another owner's.
pub fn shown_owner(
    caller: Principal,
    owner: Option<PrincipalName>,
) -> Result<Option<PrincipalName>, Problem> {
    match (caller.role, owner) {
        (Role::Admin, owner) => Ok(owner),
        (Role::Owner, Some(other)) if other != caller.name => {
            Err(Problem::Forbidden { detail: "Only admins see the stores of others.".into() })
        }
        (Role::Owner, _) => Ok(Some(caller.name)),
    }
}
