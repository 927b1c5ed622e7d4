//! The resource `/v1/attention`.

use axum::extract::State;
use domain::{
    attention::{Attention, Cause, HelpfulAction, Mute},
    auth::principal_name::PrincipalName,
    store::{name::StoreName, power::Power, slug::Slug, status::Status},
    table::{AttentionPlace, NeedsAttention},
    values::timestamp::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{links, list::List, revalidated::Revalidated, rules::Rules, stores::shown_owner};
use crate::{
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::{
        cursor::Scope,
        preconditions::IfNoneMatch,
        query::{PageRequest, Parameters},
        word::{Flag, one_of},
    },
};

/// Something that needs somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attention)]
pub struct AttentionView {
    /// The store's id.
    store: Slug,
    /// Which incarnation of it.
    uid: Uuid,
    /// The store's name.
    name: StoreName,
    /// Whom it belongs to.
    owner: String,
    /// How it is.
    status: Status,
    /// Whether it runs, while it is `Ready`.
    #[schema(required)]
    power: Option<Power>,
    /// What it is that needs somebody.
    cause: Cause,
    /// Since when.
    since: Timestamp,
    /// Why: the sentence of the store's failure, of its health or of its operation.
    why: String,
    /// What is most likely to help: the action of that name, or to look at the logs, or to delete the store.
    action: HelpfulAction,
    /// The operation that failed; null for other causes.
    #[schema(required)]
    operation: Option<Uuid>,
    /// Where the details are.
    #[schema(examples("/v1/stores/my-test-shop/health"))]
    href: String,
    /// Until when it is muted; null where it is not.
    #[schema(required)]
    muted: Option<Mute>,
}

impl AttentionView {
    /// `entry`, as it is shown at `now`.
    #[must_use]
    pub fn of(NeedsAttention { attention, store }: NeedsAttention, now: Timestamp) -> Self {
        let action = attention.action(&store);
        let muted = attention.mute.clone().filter(|_| attention.is_muted(now));
        let Attention { id, uid, cause, since, why, operation, mute: _ } = attention;
        let operation = operation.map(|operation| operation.id);
        let href = match operation {
            Some(operation) => links::operation(&id, operation),
            None if cause.is_health() => format!("{}/health", links::store(&id)),
            None => links::store(&id),
        };
        let (status, power) = (store.state.status(), store.state.power());
        Self {
            store: id,
            uid,
            name: store.name,
            owner: store.owner,
            status,
            power,
            cause,
            since,
            why,
            action,
            operation,
            href,
            muted,
        }
    }
}

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::Malformed, ProblemType::Invalid]).with_digest();

/// `GET /v1/attention`: what it costs grows with what needs somebody and with what is in progress, not with the fleet.
#[utoipa::path(
    get,
    path = "/v1/attention",
    operation_id = "listAttention",
    tag = "Stores",
    summary = "List what needs attention",
    description = "Stores that failed; those that are up and `Down`, `Degraded` or `Missing`; operations that failed \
        within a day, unless the same one has succeeded since; and, at the end, stores in progress about which nothing \
        has changed for five minutes, or 15 where it is an upgrade; what waits for a quiet moment is not before the end \
        of its wait. Each entry says why and what helps. What began last comes first. A page may be \
        short, or empty, and not be the last: that is where `nextCursor` is null. That nobody has looked at the health \
        of any store for a while is seen by `observedAt` of the summary.",
    params(
        ("owner" = inline(Option<PrincipalName>), Query, description = "Only what is about this owner's stores; for admins."),
        ("muted" = inline(Option<Flag>), Query, description = "Whether what is muted is there too."),
        PageRequest<()>,
    ),
    responses(
        (
            status = 200,
            description = "A page of what needs attention.",
            body = List<AttentionView>,
        ),
    ),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    known: IfNoneMatch,
    mut parameters: Parameters,
) -> Result<Revalidated<List<AttentionView>>, Problem> {
    let owner = parameters.optional("owner", PrincipalName::parse);
    let muted = parameters.optional("muted", one_of::<Flag>).unwrap_or(Flag::False);
    let scope = Scope::of("attention", &caller)
        .filtered("owner", owner.as_ref())
        .filtered("muted", Some(muted).filter(|muted| *muted == Flag::True));
    let PageRequest::<AttentionPlace> { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let owner = shown_owner(caller, owner)?;
    let (now, owner) = (app.clock.now(), owner.map(String::from));
    let with_muted = muted == Flag::True;
    let page = app.table.attention(owner.as_deref(), with_muted, limit, after, now).await?;
    let page = domain::table::Page {
        items: page.items.into_iter().map(|entry| AttentionView::of(entry, now)).collect(),
        next: page.next,
    };
    Revalidated::new(&List::<AttentionView>::of(page, &scope), &known)
}
