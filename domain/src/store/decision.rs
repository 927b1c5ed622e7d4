//! What a store's record makes of a command: a pure function, so that it is tested without a table.

use super::{
    Store,
    operations::DeletionRequest,
    power::Power,
    state::State,
    status::{AnyOf, Status},
    transition::Transition,
    version::ExpectedVersion,
};
use crate::{
    audit::Action,
    auth::principal_name::PrincipalName,
    operation::{
        AnyPendingOperation, ExclusiveRequest, Guard, OperationConflict, OperationRequest, PendingOperation,
        ReadOnlyRequest, kind::OperationKind,
    },
    provisioning::event::Event,
    values::{reason::Reason, timestamp::Timestamp},
};

/// What is to be done to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreCommand {
    /// It is to be deleted, which cuts off whatever else goes on with it.
    Delete,
    /// It failed, and is to be tried again.
    Retry,
    /// An operation is to be carried out on it.
    Operation(PendingOperation<OperationRequest>),
}

impl StoreCommand {
    /// What the audit trail calls it.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Delete => Action::DeleteStore,
            Self::Retry => Action::RetryStore,
            Self::Operation(operation) => Action::Operation(operation.request.kind()),
        }
    }

    /// Why it is given, where that is to be said.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Operation(operation) => operation.request.reason(),
            Self::Delete | Self::Retry => None,
        }
    }

    /// That it waits for nothing, where it could: the audit trail says so.
    #[must_use]
    pub fn override_of_guard(&self) -> Option<Guard> {
        match self {
            Self::Operation(operation) => operation.request.guard().filter(Guard::is_none),
            Self::Delete | Self::Retry => None,
        }
    }
}

impl<R: Into<OperationRequest>> From<PendingOperation<R>> for StoreCommand {
    fn from(operation: PendingOperation<R>) -> Self {
        Self::Operation(operation.any())
    }
}

/// What comes of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This is to be written, with these events.
    Write(StoreChange, Vec<Event>),
    /// Nothing: it was asked for before, and goes on.
    NoOp,
    /// It is refused.
    Refuse(Refusal),
}

/// What is to be written of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreChange {
    /// The store changes, and a runner is to take it up.
    Transition(Transition),
    /// The same once more, after it failed.
    Retry(Transition),
    /// The store stays as it is, and a runner is to take this up.
    ReadOnly(PendingOperation<ReadOnlyRequest>),
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The store is gone.
    Gone,
    /// It takes a store in one of these statuses.
    Status(AnyOf),
    /// It takes a store that is up with this power.
    Power(AnyOf<Power>),
    /// The store must end this operation first.
    Pending(PendingOperation),
    /// The store is suspended.
    Suspended,
    /// The store is not suspended.
    NotSuspended,
    /// The store's shop runs that very image.
    UpToDate,
    /// What is left of the store, which failed, must be taken away first.
    CleaningUp,
    /// The store was tried again as often as one may be.
    TriedTooOften,
    /// The store is in no version that was expected.
    OtherVersion,
}

impl From<OperationConflict> for Refusal {
    fn from(conflict: OperationConflict) -> Self {
        match conflict {
            OperationConflict::Gone => Self::Gone,
            OperationConflict::Status(takes) => Self::Status(takes),
            OperationConflict::Power(takes) => Self::Power(takes),
            OperationConflict::Pending(operation) => Self::Pending(*operation),
            OperationConflict::Suspended => Self::Suspended,
            OperationConflict::NotSuspended => Self::NotSuspended,
            OperationConflict::UpToDate => Self::UpToDate,
            OperationConflict::CleaningUp => Self::CleaningUp,
        }
    }
}

/// What comes of `command`, which `principal` gives at `now` for `store` in a version that is `expected`. What a
/// command has no effect on may be in any version.
#[must_use]
pub fn decide(
    store: &Store,
    command: &StoreCommand,
    expected: &ExpectedVersion,
    principal: &PrincipalName,
    now: Timestamp,
) -> Decision {
    let decision = match command {
        StoreCommand::Delete => delete(store, now),
        StoreCommand::Retry => retry(store, principal, now),
        StoreCommand::Operation(operation) => operate(store, operation),
    };
    match decision {
        Decision::Write(..) if !expected.allows(store) => Decision::Refuse(Refusal::OtherVersion),
        Decision::Write(..) | Decision::NoOp | Decision::Refuse(_) => decision,
    }
}

fn delete(store: &Store, now: Timestamp) -> Decision {
    match store.request_deletion(now) {
        DeletionRequest::Starts(transition) => {
            let ended = transition.operation().as_ref().and_then(Event::operation_ended);
            Decision::Write(StoreChange::Transition(transition), ended.into_iter().collect())
        }
        DeletionRequest::GoesOn => Decision::NoOp,
        DeletionRequest::Gone => Decision::Refuse(Refusal::Gone),
    }
}

