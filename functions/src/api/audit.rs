//! The resource `/v1/audit`.

use std::net::IpAddr;

use axum::extract::State;
use domain::{
    audit::{Action, Actor, AuditEntry, Link, Subject},
    auth::{principal::Role, principal_name::PrincipalName},
    operation::Guard,
    store::slug::Slug,
    table::{Trail, TrailError},
    values::{digest::Digest, reason::Reason, timestamp::Timestamp},
    webhook::endpoint::EndpointId,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{list::List, revalidated::Revalidated, rules::Rules, stores};
use crate::{
    app::App,
    auth::Caller,
    problem::{FieldError, Problem, kind::ProblemType},
    request::{
        cursor::{CursorError, Scope},
        preconditions::IfNoneMatch,
        query::{PageRequest, Parameters},
    },
};

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub struct AuditView {
    /// When it was done.
    at: Timestamp,
    /// What was done.
    action: Action,
    /// Why, where that was said, of a suspension or a mute; null elsewhere.
    #[schema(required)]
    reason: Option<Reason>,
    /// `none`, of a restart, an upgrade or a hibernation that was not to wait for a quiet moment; null elsewhere.
    #[schema(required)]
    guard: Option<Guard>,
    /// Who did it.
    principal: PrincipalName,
    /// What they may do.
    role: Role,
    /// From where; null where it did not come over HTTP.
    #[schema(required, value_type = Option<String>, examples("192.0.2.1"))]
    address: Option<IpAddr>,
    /// The id of the request, which finds it in the logs; null where it did not come over HTTP.
    #[schema(required)]
    request_id: Option<String>,
    /// The store that it was done to; null where it was something else.
    #[schema(required)]
    store: Option<Slug>,
    /// Which incarnation of it.
    #[schema(required)]
    uid: Option<Uuid>,
    /// The token that it was done to; null where it was something else.
    #[schema(required)]
    token: Option<String>,
    /// The webhook endpoint that it was done to; null where it was something else.
    #[schema(required)]
    webhook: Option<EndpointId>,
    /// Whom the store belongs to, the token stands for, or the endpoint is notified for: `*` for all owners.
    owner: String,
    /// Its number among the entries about the same store, token or endpoint.
    sequence: u64,
    /// The digest of the entry before; null at the first.
    #[schema(required)]
    previous: Option<Digest>,
    /// The digest of this one.
    hash: Digest,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let Actor { principal, address, request_id } = entry.actor().clone();
        let (store, uid, token, webhook, owner) = match entry.subject().clone() {
            Subject::Store { id, uid, owner } => (Some(id), Some(uid), None, None, owner),
            Subject::Token { id, owner } => (None, None, Some(id), None, owner.into()),
            Subject::Webhook { id, scope } => (None, None, None, Some(id), scope.to_string()),
        };
        let previous = match entry.link() {
            Link::Start => None,
            Link::Succeeds(predecessor) => Some(predecessor.hash.clone()),
            Link::After(head) => Some(head.hash.clone()),
        };
        Self {
            at: entry.at(),
            action: entry.action(),
            reason: entry.reason().cloned(),
            guard: entry.guard(),
            principal: principal.name,
            role: principal.role,
            address,
            request_id,
            store,
            uid,
            token,
            webhook,
            owner,
            sequence: entry.link().sequence(),
            previous,
            hash: entry.hash().clone(),
        }
    }
}

/// What holds for this route.
pub(crate) const RULES: Rules =
    Rules::query(&[ProblemType::Malformed, ProblemType::NoSuchStore, ProblemType::Invalid]).with_digest();

/// `GET /v1/audit`: who did what, newest first. Admins see all; owners what is about their own, by
/// whomever it was done.
#[utoipa::path(
    get,
    path = "/v1/audit",
    operation_id = "listAudit",
    tag = "Audit",
    summary = "Show who did what",
    description = "Newest first: all for admins, what is about their own stores and tokens for owners, by \
        whomever it was done. A page may be short, or empty, and not be the last: that is where `nextCursor` \
        is null.",
    params(
        ("store" = inline(Option<Slug>), Query, description = "Only entries about the store of this id."),
        PageRequest<()>,
    ),
    responses((status = 200, description = "A page of entries.", body = List<AuditView>)),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    known: IfNoneMatch,
    mut parameters: Parameters,
) -> Result<Revalidated<List<AuditView>>, Problem> {
    let store = parameters.optional("store", Slug::parse);
    let scope = Scope::of("audit", &caller).filtered("store", store.as_ref());
    let PageRequest { limit, after } = parameters.page(&scope);
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
    Revalidated::new(&List::of(page, &scope), &known)
}

impl From<TrailError> for Problem {
    fn from(error: TrailError) -> Self {
        match error {
            // Whoever made such a cursor up gets the answer that every wrong cursor gets.
            TrailError::Place(_) => Self::Invalid(vec![FieldError::parameter("cursor", CursorError)]),
            TrailError::Table(error) => error.into(),
        }
    }
}
