//! The resource `/v1/stores/{id}/actions`: what a store can be made to do, a file for each.

pub mod logs;
pub mod reset_password;
pub mod restart;
pub mod retry;
pub mod reveal_credentials;

use domain::{audit::Actor, operation::OperationRequest, store::Store};

use super::operations::accepted::AcceptedOperation;
use crate::{
    app::App,
    commands::{CommandRequest, Commands},
    problem::Problem,
    request::{idempotency::Idempotency, preconditions::IfMatch, trace::Trace},
};

/// What `actor` asks for under `key`, of a store in a version that `if_match` allows; `parts` are all that distinguishes
/// the request from another one.
fn command_request(actor: Actor, if_match: &IfMatch, key: Idempotency, parts: &[&str]) -> CommandRequest {
    let keyed = key.request(&actor.principal.name, parts);
    CommandRequest { actor, expected: if_match.expected(), keyed }
}

/// Asks for `operation` on `store`, as it was read.
async fn ask(
    app: &App,
    trace: &Trace,
    store: Store,
    operation: impl Into<OperationRequest>,
    request: &CommandRequest,
) -> Result<AcceptedOperation, Problem> {
    let id = store.id.clone();
    let asked = Commands::new(app, trace.traceparent()).request_operation(store, operation, request).await?;
    Ok(AcceptedOperation::new(&id, asked))
}
