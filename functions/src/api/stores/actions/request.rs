//! What the handler of an action is called with.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{
    audit::Actor,
    operation::{Guard, OperationRequest},
    store::{Store, slug::Slug},
};

use crate::{
    api::stores::{StoreId, find, operations::accepted::AcceptedOperation},
    app::App,
    commands::{CommandRequest, Commands},
    problem::Problem,
    request::{
        actor::Acting, body::Fields, idempotency::Idempotency, preconditions::IfMatch, trace::Trace,
        word::one_of,
    },
};

/// A request for an action on a store, but for its body.
pub(crate) struct ActionRequest {
    pub(super) app: App,
    /// Who asks.
    pub(super) actor: Actor,
    trace: Trace,
    id: Slug,
    if_match: IfMatch,
    key: Idempotency,
}

impl FromRequestParts<App> for ActionRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Acting(actor) = Acting::from_request_parts(parts, app).await?;
        let trace = Trace::from_request_parts(parts, app).await?;
        let StoreId(id) = StoreId::from_request_parts(parts, app).await?;
        let if_match = IfMatch::from_request_parts(parts, app).await?;
        let key = Idempotency::from_request_parts(parts, app).await?;
        Ok(Self { app: app.clone(), actor, trace, id, if_match, key })
    }
}

impl ActionRequest {
    /// The store. To whom it is not there, nothing else is wrong: so it comes before the body.
    pub(super) async fn store(&self) -> Result<Store, Problem> {
        find(&self.app, &self.actor.principal, &self.id).await
    }

    /// The guard that is `named`, or the one that the platform's operators have decided on.
    pub(super) fn guard(&self, named: Option<Guard>) -> Guard {
        named.unwrap_or(self.app.settings.guard)
    }

    /// The commands that can be given for it.
    pub(super) fn commands(&self) -> Commands<'_> {
        Commands::new(&self.app, self.trace.traceparent())
    }

    /// The same as a command to do `action`; `details` tell it from another one for that.
    pub(super) fn command(&self, action: &str, details: &[&str]) -> CommandRequest {
        let Self { actor, id, if_match, key, .. } = self;
        let parts = [&[action, id.as_str()], details].concat();
        let keyed = key.clone().request(&actor.principal.name, &parts);
        CommandRequest { actor: actor.clone(), expected: if_match.expected(), keyed }
    }

    /// Requests `operation` on `store`, as it was read; `details` tell it from another one of its kind.
    pub(super) async fn operation(
        self,
        store: Store,
        operation: impl Into<OperationRequest>,
        details: &[&str],
    ) -> Result<AcceptedOperation, Problem> {
        let operation = operation.into();
        let command = self.command(operation.kind().row().name, details);
        let accepted = self.commands().request_operation(store, operation, &command).await?;
        Ok(AcceptedOperation::new(&self.id, accepted))
    }
}

/// Takes the field `guard` of what may wait for a quiet moment, where it is there.
pub(super) fn read_guard(fields: &mut Fields) -> Option<Guard> {
    fields.optional_text("guard", one_of::<Guard>)
}
