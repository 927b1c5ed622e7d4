//! The resource `/v1/audit`.

use std::net::IpAddr;

use axum::{Json, extract::State};
use domain::{
    audit::{Action, Actor, AuditEntry, Link, Subject},
    digest::Digest,
    principal::Role,
    principal_name::PrincipalName,
    slug::Slug,
    table::Trail,
    timestamp::Timestamp,
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::App,
    auth::Caller,
    cursor::Scope,
    list::List,
    problem::Problem,
    query::{Paging, Parameters},
    stores,
};

/// An entry of the audit trail as callers see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    at: Timestamp,
    action: Action,
    /// Who did it.
    principal: PrincipalName,
    role: Role,
    /// From where; null where it did not come over HTTP.
    address: Option<IpAddr>,
    request_id: Option<String>,
    /// The store that it was done to.
    store: Option<Slug>,
    /// Which incarnation of it.
    uid: Option<Uuid>,
    /// The token that it was done to.
    token: Option<String>,
    /// Whom the store belongs to, or the token stands for.
    owner: String,
    /// Its number among the entries about the same store or token.
    sequence: u64,
    /// The digest of the entry before.
    previous: Option<Digest>,
    /// The digest of this one.
    hash: Digest,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let Actor { principal, address, request_id } = entry.actor().clone();
        let (store, uid, token, owner) = match entry.subject().clone() {
            Subject::Store { id, uid, owner } => (Some(id), Some(uid), None, owner),
            Subject::Token { id, owner } => (None, None, Some(id), owner.into()),
        };
        let previous = match entry.link() {
            Link::Start => None,
            Link::Succeeds(predecessor) => Some(predecessor.hash.clone()),
            Link::After(head) => Some(head.hash.clone()),
        };
        Self {
            at: entry.at(),
            action: entry.action(),
            principal: principal.name,
            role: principal.role,
            address,
            request_id,
            store,
            uid,
            token,
            owner,
            sequence: entry.link().sequence(),
            previous,
            hash: entry.hash().clone(),
        }
    }
}

/// `GET /v1/audit`: who did what, newest first. Admins see all; owners what is about their own, by
/// whomever it was done.
pub async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
    mut parameters: Parameters,
) -> Result<Json<List<AuditView>>, Problem> {
    let store = parameters.optional("store", Slug::parse);
    let scope = Scope::of("audit", &caller).filtered("store", store.as_ref());
    let Paging { limit, after } = parameters.paging(&app.cursors, &scope);
    parameters.end()?;
    let trail = match (store, caller.role) {
        (Some(id), role) => {
            let store = stores::find_with_tombstone(&app, &caller, &id).await?;
            // An earlier store of the name may have been somebody else's.
            Trail::Store(id, (role == Role::Owner).then_some(store.uid))
        }
        (None, Role::Admin) => Trail::All,
        (None, Role::Owner) => Trail::Owner(caller.name.into()),
    };
    let page = app.table.audit_trail(&trail, limit, after, app.clock.now()).await?;
    Ok(Json(List::of(page, &app.cursors, &scope)))
}
