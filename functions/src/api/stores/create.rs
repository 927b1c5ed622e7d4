//! `POST /v1/stores`

use domain::auth::rate::Rate;

pub(crate) use super::{__path_create as __path_handle, create as handle};
use crate::{api::rules::Rules, problem::kind::ProblemType};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Creates,
    &[
        ProblemType::Malformed,
        ProblemType::NameTaken,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::Conflict,
        ProblemType::KeyReused,
        ProblemType::OwnerQuota,
        ProblemType::PlatformQuota,
    ],
);
