//! `GET /v1/webhooks`

use axum::extract::State;
use domain::{
    auth::principal::Role,
    table::{EndpointPlace, Page},
    webhook::endpoint::Scope as Audience,
};

use super::view::WebhookView;
use crate::{
    api::{list::List, revalidated::Revalidated, rules::Rules},
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
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::Malformed, ProblemType::Invalid]).with_digest();

/// The endpoints that the caller may see.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    operation_id = "listWebhooks",
    tag = "Webhooks",
    summary = "List webhooks",
    description = "Owners see those of their own stores, all on one page; admins see all, newest first.",
    params(PageRequest<()>),
    responses((status = 200, description = "A page of webhooks.", body = List<WebhookView>)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    known: IfNoneMatch,
    mut parameters: Parameters,
) -> Result<Revalidated<List<WebhookView>>, Problem> {
    let scope = Scope::of("webhooks", &caller);
    let PageRequest { limit, after } = parameters.page::<EndpointPlace>(&scope);
    parameters.end()?;
    let page = match caller.role {
        Role::Admin => app.table.endpoint_page(limit, after.as_ref()).await?,
        Role::Owner => {
            let items = app.table.endpoints_of(&Audience::Owner(caller.name)).await?;
            Page { items, next: None }
        }
    };
    Revalidated::new(&List::of(page, &scope), &known)
}
