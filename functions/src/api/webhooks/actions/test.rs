//! `POST /v1/webhooks/{id}/actions/test`

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use domain::{
    audit::WebhookAction,
    auth::rate::Rate,
    table::StoredDelivery,
    webhook::{
        delivery::Delivery,
        endpoint::EndpointId,
        event_type::EventType,
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
    },
};
use uuid::Uuid;

use crate::{
    api::{
        links,
        rules::Rules,
        webhooks::{WebhookId, change, deliveries::view::DeliveryView, find},
    },
    app::App,
    problem::{Problem, kind::ProblemType},
    request::actor::Acting,
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, &[ProblemType::NoSuchWebhook]);

/// Sends an endpoint an event that says nothing.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/actions/test",
    operation_id = "testWebhook",
    tag = "Webhooks",
    summary = "Try a webhook out",
    description = "Sends it a `webhook.test`, once, whatever events it wants and also when it is disabled.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id.")),
    responses((
        status = 202,
        description = "It is on its way.",
        body = DeliveryView,
        headers(("Location" = String, description = "Where to see what comes of it.")),
    )),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    WebhookId(id): WebhookId,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<DeliveryView>), Problem> {
    find(&app, &actor.principal, id).await?;
    let now = app.clock.now();
    let change = change(&actor, now, WebhookAction::Test, None, None);
    let endpoint = app.table.change_endpoint(id, change, |found| found).await?.endpoint;
    let subject = NoticeSubject::Webhook { webhook: id, scope: endpoint.scope };
    let notice = Notice { id: Uuid::now_v7(), at: now, subject, occurrence: Occurrence::WebhookTest };
    let delivery = Delivery::new(id, notice.id, EventType::WebhookTest, now);
    app.table.create_delivery(&delivery, &notice).await?;
    app.webhooks.hint(id, notice.id).await;
    let location = links::delivery(id, notice.id);
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Json(StoredDelivery { delivery, notice }.into()),
    ))
}
