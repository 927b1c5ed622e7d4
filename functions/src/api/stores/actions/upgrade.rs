//! `POST /v1/stores/{id}/actions/upgrade`

use domain::{
    auth::{principal::Role, rate::Rate},
    operation::{ExclusiveRequest, Guard},
    store::{release::image::Image, slug::Slug},
};
use utoipa::ToSchema;

use super::{
    PROBLEMS_WITH_BODY,
    request::{ActionRequest, read_guard},
};
use crate::{
    api::{rules::Rules, stores::operations::accepted::AcceptedOperation},
    app::App,
    problem::Problem,
    request::{
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_WITH_BODY);

/// What a store is upgraded to.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUpgrade {
    /// The image, by its digest, since a tag may be another image tomorrow; for admins. Unless given, the one that new
    /// stores get.
    #[schema(
        value_type = Option<String>,
        pattern = "^[A-Za-z0-9._:/-]+@sha256:[0-9a-f]{64}$",
        max_length = 327,
        examples("registry.example.com/store@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    )]
    pub image: Option<Image>,
    /// With `orders` it waits for a moment without orders and checkouts, and fails with `shop_busy`, nothing changed, where
    /// none comes in time. Unless given, as the platform's operators have decided.
    pub guard: Option<Guard>,
}

impl RequestBody for NewUpgrade {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { image: fields.optional_text("image", Image::parse_digest), guard: read_guard(fields) })
    }
}

/// The shop goes on with another image.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/upgrade",
    operation_id = "upgradeStore",
    tag = "Stores",
    summary = "Upgrade a store",
    description = "Has the shop of a store that is `Ready` and `Running` go on with the image that new stores get, or with the \
        one that an admin names. Its `power` is `Upgrading` meanwhile (`Running` while it waits for a quiet \
        moment): visitors are kept out, the shop stops, the new image brings the database up to its WordPress and WooCommerce, \
        and the shop starts with it; `release` and the operation's result then say what it is made of. Where the upgrade \
        ends before anything was changed, as of an image that can't be \
        pulled or is older than the database (`upgrade_refused`), the shop goes on as it was, and the operation has failed. \
        Where the database may have been changed already (`upgrade_failed`), the store is `Failed`, and closed: `retry`, or \
        another upgrade, goes on from there. 409 where the shop runs that image already.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewUpgrade,
    responses(AcceptedOperation),
)]
pub(crate) async fn handle(
    request: ActionRequest,
    body: Result<Body<NewUpgrade>, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = request.store().await?;
    let Body(NewUpgrade { image: named, guard }) = body?;
    let details = [named.as_ref().map(Image::to_string), guard.map(|guard| guard.to_string())];
    let image = match (named, request.actor.principal.role) {
        (Some(image), Role::Admin) => image,
        // What it holds would run in the platform's cluster.
        (Some(_), Role::Owner) => {
            return Err(Problem::Forbidden {
                detail: "Only admins name an image. Leave it out to get the one that new stores get.".into(),
            });
        }
        (None, Role::Admin | Role::Owner) => todays(&request.app).await?,
    };
    let operation = ExclusiveRequest::Upgrade { image, guard: request.guard(guard) };
    let details: Vec<_> = details.iter().flatten().map(String::as_str).collect();
    request.operation(store, operation, &details).await
}

/// The image that new stores get.
async fn todays(app: &App) -> Result<Image, Problem> {
    let release = app.table.announced_release().await?;
    let unknown = || Problem::Conflict {
        detail: "No runner has said yet which image new stores get. Ask again once one runs.".into(),
    };
    Ok(release.ok_or_else(unknown)?.store)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewUpgrade>();
    }
}
