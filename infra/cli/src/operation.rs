//! Operations on stores: asked for, waited for, and shown.

use std::process::ExitCode;

use domain::operation::Answer;

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

/// What `operation` on the store `id` tells, once it has ended, with it as it is then. One that failed tells
/// nothing: it is shown in its place.
pub(crate) async fn answered(
    api: &Api,
    id: &str,
    operation: Operation,
    json: bool,
) -> anyhow::Result<Option<(Operation, Answer)>> {
    let operation = ended(api, id, operation).await?;
    if operation.failure.is_some() {
        output::print(&operation, json, output::operation)?;
        return Ok(None);
    }
    let answer = operation.told()?;
    Ok(Some((operation, answer)))
}

/// `operation` on the store `id` once it has ended.
async fn ended(api: &Api, id: &str, mut operation: Operation) -> Result<Operation, ApiError> {
    let mut polls = Polls::new();
    while operation.ended_at.is_none() {
        operation = polls.ask(|| api.operation(id, &operation.id)).await?;
    }
    Ok(operation)
}
