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
    /// What the entity tag is that its answers have, so that a caller who has one asks with it and gets 304.
    pub entity_tag: Option<&'static str>,
}

impl Rules {
    /// Of a route that only reads, and is open to everybody.
    pub(crate) const OPEN: Self = Self { is_open: true, rate: None, problems: &[], entity_tag: None };

    /// Of a route that only reads, for callers that are known.
    pub(crate) const fn query(problems: &'static [ProblemType]) -> Self {
        Self { is_open: false, rate: None, problems, entity_tag: None }
    }

    /// Of a route that changes something, whose calls are counted against `rate`.
    pub(crate) const fn command(rate: Rate, problems: &'static [ProblemType]) -> Self {
        Self { is_open: false, rate: Some(rate), problems, entity_tag: None }
    }

    /// The same, whose answers have the resource's version as their entity tag.
    pub(crate) const fn with_version(self) -> Self {
        Self { entity_tag: Some("Its version."), ..self }
    }

    /// The same, whose answers have the digest of their bytes as their entity tag: what has no version of its own.
    pub(crate) const fn with_digest(self) -> Self {
        Self { entity_tag: Some("The digest of the answer."), ..self }
    }
}
