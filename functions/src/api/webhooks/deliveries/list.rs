//! `GET /v1/webhooks/{id}/deliveries`

use axum::extract::State;
use domain::webhook::endpoint::EndpointId;

use super::view::DeliveryView;
use crate::{
    api::{
        list::List,
        revalidated::Revalidated,
        rules::Rules,
        webhooks::{WebhookId, find},
    },
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::{
        cursor::Scope,
        preconditions::IfNoneMatch,
        query::{PageRequest, Parameters},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules =
    Rules::query(&[ProblemType::Malformed, ProblemType::NoSuchWebhook, ProblemType::Invalid]).with_digest();

/// A page of deliveries.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    operation_id = "listDeliveries",
    tag = "Webhooks",
    summary = "List the deliveries to a webhook",
    description = "Newest first, of the last 30 days, each with all of its tries.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id."), PageRequest<()>),
    responses((status = 200, description = "A page of deliveries.", body = List<DeliveryView>)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    WebhookId(id): WebhookId,
    known: IfNoneMatch,
    mut parameters: Parameters,
) -> Result<Revalidated<List<DeliveryView>>, Problem> {
    find(&app, &caller, id).await?;
    let scope = Scope::of("deliveries", &caller).filtered("webhook", Some(id));
    let PageRequest { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let page = app.table.delivery_page(id, limit, after, app.clock.now()).await?;
    Revalidated::new(&List::of(page, &scope), &known)
}
