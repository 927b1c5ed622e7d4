//! `POST /v1/stores/{id}/actions/logs`

use domain::auth::rate::Rate;

pub(crate) use crate::store_actions::{__path_logs as __path_handle, logs as handle};
use crate::{api::rules::Rules, problem::kind::ProblemType};

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
