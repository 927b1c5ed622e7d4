//! The resource `/v1/stores/{id}/actions`: what a store can be made to do.

use std::{fmt::Display, str::FromStr};

use axum::extract::State;
use domain::{
    operation::{
        Inquiry, PendingOperation, RestartTarget, Work,
        credentials::{Jwk, RecipientKey, RecipientKeyError},
        logs::{Component, LogQuery, Tail},
    },
    store::{Store, slug::Slug},
    table::Changed,
    values::timestamp::Timestamp,
};
use serde_json::{Map, Value};
use strum::VariantArray;
use utoipa::ToSchema;

use crate::{
    accepted::Accepted,
    accepted_operation::AcceptedOperation,
    api::stores::{StoreId, find},
    app::App,
    asking::Asking,
    problem::Problem,
    request::actor::Acting,
    request::body::Fields,
    request::idempotency::Idempotency,
    request::preconditions::IfMatch,
    request::trace::Trace,
};

/// `POST /v1/stores/{id}/actions/retry`: what failed is tried again.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/retry",
    operation_id = "retryStore",
    tag = "Stores",
    summary = "Try a failed store again",
    description = "It is made from the start again, or, where its deletion had failed, deleted.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    responses(Accepted),
)]
pub async fn retry(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
) -> Result<Accepted, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let asking = Asking::new(actor, if_match).under(key, &["retry", id.as_str()]);
    let changed = app.table.request_retry(store, asking.wish(app.clock.now())).await?;
    if let Changed::Applied(store) = &changed {
        tracing::info!(store = %store.id, uid = %store.uid, status = %store.state.status(), "a failed store is tried again");
    }
    Accepted::of(&app, &trace, changed).await
}

/// What is to be restarted.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRestart {
    /// The shop, its database, or the database and then the shop.
    pub target: RestartTarget,
}

/// `POST /v1/stores/{id}/actions/restart`: new pods in the place of those that run.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/restart",
    operation_id = "restartStore",
    tag = "Stores",
    summary = "Restart a store",
    description = "Replaces pods of a store that is `Ready`, as `kubectl rollout restart` does, and waits until \
        the new ones are ready. A store is busy with one operation at a time.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewRestart,
    responses(AcceptedOperation),
)]
pub async fn restart(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
    fields: Result<Fields, Problem>,
) -> Result<AcceptedOperation, Problem> {
    // To whom the store is not there, nothing else is wrong.
    let store = find(&app, &actor.principal, &id).await?;
    let mut fields = fields?;
    let target = fields.text("target", one_of::<RestartTarget>);
    let target = fields.end(target)?;

    let asking = Asking::new(actor, if_match).under(key, &["restart", id.as_str(), &target.to_string()]);
    asking.for_work(&app, &trace, store, Work::Restart { target }).await
}

/// `POST /v1/stores/{id}/actions/reset-password`: a new password for the shop's administrator.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/reset-password",
    operation_id = "resetPassword",
    tag = "Stores",
    summary = "Reset the administrator's password",
    description = "Gives the user `admin` of a store that is `Ready` a new, random password, which WordPress and \
        the store's Secret then have, and nobody else. A store is busy with one operation at a time.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    responses(AcceptedOperation),
)]
pub async fn reset_password(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
) -> Result<AcceptedOperation, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let asking = Asking::new(actor, if_match).under(key, &["reset-password", id.as_str()]);
    asking.for_work(&app, &trace, store, Work::ResetPassword).await
}

/// Who is to be told the credentials.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReveal {
    /// The key that they are sealed for. Its private half stays with whoever asks.
    pub public_key: Jwk,
}

/// `POST /v1/stores/{id}/actions/reveal-credentials`: what the shop's administrator gets in with.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/reveal-credentials",
    operation_id = "revealCredentials",
    tag = "Stores",
    summary = "Reveal the administrator's credentials",
    description = "The password lies in the store's Secret and nowhere else. A runner seals it for the key of \
        whoever asks, by HPKE (RFC 9180) in its base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and \
        AES-128-GCM, an empty `aad`, and the `info` `shopwright/reveal-credentials/1`, the store's `id`, its \
        `uid` and the operation's `id`, joined by line feeds. The operation's `answer` has the ciphertext for \
        10 minutes. It takes a store that is `Ready`, whose password is not just being reset.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewReveal,
    responses(AcceptedOperation),
)]
pub async fn reveal_credentials(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
    fields: Result<Fields, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let mut fields = fields?;
    let public_key = fields.object("publicKey", recipient_key);
    let public_key = fields.end(public_key)?;

    let Jwk { x, y, .. } = public_key.into();
    let asking = Asking::new(actor, if_match).under(key, &["reveal-credentials", id.as_str(), &x, &y]);
    asking.for_answer(&app, &trace, store, Inquiry::RevealCredentials { public_key }).await
}

