//! Whether an operation can be asked for on a store as it is.

use super::{kind::OperationKind, pending::PendingOperation};
use crate::store::status::{AnyOf, Status};

/// What stands in the way of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationConflict {
    /// The store is gone.
    Gone,
    /// It takes a store in one of these statuses.
    Status(AnyOf),
    /// It must wait for this one.
    Pending(PendingOperation),
}

impl OperationKind {
    /// What stands in its way on a store in `status` with this `pending` operation; `None` where nothing does.
    #[must_use]
    pub fn conflict(self, status: Status, pending: Option<&PendingOperation>) -> Option<OperationConflict> {
        let row = self.row();
        if status.is_gone() {
            return Some(OperationConflict::Gone);
        }
        if !row.takes.contains(status) {
            return Some(OperationConflict::Status(row.takes));
        }
        let excludes = |pending: &&PendingOperation| row.excluded_by.contains(&pending.request.kind());
        pending.filter(excludes).cloned().map(OperationConflict::Pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{
            kind::{ExclusiveKind, ReadOnlyKind},
            request::ExclusiveRequest,
            workload::RestartTarget,
        },
        values::timestamp::Timestamp,
    };

    const REVEAL: OperationKind = OperationKind::ReadOnly(ReadOnlyKind::RevealCredentials);
    const LOGS: OperationKind = OperationKind::ReadOnly(ReadOnlyKind::Logs);

    fn pending(request: ExclusiveRequest) -> PendingOperation {
        PendingOperation::requested(request, PrincipalName::parse("ada").unwrap(), Timestamp::now())
    }

    fn restart() -> PendingOperation {
        pending(ExclusiveRequest::Restart { target: RestartTarget::All })
    }

    #[test]
    fn an_exclusive_operation_takes_a_store_that_is_up_and_has_no_other() {
        for kind in [ExclusiveKind::Restart, ExclusiveKind::ResetPassword].map(OperationKind::from) {
            assert_eq!(kind.conflict(Status::Ready, None), None);
            let other = restart();
            let conflict = kind.conflict(Status::Ready, Some(&other));
            assert_eq!(conflict, Some(OperationConflict::Pending(other)));
            for status in [Status::Provisioning, Status::Failed, Status::Deleting] {
                let wants = Some(OperationConflict::Status(AnyOf(&[Status::Ready])));
                assert_eq!(kind.conflict(status, None), wants, "{status}");
            }
            assert_eq!(kind.conflict(Status::Deleted, None), Some(OperationConflict::Gone));
        }
    }

    #[test]
    fn credentials_are_those_of_a_store_that_is_up_and_does_not_just_get_others() {
        assert_eq!(REVEAL.conflict(Status::Ready, None), None);
        assert_eq!(REVEAL.conflict(Status::Ready, Some(&restart())), None);
        let reset = pending(ExclusiveRequest::ResetPassword);
        let conflict = REVEAL.conflict(Status::Ready, Some(&reset));
        assert_eq!(conflict, Some(OperationConflict::Pending(reset)));
        for status in [Status::Provisioning, Status::Failed, Status::Deleting] {
            let wants = Some(OperationConflict::Status(AnyOf(&[Status::Ready])));
            assert_eq!(REVEAL.conflict(status, None), wants, "{status}");
        }
        assert_eq!(REVEAL.conflict(Status::Deleted, None), Some(OperationConflict::Gone));
    }

    #[test]
    fn logs_are_those_of_a_store_that_is_not_being_deleted_whatever_is_pending() {
        let reset = pending(ExclusiveRequest::ResetPassword);
        for status in [Status::Provisioning, Status::Ready, Status::Failed] {
            assert_eq!(LOGS.conflict(status, Some(&reset)), None, "{status}");
        }
        assert!(matches!(LOGS.conflict(Status::Deleting, None), Some(OperationConflict::Status(_))));
        assert_eq!(LOGS.conflict(Status::Deleted, None), Some(OperationConflict::Gone));
    }
}
