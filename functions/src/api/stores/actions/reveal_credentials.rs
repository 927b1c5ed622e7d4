//! `POST /v1/stores/{id}/actions/reveal-credentials`

use domain::auth::rate::Rate;

pub(crate) use crate::store_actions::{
    __path_reveal_credentials as __path_handle, reveal_credentials as handle,
};
use crate::{api::rules::Rules, problem::kind::ProblemType};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchStore,
        ProblemType::Conflict,
        ProblemType::OperationInProgress,
        ProblemType::PreconditionFailed,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::KeyReused,
    ],
);
