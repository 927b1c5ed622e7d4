//! Legal changes of a store: the states it goes between, and the operation it is about.
//!
//! ```text
//! Provisioning ──> Ready | Failed
//! Provisioning | Ready | Failed ──> Deleting ──> Deleted | Failed
//! Failed ──> Provisioning | Deleting, when it is to be tried again
//! Ready ──> Failed ──> Ready, as an upgrade is left half done, and another one comes to its end
//! any state at rest ──> the same, as an operation on it is asked for, begins and ends
//! ```
//!
//! A [`Transition`] can't be made but by the methods in `transitions` and `operations`, each of which takes what it
//! leaves; the table takes nothing else. So an illegal transition can't be written, and one that was legal when it was
//! made is still refused by the table if the store has changed since.

use super::{Store, release::Release, state::State, status::Status, suspension::SuspensionWrite};
use crate::{
    operation::{End, Operation, PendingOperation, logs::LogExcerpt},
    provisioning::failure::Failure,
    values::timestamp::Timestamp,
};

/// A legal change of a store, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    from: Status,
    to: State,
    operation: Option<OperationChange>,
    replaced: Option<Box<Operation>>,
    suspension: Option<SuspensionWrite>,
    release: Option<ReleaseChange>,
    log: Option<Box<LogExcerpt>>,
    check_again: Option<Timestamp>,
}

/// What becomes of what is written of the store's release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReleaseChange {
    /// The store is made of this from now on.
    Recorded(Box<Release>),
    /// It begins from nothing.
    Forgotten,
}

/// What becomes of the store's operation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum OperationChange {
    /// It is asked for now.
    Requested(Box<PendingOperation>),
    /// A runner begins with it, takes it up again, or waits before it does.
    Begun(Box<PendingOperation>),
    /// It ends.
    Ended(Box<Operation>),
}

impl Transition {
    pub(super) fn of(from: Status, to: State) -> Self {
        Self {
            from,
            to,
            operation: None,
            replaced: None,
            suspension: None,
            release: None,
            log: None,
            check_again: None,
        }
    }

    /// The same; the store is made of `release` from now on, where there is one to be written.
    #[must_use]
    pub fn recording(self, release: Option<Release>) -> Self {
        match release {
            Some(release) => Self { release: Some(ReleaseChange::Recorded(Box::new(release))), ..self },
            None => self,
        }
    }

    /// The same; what the store was made of is forgotten.
    pub(super) fn forgetting_release(self) -> Self {
        Self { release: Some(ReleaseChange::Forgotten), ..self }
    }

    /// The same, with the end of the log of the component that failed.
    pub(super) fn with_log(self, log: LogExcerpt) -> Self {
        Self { log: Some(Box::new(log)), ..self }
    }

    /// The same; somebody must check the store again at `again`.
    pub(super) fn with_check(self, again: Timestamp) -> Self {
        Self { check_again: Some(again), ..self }
    }

    /// The same; this is written of the store's suspension.
    pub(super) fn with_suspension(self, suspension: Option<SuspensionWrite>) -> Self {
        Self { suspension, ..self }
    }

    /// The same; the store gets `operation`.
    pub(super) fn requesting(self, operation: PendingOperation) -> Self {
        Self { operation: Some(OperationChange::Requested(Box::new(operation))), ..self }
    }

    /// The same; what is asked for takes the place of `operation`, which has waited, and ends.
    pub(super) fn replacing(self, operation: Operation) -> Self {
        Self { replaced: Some(Box::new(operation)), ..self }
    }

    /// The same; a runner is at `operation`.
    pub(super) fn beginning(self, operation: PendingOperation) -> Self {
        Self { operation: Some(OperationChange::Begun(Box::new(operation))), ..self }
    }

    /// The same; `operation` comes to its end.
    pub(super) fn ending(self, operation: PendingOperation, end: End) -> Self {
        Self { operation: Some(OperationChange::Ended(Box::new(operation.ended(end)))), ..self }
    }

    /// The status that the store must still have when this is written.
    #[must_use]
    pub fn from(&self) -> Status {
        self.from
    }

    /// The state that the store is in afterwards.
    #[must_use]
    pub fn to(&self) -> &State {
        &self.to
    }

    /// The operation that it is about, as it is afterwards.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        match self.operation.as_ref()? {
            OperationChange::Requested(operation) | OperationChange::Begun(operation) => {
                Some(operation.as_ref().clone().into())
            }
            OperationChange::Ended(operation) => Some(operation.as_ref().clone()),
        }
    }

    /// All operations that it changes: the one that it is about, and the one that this takes the place of.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation> {
        self.operation().into_iter().chain(self.replaced().cloned())
    }

    /// The operation that ends because the one that it is about takes its place.
    #[must_use]
    pub fn replaced(&self) -> Option<&Operation> {
        self.replaced.as_deref()
    }

    /// The operation that the store has afterwards, where it is about one.
    #[must_use]
    pub fn pending(&self) -> Option<&PendingOperation> {
        match self.operation.as_ref()? {
            OperationChange::Requested(operation) | OperationChange::Begun(operation) => Some(operation),
            OperationChange::Ended(_) => None,
        }
    }

    /// What is written of the store's suspension, if anything is.
    #[must_use]
    pub fn suspension(&self) -> Option<&SuspensionWrite> {
        self.suspension.as_ref()
    }

    /// What becomes of what is written of the store's release; `None` where that stays as it is.
    pub(crate) fn release(&self) -> Option<&ReleaseChange> {
        self.release.as_ref()
    }

    /// The failure that it brings, with what is left of the log of the component that failed.
    #[must_use]
    pub fn failure_log(&self) -> Option<(&Failure, &LogExcerpt)> {
        match &self.to {
            State::Failed(failed) => Some((&failed.failure, self.log.as_deref()?)),
            State::Provisioning(_) | State::Ready(_) | State::Deleting(_) | State::Deleted(_) => None,
        }
    }

    /// When somebody must check a store again that it leaves with a namespace which could not be deleted.
    #[must_use]
    pub fn check_again(&self) -> Option<Timestamp> {
        self.check_again
    }

    /// Whether it gives the store something to do that it did not have before: the count of attempts
    /// begins anew then.
    #[must_use]
    pub fn begins_anew(&self) -> bool {
        self.from != self.to.status() || self.requests_operation()
    }

    /// Whether an operation is asked for by it.
    #[must_use]
    pub fn requests_operation(&self) -> bool {
        matches!(self.operation, Some(OperationChange::Requested(_)))
    }

    /// Whether a runner still has something to do for the store afterwards, without a pause. A state that asks for
    /// something itself has no operation.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        self.to.is_urgent() || self.pending().is_some()
    }

    /// `store` once it was written.
    #[must_use]
    pub fn applied_to(self, store: Store) -> Store {
        let operation = match self.operation {
            None => store.operation,
            Some(OperationChange::Requested(operation) | OperationChange::Begun(operation)) => {
                Some(*operation)
            }
            Some(OperationChange::Ended(_)) => None,
        };
        let suspension = match self.suspension {
            None => store.suspension,
            Some(SuspensionWrite::Begins(suspension)) => Some(suspension),
            Some(SuspensionWrite::Ends) => None,
        };
        let release = match self.release {
            None => store.release,
            Some(ReleaseChange::Recorded(release)) => Some(*release),
            Some(ReleaseChange::Forgotten) => None,
        };
        Store { state: self.to, operation, suspension, release, ..store }
    }

    /// The state after it was written.
    #[must_use]
    pub fn into_state(self) -> State {
        self.to
    }
}
