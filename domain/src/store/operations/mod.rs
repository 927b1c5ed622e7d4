//! A store's exclusive operation: how it is asked for, begins and ends, and is cut off by a deletion.

mod wait;

use super::{
    Store,
    power::{Power, PowerChange},
    state::{Deleting, Failed, HalfUpgrade, Ready, State},
    suspension::{Suspension, SuspensionWrite},
    task::Task,
    transition::Transition,
};
use crate::{
    operation::{End, ExclusiveRequest, OperationConflict, OperationKind, Outcome, PendingOperation},
    values::timestamp::Timestamp,
};

/// A store with the operation in its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOperation {
    state: State,
    operation: PendingOperation,
}

/// What asking for a store's deletion comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletionRequest {
    /// It starts now.
    Starts(Transition),
    /// It was asked for before, and goes on.
    GoesOn,
    /// There is nothing left to delete.
    Gone,
}

impl Store {
    /// What a runner has to do for it, once it is due; `None` when it is at rest.
    #[must_use]
    pub fn task(&self) -> Option<Task> {
        let operation = || Some(Task::Operation(self.operation.as_ref()?.request.kind()));
        self.state.task().or_else(operation)
    }

    /// Whether there is something to be done for it without a pause.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.state.is_urgent() || (self.state.task().is_none() && self.operation.is_some())
    }

    /// `operation` is to be carried out.
    ///
    /// # Errors
    /// What stands in its way. A state that asks for something itself takes no operation: of those, only a failed
    /// store that is still to be cleaned up has a status that operations take. An operation that waits for a quiet moment
    /// gives way to a suspension, and to the same without a guard.
    pub fn request_operation(&self, operation: PendingOperation) -> Result<Transition, OperationConflict> {
        if let Some((freed, replaced)) = self.giving_way_to(&operation) {
            return Ok(freed.request_operation(operation)?.replacing(replaced));
        }
        let kind = OperationKind::from(operation.request.kind());
        match kind.conflict(self) {
            Some(conflict) => Err(conflict),
            None if self.state.task().is_some() => Err(OperationConflict::CleaningUp),
            None if self.is_made_of_what(&operation.request) => Err(OperationConflict::UpToDate),
            None => {
                let to = with_power_of(kind, self.state.clone(), |change| change.meanwhile);
                let suspension = begun_by(&operation).map(SuspensionWrite::Begins);
                Ok(Transition::of(self.state.status(), to).with_suspension(suspension).requesting(operation))
            }
        }
    }

    /// Whether `request` is an upgrade to the very image that it runs. One whose upgrade was left half done runs none.
    fn is_made_of_what(&self, request: &ExclusiveRequest) -> bool {
        let (Some(image), State::Ready(_)) = (request.image(), &self.state) else { return false };
        self.release.as_ref().is_some_and(|release| release.store == *image)
    }

    /// It, with the operation in its record; `None` where it has none.
    #[must_use]
    pub fn with_operation(&self) -> Option<StoreOperation> {
        let operation = self.operation.clone()?;
        Some(StoreOperation { state: self.state.clone(), operation })
    }

    /// Asks for its deletion, which is possible in every state but the last, and cuts off its operation.
    #[must_use]
    pub fn request_deletion(&self, at: Timestamp) -> DeletionRequest {
        match &self.state {
            State::Provisioning(_) | State::Ready(_) | State::Failed(_) => {
                let deleting = Transition::of(self.state.status(), State::Deleting(Deleting { at }));
                DeletionRequest::Starts(match self.operation.clone() {
                    Some(operation) => deleting.ending(operation, End { at, outcome: Outcome::cut_off() }),
                    None => deleting,
                })
            }
            State::Deleting(_) => DeletionRequest::GoesOn,
            State::Deleted(_) => DeletionRequest::Gone,
        }
    }
}

impl StoreOperation {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &PendingOperation {
        &self.operation
    }

    /// The store's state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// A runner begins with the operation, or takes it up again: the store then, and how it comes there.
    #[must_use]
    pub fn begin(self, at: Timestamp) -> (Self, Transition) {
        let Self { state, operation } = self;
        let (from, operation) = (state.status(), operation.begun(at));
        let state = with_power_of(operation.request.kind().into(), state, |change| change.meanwhile);
        let transition = Transition::of(from, state.clone()).beginning(operation.clone());
        (Self { state, operation }, transition)
    }

