//! Operations on stores: asked for, waited for, and shown.

use std::process::ExitCode;

use crate::{
    api::{Api, ApiError, Operation},
    output,
    polls::Polls,
};

/// Waits for the end of `operation` on the store `id` where that is `wanted`, and shows it. One that
/// failed is a failure of the command too.
pub(crate) async fn settle(
    api: &Api,
    id: &str,
    operation: Operation,
    wanted: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let operation = if wanted { ended(api, id, operation).await? } else { operation };
    output::print(&operation, json, output::operation)?;
    Ok(if operation.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `operation` on the store `id` once it has ended.
pub(crate) async fn ended(api: &Api, id: &str, mut operation: Operation) -> Result<Operation, ApiError> {
    let mut polls = Polls::new();
    while operation.ended_at.is_none() {
        operation = polls.ask(|| api.operation(id, &operation.id)).await?;
    }
    Ok(operation)
}
