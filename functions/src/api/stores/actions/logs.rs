//! `POST /v1/stores/{id}/actions/logs`

use domain::{
    auth::rate::Rate,
    operation::{
        ReadOnlyRequest,
        logs::{Component, LogQuery, Tail},
    },
    store::slug::Slug,
    values::timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::request::ActionRequest;
use crate::{
    api::{rules::Rules, stores::operations::accepted::AcceptedOperation},
    problem::{Problem, kind::ProblemType},
    request::{
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
        word::one_of,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchStore,
        ProblemType::Conflict,
        ProblemType::PreconditionFailed,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::KeyReused,
    ],
);

/// Which lines of which log.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLogs {
    /// Whose.
    pub component: Component,
    /// How many of the last lines, at most; 200 by default.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 2000)]
    pub tail: Tail,
    /// Only those from this instant on.
    pub since: Option<Timestamp>,
    /// Of the container that was there before the present one, which is what a restarted one leaves.
    #[schema(value_type = Option<bool>)]
    pub previous: bool,
}

impl RequestBody for NewLogs {
    fn read(fields: &mut Fields) -> Option<Self> {
        let component = fields.text("component", one_of::<Component>);
        let tail = fields.optional_number("tail", Tail::new).unwrap_or_default();
        let since = fields.optional_text("since", |text| {
            text.parse::<Timestamp>()
                .map_err(|_| "must be a time as of RFC 3339, such as 2027-01-31T09:30:00Z")
        });
        let previous = fields.optional_flag("previous").unwrap_or_default();
        Some(Self { component: component?, tail, since, previous })
    }
}

/// What a component has written to its log.
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
pub(crate) async fn handle(
    request: ActionRequest,
    body: Result<Body<NewLogs>, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = request.store().await?;
    let Body(NewLogs { component, tail, since, previous }) = body?;

    let query = LogQuery { component, tail, since, previous };
    let details = [
        component.as_str(),
        &tail.get().to_string(),
        &since.map(|since| since.to_string()).unwrap_or_default(),
        &previous.to_string(),
    ];
    request.operation(store, ReadOnlyRequest::Logs(query), &details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewLogs>();
    }
}
