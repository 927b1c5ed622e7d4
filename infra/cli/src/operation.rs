//! Operations on stores: asked for, waited for, and shown.

use std::{process::ExitCode, time::Duration};

use crate::{
    api::{Api, ApiError, Operation},
    output,
};

/// How often the API is asked; it has no way of telling by itself.
const POLL: Duration = Duration::from_millis(250);
/// For how many polls in a row the API may be away: a function that died is back after a second.
const PATIENCE: u32 = 40;

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

async fn ended(api: &Api, id: &str, mut operation: Operation) -> Result<Operation, ApiError> {
    let mut polls = tokio::time::interval(POLL);
    let mut away = 0;
    while operation.ended_at.is_none() {
        polls.tick().await;
        match api.operation(id, &operation.id).await {
            Ok(now) => {
                operation = now;
                away = 0;
            }
            Err(error) if error.is_passing() && away < PATIENCE => away += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(operation)
}
