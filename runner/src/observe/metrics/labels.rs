//! The labels of metrics.

use std::fmt;

use domain::{health::Assessment, provisioning::step::Step, queue::job::JobKind, store::status::Status};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use super::retry_cause::RetryCause;

/// A label's value, as it is spelled everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: fmt::Display> EncodeLabelValue for Shown<T> {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        fmt::Write::write_fmt(encoder, format_args!("{}", self.0))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct JobLabels {
    pub(super) task: Shown<JobKind>,
    pub(super) outcome: Shown<JobResult>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct MessageLabels {
    pub(super) reason: Shown<MessageFault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StepLabels {
    pub(super) step: Shown<Step>,
    pub(super) outcome: Shown<StepResult>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RetryLabels {
    pub(super) cause: Shown<RetryCause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TransitionLabels {
    pub(super) status: Shown<Status>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct LoopLabels {
    pub(super) outcome: Shown<LoopOutcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct HealthLabels {
    pub(super) health: Shown<Assessment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PageLabels {
    pub(super) outcome: Shown<PageOutcome>,
}

/// How the work on a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum JobResult {
    /// For good.
    Done,
    /// For later: another runner is at the store, or this one ends.
    Later,
    /// For later, because of an error.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum MessageFault {
    Malformed,
    Version,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum StepResult {
    /// As wanted.
    Done,
    /// It failed for good.
    Failed,
    /// Time ran out.
    Deadline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum LoopOutcome {
    Done,
    Error,
}

/// What a check of a shop's pages found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum PageOutcome {
    Served,
    Failed,
    Unreachable,
}
