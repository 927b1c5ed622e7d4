//! `GET /v1/stores/{id}/operations/{operation}`

pub(crate) use crate::operations::{__path_show as __path_handle, show as handle};
use crate::{api::rules::Rules, problem::kind::ProblemType};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchStore, ProblemType::NoSuchOperation]);