/// Whoever still cleans up after the failure is stopped by the change of status at their next write.
fn retry(store: &Store, principal: &PrincipalName, now: Timestamp) -> Decision {
    match (&store.state, &store.operation) {
        (State::Failed(_), Some(operation)) => Decision::Refuse(Refusal::Pending(operation.clone())),
        (State::Failed(_), None) if store.retries >= Store::MAX_RETRIES => {
            Decision::Refuse(Refusal::TriedTooOften)
        }
        (State::Failed(failed), None) => {
            let event = Event::retry_requested(principal, store.retries + 1);
            match &failed.upgrade {
                None => Decision::Write(StoreChange::Retry(failed.clone().retry(now)), vec![event]),
                // Its namespace holds a merchant's shop, whose database is not what the image of before knows: neither is
                // made anew. What is tried again is what failed.
                Some(half) => {
                    let request = ExclusiveRequest::Upgrade { image: half.image.clone(), guard: Guard::None };
                    let operation = PendingOperation::requested(request, principal.clone(), now);
                    let events = vec![event, Event::operation_requested(&operation)];
                    match store.request_operation(operation) {
                        Ok(asks) => Decision::Write(StoreChange::Retry(asks), events),
                        Err(conflict) => Decision::Refuse(conflict.into()),
                    }
                }
            }
        }
        (State::Provisioning(_) | State::Ready(_) | State::Deleting(_), _) => {
            Decision::Refuse(Refusal::Status(AnyOf(&[Status::Failed])))
        }
        (State::Deleted(_), _) => Decision::Refuse(Refusal::Gone),
    }
}