    /// The operation comes to its end, and with it a change of the store's power or of its suspension.
    #[must_use]
    pub fn end(self, end: End) -> Transition {
        let Self { state, operation } = self;
        let from = state.status();
        let kind = OperationKind::from(operation.request.kind());
        let succeeded = match &end.outcome {
            Outcome::Succeeded(_) => true,
            Outcome::Failed(_) => false,
        };
        let to =
            with_power_of(kind, state, |change| if succeeded { change.succeeded } else { change.failed });
        let row = kind.row();
        let to = if row.takes_half_done && succeeded { up_again(to) } else { to };
        let ends = row.suspension.is_some_and(|change| !change.leaves_suspended(succeeded));
        let suspension = ends.then_some(SuspensionWrite::Ends);
        Transition::of(from, to).with_suspension(suspension).ending(operation, end)
    }
}

/// `state` with the power that an operation of `kind` has brought it to by now, where it changes that.
fn with_power_of(kind: OperationKind, state: State, by_now: impl Fn(PowerChange) -> Power) -> State {
    match kind.row().power {
        Some(change) => state.with_power(by_now(change)),
        None => state,
    }
}

/// A store is up that had failed because an upgrade of it was left half done.
fn up_again(state: State) -> State {
    match state {
        State::Failed(Failed { failure: _, upgrade: Some(upgrade) }) => {
            let HalfUpgrade { url, since, image: _ } = *upgrade;
            State::Ready(Ready { url, at: since, power: Power::Running })
        }
        State::Provisioning(_)
        | State::Ready(_)
        | State::Failed(_)
        | State::Deleting(_)
        | State::Deleted(_) => state,
    }
}

