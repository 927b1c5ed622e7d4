//! `POST /v1/stores/{id}/actions/reset-password`

use domain::auth::rate::Rate;

pub(crate) use crate::store_actions::{__path_reset_password as __path_handle, reset_password as handle};
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
        ProblemType::KeyReused,
    ],
);
