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
            $(_: $who,)?
            request: $crate::api::stores::actions::request::ActionRequest,
        ) -> Result<$crate::api::stores::operations::accepted::AcceptedOperation, $crate::problem::Problem> {
            let store = request.store().await?;
            request.operation(store, domain::operation::ExclusiveRequest::$kind, &[]).await
        }
    };
}

pub mod hibernate;
pub mod logs;
pub mod mute;
pub mod muted;
mod request;
pub mod reset_password;
pub mod restart;
pub mod resume;
pub mod retry;
pub mod reveal_credentials;
pub mod suspend;
pub mod unmute;
pub mod unsuspend;
pub mod upgrade;

use crate::problem::kind::ProblemType;

/// The problems of asking for what is done at once, without parameters.
const PROBLEMS_AT_ONCE: &[ProblemType] = &[
    ProblemType::Malformed,
    ProblemType::NoSuchStore,
    ProblemType::Conflict,
    ProblemType::PreconditionFailed,
    ProblemType::KeyReused,
];

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
