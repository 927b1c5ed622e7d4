//! `GET /v1/stores/{id}/operations`

pub(crate) use crate::operations::{__path_list as __path_handle, list as handle};
use crate::{api::rules::Rules, problem::kind::ProblemType};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchStore, ProblemType::Invalid]);
