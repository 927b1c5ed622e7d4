//! The resource `/v1/stores/{id}/actions`: what a store can be made to do, a file for each.

/// The handler of a route that asks for an operation without parameters, and what holds for it; where it is not for all
/// who may see the store, for whom.
macro_rules! operation_without_parameters {
    ($kind:ident $(for $who:path)?, $path:literal, $operation_id:literal, $summary:literal, $description:expr $(,)?) => {
        /// What holds for this route.
        pub(crate) const RULES: $crate::api::rules::Rules = $crate::api::rules::Rules::command(
            domain::auth::rate::Rate::Actions,
            $crate::api::stores::actions::PROBLEMS,
        );

        /// Asks for the operation.
        #[utoipa::path(
                    post,
                    path = $path,
                    operation_id = $operation_id,
                    tag = "Stores",
                    summary = $summary,
                    description = $description,
                    params(
                        ("id" = inline(domain::store::slug::Slug), Path, description = "The store's id."),
                        $crate::request::preconditions::IfMatch,
                        $crate::request::idempotency::Idempotency
                    ),
                    responses($crate::api::stores::operations::accepted::AcceptedOperation),
                )]
        pub(crate) async fn handle(
            axum::extract::State(app): axum::extract::State<$crate::app::App>,
            $(_: $who,)?
            $crate::request::actor::Acting(actor): $crate::request::actor::Acting,
            trace: $crate::request::trace::Trace,
            $crate::api::stores::StoreId(id): $crate::api::stores::StoreId,
            if_match: $crate::request::preconditions::IfMatch,
            key: $crate::request::idempotency::Idempotency,
        ) -> Result<$crate::api::stores::operations::accepted::AcceptedOperation, $crate::problem::Problem> {
            let store = $crate::api::stores::find(&app, &actor.principal, &id).await?;
            let operation = domain::operation::ExclusiveRequest::$kind;
            super::ask(&app, &trace, store, operation, &[], (actor, if_match, key)).await
        }
    };
}

mod guard;
pub mod hibernate;
pub mod logs;
pub mod mute;
pub mod muted;
pub mod reset_password;
pub mod restart;
pub mod resume;
pub mod retry;
pub mod reveal_credentials;
pub mod suspend;
pub mod unmute;
pub mod unsuspend;
pub mod upgrade;

use domain::{audit::Actor, operation::OperationRequest, store::Store};

use super::operations::accepted::AcceptedOperation;
use crate::{
    app::App,
    commands::{CommandRequest, Commands},
    problem::{Problem, kind::ProblemType},
    request::{idempotency::Idempotency, preconditions::IfMatch, trace::Trace},
};

/// The problems of asking for an operation without parameters.
const PROBLEMS: &[ProblemType] = &[
    ProblemType::Malformed,
    ProblemType::NoSuchStore,
    ProblemType::Conflict,
    ProblemType::OperationInProgress,
    ProblemType::PreconditionFailed,
    ProblemType::KeyReused,
];

/// The same with a body.
const PROBLEMS_WITH_BODY: &[ProblemType] = &[
    ProblemType::Malformed,
    ProblemType::NoSuchStore,
    ProblemType::Conflict,
    ProblemType::OperationInProgress,
    ProblemType::PreconditionFailed,
    ProblemType::TooLarge,
    ProblemType::UnsupportedMediaType,
    ProblemType::Invalid,
    ProblemType::KeyReused,
];

/// What `actor` asks for under `key`, of a store in a version that `if_match` allows; `parts` are all that distinguishes
/// the request from another one.
fn command_request(actor: Actor, if_match: &IfMatch, key: Idempotency, parts: &[&str]) -> CommandRequest {
    let keyed = key.request(&actor.principal.name, parts);
    CommandRequest { actor, expected: if_match.expected(), keyed }
}

/// Who asks for an operation, of which versions of the store, and under which key.
type Asking = (Actor, IfMatch, Idempotency);

/// Asks for `operation` on `store`, as it was read; `details` tell it from another one of its kind.
async fn ask(
    app: &App,
    trace: &Trace,
    store: Store,
    operation: impl Into<OperationRequest>,
    details: &[&str],
    (actor, if_match, key): Asking,
) -> Result<AcceptedOperation, Problem> {
    let (id, operation) = (store.id.clone(), operation.into());
    let parts = [&[operation.kind().row().name, id.as_str()], details].concat();
    let request = command_request(actor, &if_match, key, &parts);
    let asked = Commands::new(app, trace.traceparent()).request_operation(store, operation, &request).await?;
    Ok(AcceptedOperation::new(&id, asked))
}
