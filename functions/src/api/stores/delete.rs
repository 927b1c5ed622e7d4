//! `DELETE /v1/stores/{id}`

use domain::auth::rate::Rate;

pub(crate) use super::{__path_delete as __path_handle, delete as handle};
use crate::{api::rules::Rules, problem::kind::ProblemType};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchStore,
        ProblemType::Conflict,
        ProblemType::PreconditionFailed,
    ],
);
