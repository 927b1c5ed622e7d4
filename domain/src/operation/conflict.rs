//! Whether an operation can be asked for on a store as it is.

use super::{kind::OperationKind, pending::PendingOperation};
use crate::store::{Store, power::Power, status::AnyOf, suspension::SuspensionChange};

/// What stands in the way of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationConflict {
    /// The store is gone.
    Gone,
    /// It takes a store in one of these statuses.
    Status(AnyOf),
    /// It takes a store that is up with this power.
    Power(AnyOf<Power>),
    /// It must wait for this one.
    Pending(Box<PendingOperation>),
    /// It takes a store that is not suspended.
    Suspended,
    /// It takes a store that is suspended.
    NotSuspended,
    /// It takes a store whose shop runs another image.
    UpToDate,
    /// It must wait until what is left of the store that failed is taken away.
    CleaningUp,
}

impl OperationKind {
    /// What stands in its way on `store`; `None` where nothing does.
    #[must_use]
    pub fn conflict(self, store: &Store) -> Option<OperationConflict> {
        let (row, status) = (self.row(), store.state.status());
        if status.is_gone() {
            return Some(OperationConflict::Gone);
        }
        let mends = row.takes_half_done && store.state.half_upgrade().is_some();
        if !row.takes.contains(status) && !mends {
            return Some(OperationConflict::Status(row.takes));
        }
        let excludes = |pending: &&PendingOperation| row.excluded_by.contains(&pending.request.kind());
        if let Some(pending) = store.operation.as_ref().filter(excludes) {
            return Some(OperationConflict::Pending(Box::new(pending.clone())));
        }
        if store.state.power().is_some_and(|power| !row.takes_power.contains(power)) {
            return Some(OperationConflict::Power(row.takes_power));
        }
        match (row.suspension, &store.suspension) {
            (Some(SuspensionChange::Suspend), Some(_)) => Some(OperationConflict::Suspended),
            (Some(SuspensionChange::Unsuspend), None) => Some(OperationConflict::NotSuspended),
            (Some(SuspensionChange::Suspend) | None, None)
            | (Some(SuspensionChange::Unsuspend) | None, Some(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{
            guard::Guard,
            kind::{ExclusiveKind, ReadOnlyKind},
            request::ExclusiveRequest,
            workload::RestartTarget,
        },
        provisioning::{
            failure::{Cleanup, Failure, FailureCode},
            step::Step,
        },
        store::{
            admin_email::AdminEmail,
            name::StoreName,
            release::image::Image,
            state::{Deleted, Deleting, Failed, HalfUpgrade, Provisioning, Ready, State},
            status::Status,
            suspension::Suspension,
        },
        values::{reason::Reason, timestamp::Timestamp},
    };

    const REVEAL: OperationKind = OperationKind::ReadOnly(ReadOnlyKind::RevealCredentials);
    const LOGS: OperationKind = OperationKind::ReadOnly(ReadOnlyKind::Logs);

    fn pending(request: ExclusiveRequest) -> PendingOperation {
        PendingOperation::requested(request, PrincipalName::parse("ada").unwrap(), Timestamp::now())
    }

    fn restart() -> PendingOperation {
        pending(ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None })
    }

    fn store(state: State) -> Store {
        let (now, name) = (Timestamp::now(), StoreName::parse("My Test Shop").unwrap());
        let email = AdminEmail::parse("owner@example.com").unwrap();
        Store { state, ..Store::new(name, email, "ada".into(), now, now) }
    }

    fn busy(store: Store, operation: &PendingOperation) -> Store {
        Store { operation: Some(operation.clone()), ..store }
    }

    fn suspended(store: Store) -> Store {
        let reason = Reason::parse("It sells what nobody may sell.").unwrap();
        Store { suspension: Some(Suspension { since: Timestamp::now(), reason }), ..store }
    }

    fn up(power: Power) -> Store {
        store(State::Ready(Ready { url: "http://shop.example".into(), at: Timestamp::now(), power }))
    }

    fn provisioning() -> Store {
        store(State::Provisioning(Provisioning::new()))
    }

    fn failed() -> Store {
        let (step, code, at) = (Step::WaitMysql, FailureCode::DeadlineExceeded, Timestamp::now());
        let failure = Failure { step, code, message: "too late".into(), at, cleanup: Cleanup::Done };
        store(State::Failed(Failed::of(failure)))
    }

    fn deleting() -> Store {
        store(State::Deleting(Deleting { at: Timestamp::now() }))
    }

    fn deleted() -> Store {
        store(State::Deleted(Deleted { at: Timestamp::now() }))
    }

    /// A store that is up and takes operations of `kind`.
    fn fit_for(kind: ExclusiveKind) -> Store {
        let row = OperationKind::from(kind).row();
        let up = up(row.takes_power.0[0]);
        match row.suspension {
            Some(SuspensionChange::Unsuspend) => suspended(up),
            Some(SuspensionChange::Suspend) | None => up,
        }
    }

    #[test]
    fn an_exclusive_operation_takes_a_store_that_is_at_rest_and_has_no_other() {
        for &exclusive in ExclusiveKind::VARIANTS {
            let (kind, store) = (OperationKind::from(exclusive), fit_for(exclusive));
            assert_eq!(kind.conflict(&store), None);
            let other = restart();
            assert_eq!(
                kind.conflict(&busy(store, &other)),
                Some(OperationConflict::Pending(Box::new(other)))
            );
            let takes = kind.row().takes;
            for store in [provisioning(), failed(), deleting()] {
                if !takes.contains(store.state.status()) {
                    assert_eq!(kind.conflict(&store), Some(OperationConflict::Status(takes)), "{store:?}");
                }
            }
            assert_eq!(kind.conflict(&deleted()), Some(OperationConflict::Gone));
            let wants: &[_] = if kind.row().suspension.is_some() {
                &[Status::Ready, Status::Failed]
            } else {
                &[Status::Ready]
            };
            assert_eq!(takes, AnyOf(wants), "{kind}");
        }
    }

    /// The operations that `store` refuses.
    fn refused(store: &Store) -> String {
        let refused = OperationKind::all().filter(|kind| kind.conflict(store).is_some());
        refused.map(|kind| kind.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_makes_no_sense_of_a_store_that_is_stopped_is_refused() {
        assert_eq!(refused(&up(Power::Running)), "resume unsuspend");
        assert_eq!(
            refused(&up(Power::Hibernated)),
            "restart reset-password hibernate unsuspend upgrade logs"
        );
        for on_its_way in [Power::Hibernating, Power::Resuming, Power::Upgrading] {
            let refused = refused(&up(on_its_way));
            assert!(
                refused.starts_with("restart reset-password hibernate resume unsuspend upgrade"),
                "{refused}"
            );
        }
        let conflict = LOGS.conflict(&up(Power::Hibernated));
        let Some(OperationConflict::Power(takes)) = conflict else { panic!("{conflict:?}") };
        assert_eq!(takes.to_string(), "Running, Hibernating, Resuming or Upgrading");
    }

    #[test]
    fn what_an_upgrade_has_left_half_done_takes_another_one_and_what_any_failed_store_takes() {
        let image = Image::from_record("r.example/store:2");
        let since = Timestamp::now();
        let half = HalfUpgrade { url: "http://shop.example".into(), since, image };
        let State::Failed(failed) = failed().state else { unreachable!() };
        let half_done = store(State::Failed(Failed { upgrade: Some(Box::new(half)), ..failed }));
        let takes = OperationKind::all().filter(|kind| kind.conflict(&half_done).is_none());
        assert_eq!(takes.map(|kind| kind.to_string()).collect::<Vec<_>>(), ["suspend", "upgrade", "logs"]);
        let conflict = OperationKind::from(ExclusiveKind::Upgrade).conflict(&self::failed());
        assert_eq!(conflict, Some(OperationConflict::Status(AnyOf(&[Status::Ready]))));
    }

    #[test]
    fn a_suspended_store_takes_all_that_it_took_before_but_another_suspension() {
        assert_eq!(refused(&suspended(up(Power::Running))), "resume suspend");
        assert_eq!(
            refused(&suspended(up(Power::Hibernated))),
            "restart reset-password hibernate suspend upgrade logs"
        );
        let conflict = |kind: ExclusiveKind, store| OperationKind::from(kind).conflict(&store);
        let twice = conflict(ExclusiveKind::Suspend, suspended(failed()));
        assert_eq!(twice, Some(OperationConflict::Suspended));
        assert_eq!(conflict(ExclusiveKind::Unsuspend, failed()), Some(OperationConflict::NotSuspended));
        assert_eq!(conflict(ExclusiveKind::Unsuspend, suspended(failed())), None);
    }

    #[test]
    fn credentials_are_those_of_a_store_that_is_up_and_does_not_just_get_others() {
        assert_eq!(REVEAL.conflict(&up(Power::Running)), None);
        assert_eq!(REVEAL.conflict(&busy(up(Power::Running), &restart())), None);
        let reset = pending(ExclusiveRequest::ResetPassword);
        let conflict = REVEAL.conflict(&busy(up(Power::Running), &reset));
        assert_eq!(conflict, Some(OperationConflict::Pending(Box::new(reset))));
        for store in [provisioning(), failed(), deleting()] {
            let wants = Some(OperationConflict::Status(AnyOf(&[Status::Ready])));
            assert_eq!(REVEAL.conflict(&store), wants, "{store:?}");
        }
        assert_eq!(REVEAL.conflict(&deleted()), Some(OperationConflict::Gone));
    }

    #[test]
    fn logs_are_those_of_a_store_that_is_not_being_deleted_whatever_is_pending() {
        let reset = pending(ExclusiveRequest::ResetPassword);
        for store in [provisioning(), up(Power::Running), failed()] {
            assert_eq!(LOGS.conflict(&busy(store.clone(), &reset)), None, "{store:?}");
        }
        assert!(matches!(LOGS.conflict(&deleting()), Some(OperationConflict::Status(_))));
        assert_eq!(LOGS.conflict(&deleted()), Some(OperationConflict::Gone));
    }
}
