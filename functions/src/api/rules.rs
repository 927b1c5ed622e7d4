//! What holds for a route, in addition to what its handler does: declared in the handler's file.

use domain::auth::rate::Rate;

use crate::problem::kind::ProblemType;

/// What holds for a route.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether it takes a call from nobody in particular.
    pub is_open: bool,
    /// What its calls are counted against.
    pub rate: Option<Rate>,
    /// The problems that it may be answered with, in addition to those of all routes.
    pub problems: &'static [ProblemType],
}

impl Rules {
    /// Of a route that only reads, and is open to everybody.
    pub(crate) const OPEN: Self = Self { is_open: true, rate: None, problems: &[] };

    /// Of a route that only reads, for callers that are known.
    pub(crate) const fn query(problems: &'static [ProblemType]) -> Self {
        Self { is_open: false, rate: None, problems }
    }

    /// Of a route that changes something, whose calls are counted against `rate`.
    pub(crate) const fn command(rate: Rate, problems: &'static [ProblemType]) -> Self {
        Self { is_open: false, rate: Some(rate), problems }
    }
}