/// The suspension that begins when `operation` is asked for, if one does.
fn begun_by(operation: &PendingOperation) -> Option<Suspension> {
    let ExclusiveRequest::Suspend { reason } = &operation.request else { return None };
    Some(Suspension { since: operation.requested, reason: reason.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{Guard, OperationResult, OperationStatus, RestartTarget},
        provisioning::{
            failure::{Cleanup, Failure, FailureCode},
            step::Step,
        },
        store::{
            admin_email::AdminEmail,
            name::StoreName,
            power::Power,
            state::{Failed, Ready},
            status::Status,
            suspension::Suspension,
        },
        values::reason::Reason,
    };

    fn restart() -> PendingOperation {
        let (request, ada) = (
            ExclusiveRequest::Restart { target: RestartTarget::Mysql, guard: Guard::None },
            PrincipalName::parse("ada").unwrap(),
        );
        PendingOperation::requested(request, ada, Timestamp::now())
    }

    fn store(state: State) -> Store {
        let (now, name) = (Timestamp::now(), StoreName::parse("My Test Shop").unwrap());
        let email = AdminEmail::parse("owner@example.com").unwrap();
        Store { state, ..Store::new(name, email, "ada".into(), now, now) }
    }

    fn at_rest() -> Store {
        store(State::Ready(Ready {
            url: "http://shop.example".into(),
            at: Timestamp::now(),
            power: Power::Running,
        }))
    }

    fn failed(cleanup: Cleanup) -> Store {
        let (code, message) = (FailureCode::DeadlineExceeded, "too late".into());
        let failure = Failure { step: Step::WaitMysql, code, message, at: Timestamp::now(), cleanup };
        store(State::Failed(Failed::of(failure)))
    }

    #[test]
    fn a_store_has_one_operation_at_a_time_and_is_at_rest_again_after_it() {
        let first = restart();
        let asks = at_rest().request_operation(first.clone()).unwrap();
        assert!(asks.begins_anew() && asks.leaves_work());
        let store = asks.applied_to(at_rest());
        assert_eq!(store.task(), Some(Task::Operation(first.request.kind())));
        assert!(store.is_urgent());
        let refused = store.request_operation(restart());
        assert_eq!(
            refused,
            Err(OperationConflict::Pending(Box::new(first.clone()))),
            "it says which one is pending"
        );

        let (running, begins) = store.with_operation().unwrap().begin(Timestamp::now());
        assert_eq!(begins.operation().unwrap().status(), OperationStatus::Running);
        assert_eq!(begins.pending(), Some(running.operation()));
        assert!(begins.leaves_work() && !begins.requests_operation());
        let outcome = Outcome::Succeeded(OperationResult::Restarted(Vec::new()));
        let ends = running.end(End { at: Timestamp::now(), outcome });
        assert_eq!(ends.operation().unwrap().status(), OperationStatus::Succeeded);
        assert_eq!((ends.from(), ends.leaves_work()), (Status::Ready, false));
        let store = ends.applied_to(store);
        assert_eq!((store.task(), store.with_operation()), (None, None));
    }

    /// `store` once `request` was carried out, or failed.
    fn carried_out(store: Store, request: ExclusiveRequest, outcome: Outcome) -> Store {
        let ada = PrincipalName::parse("ada").unwrap();
        let operation = PendingOperation::requested(request, ada, Timestamp::now());
        let store = store.request_operation(operation).unwrap().applied_to(store);
        let ends = store.with_operation().unwrap().end(End { at: Timestamp::now(), outcome });
        ends.applied_to(store)
    }

    #[test]
    fn a_store_is_suspended_from_the_request_of_that_to_the_end_of_its_end() {
        let suspend = || ExclusiveRequest::Suspend { reason: Reason::parse("abuse").unwrap() };
        let done = |suspended| Outcome::Succeeded(OperationResult::SuspensionChanged { suspended });
        for store in [at_rest(), failed(Cleanup::Done), failed(Cleanup::Kept)] {
            let state = store.state.clone();
            let operation = PendingOperation::requested(
                suspend(),
                PrincipalName::parse("ada").unwrap(),
                Timestamp::now(),
            );
            let asks = store.request_operation(operation.clone()).unwrap();
            let asked = asks.applied_to(store.clone());
            let suspension =
                Suspension { since: operation.requested, reason: Reason::parse("abuse").unwrap() };
            assert_eq!((&asked.suspension, asked.wants_way_in()), (&Some(suspension.clone()), false));
            assert!(asked.is_urgent(), "a runner takes its way in");

            assert_eq!(carried_out(store.clone(), suspend(), Outcome::cut_off()).suspension, None);
            let suspended = carried_out(store, suspend(), done(true));
            assert_eq!(suspended.suspension.as_ref().map(|is| &is.reason), Some(&suspension.reason));
            assert_eq!((&suspended.state, suspended.task()), (&state, None));
            let failed = carried_out(suspended.clone(), ExclusiveRequest::Unsuspend, Outcome::cut_off());
            assert_eq!(failed.suspension, suspended.suspension);
            let free = carried_out(suspended, ExclusiveRequest::Unsuspend, done(false));
            assert_eq!((free.suspension, &free.state), (None, &state));
        }
    }

    #[test]
    fn what_else_is_done_to_a_suspended_store_leaves_it_suspended() {
        let suspension =
            Some(Suspension { since: Timestamp::now(), reason: Reason::parse("abuse").unwrap() });
        let store = Store { suspension: suspension.clone(), ..at_rest() };
        let power = |power| Outcome::Succeeded(OperationResult::PowerChanged { power });
        let asleep = carried_out(
            store.clone(),
            ExclusiveRequest::Hibernate { guard: Guard::None },
            power(Power::Hibernated),
        );
        let awake = carried_out(asleep.clone(), ExclusiveRequest::Resume, power(Power::Running));
        assert_eq!((&asleep.suspension, &awake.suspension), (&suspension, &suspension));
        assert_eq!((awake.state.power(), awake.wants_way_in()), (Some(Power::Running), false));
        let State::Failed(broken) = failed(Cleanup::Done).state else { unreachable!() };
        let retried = broken.retry(Timestamp::now()).applied_to(store.clone());
        assert_eq!(retried.suspension, suspension);
        let DeletionRequest::Starts(deletes) = store.request_deletion(Timestamp::now()) else { panic!() };
        assert_eq!(deletes.suspension(), None, "it can be deleted, and goes as it is");
    }

    #[test]
    fn a_store_that_is_still_cleaned_up_is_suspended_after_that() {
        let suspend = ExclusiveRequest::Suspend { reason: Reason::parse("abuse").unwrap() };
        let ada = PrincipalName::parse("ada").unwrap();
        for cleanup in [Cleanup::Pending, Cleanup::Failed { message: "stuck".into() }] {
            let operation = PendingOperation::requested(suspend.clone(), ada.clone(), Timestamp::now());
            let refused = failed(cleanup).request_operation(operation);
            assert_eq!(refused, Err(OperationConflict::CleaningUp));
        }
    }

    #[test]
    fn a_state_that_asks_for_something_itself_comes_first() {
        let operation = Some(restart());
        let cleans_up = Store { operation: operation.clone(), ..failed(Cleanup::Pending) };
        assert_eq!(cleans_up.task(), Some(Task::Teardown));
        let stuck =
            Store { operation: operation.clone(), ..failed(Cleanup::Failed { message: "stuck".into() }) };
        assert_eq!((stuck.task(), stuck.is_urgent()), (Some(Task::Teardown), false));
        let at_rest = Store { operation, ..failed(Cleanup::Done) };
        assert_eq!(at_rest.task(), Some(Task::Operation(restart().request.kind())), "in whatever status");
        assert!(at_rest.is_urgent());
    }

    #[test]
    fn a_deletion_cuts_off_the_operation() {
        let store = at_rest().request_operation(restart()).unwrap().applied_to(at_rest());
        let DeletionRequest::Starts(transition) = store.request_deletion(Timestamp::now()) else { panic!() };
        assert_eq!(transition.operation().unwrap().status(), OperationStatus::Failed);
        assert_eq!(transition.applied_to(store).operation, None);
    }
}
