//! Operations on stores: asked for, waited for, and shown.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use domain::{operation::Answer, store::slug::Slug};
use uuid::Uuid;

use crate::{
    api::{Api, ApiError, answers::Operation},
    output,
    polls::Polls,
};

/// Waits for the end of `operation` on the store `id` where that is `wanted`, and shows it. One that
/// failed is a failure of the command too.
pub(crate) async fn settle(
    api: &Api,
    id: &Slug,
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
    id: &Slug,
    operation: Operation,
    json: bool,
) -> anyhow::Result<Option<(Operation, Answer)>> {
    let operation = ended(api, id, operation).await?;
    if operation.failure.is_some() {
        output::print(&operation, json, output::operation)?;
        return Ok(None);
    }
    let answer = operation.answer.clone();
    let answer = answer.context("the answer was not kept long enough to be read; ask again")?;
    let answer = serde_json::from_value(answer);
    let answer = answer.context("the API answered with something that is no answer")?;
    Ok(Some((operation, answer)))
}

/// `operation` on the store `id` once it has ended.
async fn ended(api: &Api, id: &Slug, mut operation: Operation) -> anyhow::Result<Operation> {
    let api = api.following();
    let mut polls = Polls::new();
    while operation.ended_at.is_none() {
        polls.next().await;
        let answered = api.operation(id, operation.id).await;
        operation = answered.map_err(|error| lost(error, id, operation.id))?;
    }
    Ok(operation)
}

/// Why following an operation came to nothing, and how to go on with it.
fn lost(error: ApiError, id: &Slug, operation: Uuid) -> anyhow::Error {
    if !error.is_given_up() {
        return error.into();
    }
    anyhow!(error).context(format!(
        "the operation {operation} goes on without this command, which can't see it; \
         `shopwright operations {id}` shows how it ended"
    ))
}
