//! How an object stands that is waited for.

use crate::cluster::diagnosis::Diagnosis;

/// How an object stands that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// As wanted.
    Done,
    /// Not yet; with what it says of itself, if anything.
    Waiting(Option<Diagnosis>),
    /// Never.
    Failed(Diagnosis),
}
