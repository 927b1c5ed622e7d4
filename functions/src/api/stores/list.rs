//! `GET /v1/stores`

use axum::extract::State;
use domain::{
    auth::principal_name::PrincipalName,
    health::Assessment,
    store::{Store, power::Power, status::Status},
    table::{Filter, MadeOf, Page, StorePlace},
};
use utoipa::ToSchema;

use super::{shown_owner, view::StoreView};
use crate::{
    api::{list::List, revalidated::Revalidated, rules::Rules},
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

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::Malformed, ProblemType::Invalid]).with_digest();

/// `GET /v1/stores`
#[utoipa::path(
    get,
    path = "/v1/stores",
    operation_id = "listStores",
    tag = "Stores",
    summary = "List stores",
    description = "Newest first. A page of some stores may be short, or empty, and not be the last: that is \
        where `nextCursor` is null. Each page looks at 200 stores at most.",
    params(
        ("status" = inline(Option<LivingStatus>), Query, description = "Only stores of this status."),
        ("owner" = inline(Option<PrincipalName>), Query, description = "Only stores of this owner; for admins."),
        ("prefix" = Option<String>, Query, max_length = 50, description = "Only stores whose id begins so."),
        ("power" = inline(Option<Power>), Query, description = "Only stores that are `Ready` with this power."),
        ("suspended" = inline(Option<Flag>), Query, description = "Only stores that are suspended, or are not."),
        (
            "health" = inline(Option<SeenHealth>),
            Query,
            description = "Only stores that are `Ready` and run, and that the last look found so; `Healthy` has those of \
                which none found otherwise.",
        ),
        (
            "outdated" = inline(Option<Outdated>),
            Query,
            description = "`true`: only stores that are `Ready` and whose shop is of another image than new stores get, or \
                of one that is not known; `false`: only those whose shop is of that image. No store is either before a \
                runner has said what new stores get.",
        ),
        PageRequest<()>,
    ),
    responses(
        (
            status = 200,
            description = "A page of stores.",
            body = List<StoreView>,
        ),
    ),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    known: IfNoneMatch,
    mut parameters: Parameters,
) -> Result<Revalidated<List<StoreView>>, Problem> {
    let status = parameters.optional("status", one_of::<LivingStatus>);
    let owner = parameters.optional("owner", PrincipalName::parse);
    let prefix = parameters.optional("prefix", beginning_of_an_id);
    let power = parameters.optional("power", one_of::<Power>);
    let suspended = parameters.optional("suspended", one_of::<Flag>);
    let health = parameters.optional("health", one_of::<SeenHealth>);
    let outdated = parameters.optional("outdated", one_of::<Outdated>);
    let scope = Scope::of("stores", &caller)
        .filtered("status", status)
        .filtered("owner", owner.as_ref())
        .filtered("prefix", prefix.as_ref())
        .filtered("power", power)
        .filtered("suspended", suspended)
        .filtered("health", health)
        .filtered("outdated", outdated);
    let PageRequest { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let owner = shown_owner(caller, owner)?;
    let made_of = match outdated {
        None => None,
        Some(outdated) => {
            let Some(today) = app.table.announced_release().await? else {
                let nobody: Page<Store, StorePlace> = Page { items: Vec::new(), next: None };
                return Revalidated::new(&List::of(nobody, &scope), &known);
            };
            Some(match outdated {
                Outdated::True => MadeOf::Other(today.store),
                Outdated::False => MadeOf::Image(today.store),
            })
        }
    };
    let filter = Filter {
        owner: owner.map(Into::into),
        status: status.map(Into::into),
        power,
        health: health.map(Into::into),
        is_suspended: suspended.map(|suspended| suspended == Flag::True),
        prefix,
        made_of,
    };
    let page = app.table.stores(&filter, limit, after.as_ref()).await?;
    Revalidated::new(&List::of(page, &scope), &known)
}

/// What an id can begin with.
fn beginning_of_an_id(text: &str) -> Result<String, &'static str> {
    let is_one = (1..=50).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if is_one { Ok(text.to_owned()) } else { Err("must have 1 to 50 lower-case letters, digits and hyphens") }
}

/// Whether a store is behind what new ones get.
#[derive(Clone, Copy, Debug, strum::Display, strum::EnumString, strum::VariantArray, ToSchema)]
#[strum(serialize_all = "lowercase")]
#[schema(rename_all = "lowercase")]
enum Outdated {
    True,
    False,
}

/// How a look finds a store that is up and runs.
#[derive(Clone, Copy, Debug, strum::Display, strum::EnumString, strum::VariantArray, ToSchema)]
enum SeenHealth {
    Healthy,
    Degraded,
    Down,
    Missing,
}

impl From<SeenHealth> for Assessment {
    fn from(health: SeenHealth) -> Self {
        match health {
            SeenHealth::Healthy => Self::Healthy,
            SeenHealth::Degraded => Self::Degraded,
            SeenHealth::Down => Self::Down,
            SeenHealth::Missing => Self::Missing,
        }
    }
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
