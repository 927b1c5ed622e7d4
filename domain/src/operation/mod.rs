//! What somebody asked a store for, and what came of it.
//!
//! There are two sorts of operations. An *exclusive* one changes the store. A store has one of them at a time, in its
//! record ([`PendingOperation`]): that is what makes it one, and what makes the store due, leased and fenced as in a
//! provisioning. The store's status stays, so it can't fence off who was at work before: asking for an operation raises
//! the lease's epoch instead. A deletion ends the operation in its own transaction. A *read-only* one changes nothing, so
//! any number of them may run, whatever else the store does: each is due, and leased, on its own.
//!
//! [`kind`] has a row for each kind. Every operation has an item of its own beside the store's record, as it is after
//! each change, for whoever asked; it expires with the store's history. An answer is an item of its own too, and is
//! removed when it was kept long enough.

pub mod conflict;
pub mod credentials;
pub mod guard;
pub mod key;
pub mod kind;
pub mod logs;
pub mod outcome;
pub mod pending;
pub mod request;
pub mod upgrade;
pub mod workload;

pub use self::{
    conflict::OperationConflict,
    guard::{Activity, Guard, Waiting},
    key::OperationKey,
    kind::{ExclusiveKind, OperationKind, ReadOnlyKind},
    outcome::{Answer, End, Operation, OperationFailure, OperationResult, OperationStatus, Outcome},
    pending::{AnyPendingOperation, PendingOperation},
    request::{ExclusiveRequest, OperationRequest, ReadOnlyRequest},
    upgrade::{Upgraded, UpgradedPart},
    workload::{RestartTarget, Workload},
};