/// Which lines of which log.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLogs {
    /// Whose.
    pub component: Component,
    /// How many of the last lines, at most; 200 unless said.
    #[schema(minimum = 1, maximum = 2000)]
    pub tail: Option<u32>,
    /// Only those from this instant on.
    pub since: Option<Timestamp>,
    /// Of the container that was there before the present one, which is what a restarted one leaves.
    pub previous: Option<bool>,
}

/// `POST /v1/stores/{id}/actions/logs`: what a component has written to its log.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/logs",
    operation_id = "readLogs",
    tag = "Stores",
    summary = "Read a log",
    description = "Of the newest pod of the component, as long as the store has pods, whatever it is busy with, \
        until its deletion is asked for. Where a container that must come first does not end, its log is read. The \
        operation's `answer` has the lines for 15 minutes, at most 256 KB of them: the newest, and `truncated` \
        says whether older ones were left out. The values of the store's secrets are replaced by `…`.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewLogs,
    responses(AcceptedOperation),
)]
pub async fn logs(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
    fields: Result<Fields, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let mut fields = fields?;
    let component = fields.text("component", one_of::<Component>);
    let tail = fields.optional_number("tail", Tail::new).unwrap_or_default();
    let since = fields.optional_text("since", |text| {
        text.parse::<Timestamp>().map_err(|_| "must be a time as of RFC 3339, such as 2027-01-31T09:30:00Z")
    });
    let previous = fields.optional_flag("previous").unwrap_or_default();
    let component = fields.end(component)?;

    let query = LogQuery { component, tail, since, previous };
    let words = [
        "logs",
        id.as_str(),
        component.as_str(),
        &tail.get().to_string(),
        &since.map(|since| since.to_string()).unwrap_or_default(),
        &previous.to_string(),
    ];
    let asking = Asking::new(actor, if_match).under(key, &words);
    asking.for_answer(&app, &trace, store, Inquiry::Logs(query)).await
}

impl Asking {
    /// Asks for `work` on `store`, as it was read.
    async fn for_work(
        self,
        app: &App,
        trace: &Trace,
        store: Store,
        work: Work,
    ) -> Result<AcceptedOperation, Problem> {
        let order = PendingOperation::requested(work, self.name().clone(), app.clock.now());
        let changed = app.table.request_operation(store, &order, self.wish(order.requested)).await?;
        tell(&changed, &order);
        AcceptedOperation::of(app, trace, changed, order).await
    }

    /// Asks for what `inquiry` is to tell of `store`, as it was read.
    async fn for_answer(
        self,
        app: &App,
        trace: &Trace,
        store: Store,
        inquiry: Inquiry,
    ) -> Result<AcceptedOperation, Problem> {
        let order = PendingOperation::requested(inquiry, self.name().clone(), app.clock.now());
        let changed = app.table.inquire(store, &order, self.wish(order.requested)).await?;
        tell(&changed, &order);
        AcceptedOperation::of(app, trace, changed, order).await
    }
}

/// Tells operators of what was asked for now, and not before.
fn tell<W: Display>(changed: &Changed, order: &PendingOperation<W>) {
    if let Changed::Applied(store) = changed {
        tracing::info!(store = %store.id, uid = %store.uid, operation = %order.id, work = %order.work, "an operation was asked for");
    }
}

/// Reads a [`RecipientKey`] from its JWK. A private key is refused: whoever sends one means another.
fn recipient_key(jwk: Map<String, Value>) -> Result<RecipientKey, String> {
    if jwk.contains_key("d") {
        return Err("has a private key, which must stay where it is: send the public one".into());
    }
    let jwk: Jwk = serde_json::from_value(Value::Object(jwk)).map_err(|error| error.to_string())?;
    jwk.try_into().map_err(|error: RecipientKeyError| error.to_string())
}

/// Reads one of a few words.
fn one_of<T: FromStr + Display + VariantArray>(text: &str) -> Result<T, String> {
    let all: Vec<_> = T::VARIANTS.iter().map(ToString::to_string).collect();
    text.parse().map_err(|_| format!("must be one of {}", all.join(", ")))
}
