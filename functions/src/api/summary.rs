//! The resource `/v1/summary`.

use axum::extract::State;
use domain::{
    auth::principal::Role, health::AssessmentCounts, store::counts::StoreCounts, table::Summary,
    values::timestamp::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{revalidated::Revalidated, rules::Rules};
use crate::{
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::preconditions::IfNoneMatch,
};

/// How many stores there are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Summary)]
pub struct SummaryView {
    /// How many in all.
    total: u32,
    /// By status.
    status: StatusCounts,
    /// By power, of those that are `Ready`.
    power: PowerCounts,
    /// By health, of those that are `Ready` and run.
    health: HealthCounts,
    /// When a runner last looked at the health of all stores; null where none ever did.
    #[schema(required)]
    observed_at: Option<Timestamp>,
    /// Whether that is recent enough to show how the stores are.
    is_health_current: bool,
    /// Whether the counts are those of that time. Those of an owner are of now.
    is_of_observation: bool,
}

/// How many stores there are of each status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatusCounts {
    provisioning: u32,
    ready: u32,
    failed: u32,
    deleting: u32,
}

/// How many stores there are of each power.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PowerCounts {
    running: u32,
    hibernating: u32,
    hibernated: u32,
    resuming: u32,
    upgrading: u32,
}

/// How many stores there are of each health.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SummaryHealthCounts)]
struct HealthCounts {
    healthy: u32,
    degraded: u32,
    down: u32,
    missing: u32,
    /// Those of which nobody knows it: no runner has seen them yet, or none has looked for three times the pause
    /// between two looks.
    unknown: u32,
}

impl SummaryView {
    fn of(summary: &Summary, is_of_observation: bool, now: Timestamp) -> Self {
        let (health, unknown) = summary.health_at(now);
        let stores = summary.stores;
        let total = stores.total();
        let StoreCounts {
            provisioning,
            ready,
            failed,
            deleting,
            running,
            hibernating,
            hibernated,
            resuming,
            upgrading,
        } = stores;
        let AssessmentCounts { healthy, degraded, down, missing } = health;
        Self {
            total,
            status: StatusCounts { provisioning, ready, failed, deleting },
            power: PowerCounts { running, hibernating, hibernated, resuming, upgrading },
            health: HealthCounts { healthy, degraded, down, missing, unknown },
            observed_at: summary.sweep.and_then(|sweep| sweep.observed),
            is_health_current: summary.sweep.is_some_and(|sweep| sweep.is_current(now)),
            is_of_observation,
        }
    }
}

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::Malformed]).with_digest();

/// `GET /v1/summary`: an admin gets what the last sweep counted, which is one read however many stores there are.
#[utoipa::path(
    get,
    path = "/v1/summary",
    operation_id = "getSummary",
    tag = "Stores",
    summary = "Count stores",
    description = "By status, power and health. Admins get all stores, as a runner counted them at `observedAt`, which is \
        every 30 seconds unless configured otherwise. Owners get their own, counted now: they have no more than they \
        may have. Their health is still that of `observedAt`.",
    responses(
        (
            status = 200,
            description = "The counts.",
            body = SummaryView,
        ),
    ),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    known: IfNoneMatch,
) -> Result<Revalidated<SummaryView>, Problem> {
    let now = app.clock.now();
    let summary = match caller.role {
        Role::Admin => SummaryView::of(&app.table.summary().await?, true, now),
        Role::Owner => SummaryView::of(&app.table.summary_of(caller.name.as_str()).await?, false, now),
    };
    Revalidated::new(&summary, &known)
}