fn operate(store: &Store, operation: &PendingOperation<OperationRequest>) -> Decision {
    let change = match AnyPendingOperation::from(operation.clone()) {
        AnyPendingOperation::Exclusive(operation) => {
            store.request_operation(operation).map(StoreChange::Transition)
        }
        AnyPendingOperation::ReadOnly(operation) => {
            let kind = OperationKind::from(operation.request.kind());
            match kind.conflict(store) {
                Some(conflict) => Err(conflict),
                None => Ok(StoreChange::ReadOnly(operation)),
            }
        }
    };
    match change {
        Ok(change) => {
            let replaced = match &change {
                StoreChange::Transition(transition) | StoreChange::Retry(transition) => transition.replaced(),
                StoreChange::ReadOnly(_) => None,
            };
            let ended = replaced.and_then(Event::operation_ended);
            let events = ended.into_iter().chain([Event::operation_requested(operation)]).collect();
            Decision::Write(change, events)
        }
        Err(conflict) => Decision::Refuse(conflict.into()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        operation::{
            OperationStatus,
            logs::{Component, LogQuery},
        },
        provisioning::{
            failure::{Cleanup, Failure, FailureCode},
            step::Step,
        },
        store::{
            admin_email::AdminEmail,
            name::StoreName,
            release::image::Image,
            state::{Deleted, Deleting, Failed, HalfUpgrade, Provisioning, Ready},
            version::StoreVersion,
        },
    };

    fn ada() -> PrincipalName {
        PrincipalName::parse("ada").unwrap()
    }

    fn store(state: State) -> Store {
        let (now, name) = (Timestamp::now(), StoreName::parse("My Test Shop").unwrap());
        let email = AdminEmail::parse("owner@example.com").unwrap();
        Store { state, ..Store::new(name, email, "ada".into(), now, now) }
    }

    fn one_of_each() -> [Store; 5] {
        let at = Timestamp::now();
        let failure = Failure {
            step: Step::WaitMysql,
            code: FailureCode::DeadlineExceeded,
            message: "too late".into(),
            at,
            cleanup: Cleanup::Done,
        };
        [
            State::Provisioning(Provisioning::new()),
            State::Ready(Ready { url: "http://shop.example".into(), at, power: Power::Running }),
            State::Failed(Failed::of(failure)),
            State::Deleting(Deleting { at }),
            State::Deleted(Deleted { at }),
        ]
        .map(store)
    }

    fn decided(store: &Store, command: &StoreCommand) -> Decision {
        decide(store, command, &ExpectedVersion::Any, &ada(), Timestamp::now())
    }

    fn operation(request: impl Into<OperationRequest>) -> StoreCommand {
        PendingOperation::<OperationRequest>::requested(request.into(), ada(), Timestamp::now()).into()
    }

    #[test]
    fn a_store_is_deleted_from_every_status_once() {
        let decisions = one_of_each().map(|store| match decided(&store, &StoreCommand::Delete) {
            Decision::Write(StoreChange::Transition(transition), events) => {
                assert!(events.is_empty(), "it had no operation");
                format!("to {}", transition.to().status())
            }
            Decision::NoOp => "goes on".into(),
            other @ (Decision::Write(..) | Decision::Refuse(_)) => format!("{other:?}"),
        });
        let starts = "to Deleting";
        assert_eq!(decisions, [starts, starts, starts, "goes on", "Refuse(Gone)"]);
    }

    #[test]
    fn a_deletion_ends_the_stores_operation_and_says_so() {
        let [_, ready, ..] = one_of_each();
        let Decision::Write(StoreChange::Transition(asks), _) =
            decided(&ready, &operation(ExclusiveRequest::ResetPassword))
        else {
            panic!("it is up")
        };
        let busy = asks.applied_to(ready);
        let Decision::Write(StoreChange::Transition(deletes), events) = decided(&busy, &StoreCommand::Delete)
        else {
            panic!("it lives")
        };
        assert_eq!(deletes.operation().unwrap().status(), OperationStatus::Failed);
        assert_eq!(events.len(), 1);
        assert_eq!(deletes.applied_to(busy).operation, None);
    }

    #[test]
    fn only_what_failed_is_tried_again_and_not_for_ever() {
        let [provisioning, ready, failed, deleting, deleted] = one_of_each();
        assert!(matches!(decided(&failed, &StoreCommand::Retry), Decision::Write(StoreChange::Retry(_), _)));
        for store in [provisioning, ready, deleting] {
            let wants = Decision::Refuse(Refusal::Status(AnyOf(&[Status::Failed])));
            assert_eq!(decided(&store, &StoreCommand::Retry), wants);
        }
        assert_eq!(decided(&deleted, &StoreCommand::Retry), Decision::Refuse(Refusal::Gone));
        let often = Store { retries: Store::MAX_RETRIES, ..failed };
        assert_eq!(decided(&often, &StoreCommand::Retry), Decision::Refuse(Refusal::TriedTooOften));
    }

    #[test]
    fn what_an_upgrade_has_left_half_done_is_upgraded_again_and_not_made_anew() {
        let [_, _, failed, ..] = one_of_each();
        let State::Failed(of) = failed.state.clone() else { unreachable!() };
        let image = Image::from_record("r.example/store:2");
        let half =
            HalfUpgrade { url: "http://shop.example".into(), since: Timestamp::now(), image: image.clone() };
        let mut failure = of.failure;
        (failure.step, failure.cleanup) = (Step::UpgradeShop, Cleanup::Kept);
        let store =
            Store { state: State::Failed(Failed { failure, upgrade: Some(Box::new(half)) }), ..failed };
        let Decision::Write(StoreChange::Retry(asks), events) = decided(&store, &StoreCommand::Retry) else {
            panic!("it failed")
        };
        assert_eq!(events.len(), 2, "who asked, and for what");
        let busy = asks.applied_to(store.clone());
        let request = ExclusiveRequest::Upgrade { image, guard: Guard::None };
        assert_eq!(busy.operation.clone().map(|operation| operation.request), Some(request));
        assert_eq!((&busy.state, busy.is_urgent()), (&store.state, true));
        let Decision::Refuse(Refusal::Pending(_)) = decided(&busy, &StoreCommand::Retry) else {
            panic!("it is at it")
        };
        let often = Store { retries: Store::MAX_RETRIES, ..store };
        assert_eq!(decided(&often, &StoreCommand::Retry), Decision::Refuse(Refusal::TriedTooOften));
    }

    #[test]
    fn an_exclusive_operation_is_the_stores_and_a_read_only_one_leaves_it_as_it_is() {
        let [_, ready, ..] = one_of_each();
        let reset = operation(ExclusiveRequest::ResetPassword);
        let Decision::Write(StoreChange::Transition(asks), events) = decided(&ready, &reset) else {
            panic!("it is up")
        };
        assert_eq!(events.len(), 1);
        let busy = asks.applied_to(ready);
        let pending = busy.operation.clone().unwrap();
        assert_eq!(decided(&busy, &reset), Decision::Refuse(Refusal::Pending(pending)));
        let logs = operation(ReadOnlyRequest::Logs(LogQuery::of(Component::Mysql)));
        assert!(matches!(decided(&busy, &logs), Decision::Write(StoreChange::ReadOnly(_), _)));
    }

    #[test]
    fn a_version_that_was_not_expected_is_refused_where_something_would_change() {
        let [_, ready, _, deleting, deleted] = one_of_each();
        let [present, other] =
            [ready.present_version(), StoreVersion { version: 2, ..ready.present_version() }];
        let decided = |store: &Store, versions: &[StoreVersion]| {
            let expected = ExpectedVersion::OneOf(versions.to_vec());
            decide(store, &StoreCommand::Delete, &expected, &ada(), Timestamp::now())
        };
        assert!(matches!(decided(&ready, &[other, present]), Decision::Write(..)));
        for versions in [&[][..], &[other], &[StoreVersion { uid: Uuid::nil(), ..present }]] {
            assert_eq!(decided(&ready, versions), Decision::Refuse(Refusal::OtherVersion), "{versions:?}");
        }
        assert_eq!(decided(&deleting, &[]), Decision::NoOp, "what is asked for has happened");
        assert_eq!(decided(&deleted, &[]), Decision::Refuse(Refusal::Gone));
    }
}
