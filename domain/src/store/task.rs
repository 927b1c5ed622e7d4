//! The kinds of work.

use serde::{Deserialize, Serialize};

/// What a runner has to do for a store.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::VariantArray,
)]
pub enum Task {
    /// Make it.
    Provision,
    /// Take its namespace away: after a delete, or to clean up after a failure.
    Teardown,
    /// Replace pods of one that is up.
    Restart,
    /// Give the administrator of one that is up a new password.
    ResetPassword,
    /// Tell how the administrator of one that is up gets in.
    RevealCredentials,
    /// Tell what a component of one has written to its log.
    Logs,
}
