//! The states of a store, and the only ways from one to another.
//!
//! ```text
//! Provisioning ──> Ready | Failed
//! Provisioning | Ready | Failed ──> Deleting ──> Deleted | Failed
//! Failed ──> Provisioning | Deleting, when it is to be tried again
//! Ready ──> Ready, as an operation on it is asked for, begins and ends
//! ```
//!
//! A [`Transition`] can't be made but by the methods here, each of which consumes the state it
//! leaves; the table takes nothing else. So an illegal transition can't be written, and one that
//! was legal when it was made is still refused by the table if the store has moved on since.

mod transitions;

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    operation::{End, Operation, OperationStatus, Outcome, PendingOperation, logs::LogExcerpt},
    provisioning::{
        failure::{Cleanup, Failure},
        step::Step,
    },
    store::task::Task,
    values::timestamp::Timestamp,
};

/// The name of a state.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Status {
    /// Being made.
    Provisioning,
    /// Up, with an address.
    Ready,
    /// Could not be made, or could not be deleted.
    Failed,
    /// Being taken away.
    Deleting,
    /// Gone; only the record is left, until it expires or its name is used again.
    Deleted,
}

/// The statuses of which a store must have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyOf(pub &'static [Status]);

/// As a sentence has them: `Provisioning, Ready or Failed`.
impl fmt::Display for AnyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(statuses) = self;
        for (place, status) in statuses.iter().enumerate() {
            let before = match place {
                0 => "",
                _ if place + 1 == statuses.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}{status}")?;
        }
        Ok(())
    }
}

/// A store that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// The step that runs, or ran last; `None` before the first.
    pub step: Option<Step>,
}

/// A store that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where the shop answers.
    pub url: String,
    /// Since when.
    pub at: Timestamp,
    /// What it is busy with; `None` when it is at rest.
    pub operation: Option<PendingOperation>,
}

/// A store that is up, and busy with an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    ready: Ready,
    order: PendingOperation,
}

/// A store that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Why, and what became of its namespace.
    pub failure: Failure,
}

/// A store that is being taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleting {
    /// Since when.
    pub at: Timestamp,
}

/// A store that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Since when.
    pub at: Timestamp,
}

impl Deleted {
    /// How long the record of a store that is gone is kept: 30 days.
    const RECORD_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

    /// When the record ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.at.plus(Self::RECORD_LIFE)
    }
}

/// The state of a store, with what is known only in that state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named after its type")]
pub enum State {
    Provisioning(Provisioning),
    Ready(Ready),
    Failed(Failed),
    Deleting(Deleting),
    Deleted(Deleted),
}

/// A legal change from one state to another, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    from: Status,
    to: State,
    operation: Option<Box<Operation>>,
    log: Option<Box<LogExcerpt>>,
    check_again: Option<Timestamp>,
}

impl Transition {
    fn of(from: Status, to: State) -> Self {
        Self { from, to, operation: None, log: None, check_again: None }
    }

    /// The state that the store must still be in when this is written.
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
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_deref()
    }

    /// The failure that it brings, with what is left of the log of the component that failed.
    #[must_use]
    pub fn failure_log(&self) -> Option<(&Failure, &LogExcerpt)> {
        match &self.to {
            State::Failed(failed) => Some((&failed.failure, self.log.as_deref()?)),
            State::Provisioning(_) | State::Ready(_) | State::Deleting(_) | State::Deleted(_) => None,
        }
    }

    /// When somebody must look again at a store that it leaves with a namespace which could not be deleted.
    #[must_use]
    pub fn check_again(&self) -> Option<Timestamp> {
        self.check_again
    }

    /// Whether it gives the store something to do that it did not have before: the count of attempts
    /// begins anew then.
    #[must_use]
    pub fn begins_anew(&self) -> bool {
        self.from != self.to.status() || self.asks_for_an_operation()
    }

    /// Whether an operation is asked for by it.
    #[must_use]
    pub fn asks_for_an_operation(&self) -> bool {
        self.operation().is_some_and(|operation| operation.status() == OperationStatus::Pending)
    }

    /// The same, once it was written.
    #[must_use]
    pub fn into_state(self) -> State {
        self.to
    }
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

impl State {
    /// The name of this state.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Provisioning(_) => Status::Provisioning,
            Self::Ready(_) => Status::Ready,
            Self::Failed(_) => Status::Failed,
            Self::Deleting(_) => Status::Deleting,
            Self::Deleted(_) => Status::Deleted,
        }
    }

    /// What the store is busy with beside its status.
    #[must_use]
    pub fn operation(&self) -> Option<&PendingOperation> {
        match self {
            Self::Ready(ready) => ready.operation.as_ref(),
            Self::Provisioning(_) | Self::Failed(_) | Self::Deleting(_) | Self::Deleted(_) => None,
        }
    }

    /// Asks for the store's deletion, which is possible in every state but the last, and cuts off what
    /// the store is busy with.
    #[must_use]
    pub fn request_deletion(self, at: Timestamp) -> DeletionRequest {
        match self {
            Self::Provisioning(_) | Self::Ready(_) | Self::Failed(_) => DeletionRequest::Starts(Transition {
                from: self.status(),
                operation: self
                    .operation()
                    .map(|order| Box::new(order.clone().ended(End { at, outcome: Outcome::cut_off() }))),
                to: Self::Deleting(Deleting { at }),
                log: None,
                check_again: None,
            }),
            Self::Deleting(_) => DeletionRequest::GoesOn,
            Self::Deleted(_) => DeletionRequest::Gone,
        }
    }

    /// What a runner has to do for a store in this state, once it is due; `None` when it is at rest.
    #[must_use]
    pub fn task(&self) -> Option<Task> {
        match self {
            Self::Provisioning(_) => Some(Task::Provision),
            Self::Deleting(_) => Some(Task::Teardown),
            Self::Failed(Failed { failure }) => match failure.cleanup {
                Cleanup::Pending | Cleanup::Failed { .. } => Some(Task::Teardown),
                Cleanup::Done | Cleanup::Kept => None,
            },
            Self::Ready(ready) => ready.operation.as_ref().map(|order| order.work.task()),
            Self::Deleted(_) => None,
        }
    }

    /// Whether there is something to be done for a store in this state without a pause. A namespace that
    /// could not be deleted is only looked at, now and then.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Failed(Failed { failure }) => match failure.cleanup {
                Cleanup::Pending => true,
                Cleanup::Failed { .. } | Cleanup::Done | Cleanup::Kept => false,
            },
            Self::Provisioning(_) | Self::Ready(_) | Self::Deleting(_) | Self::Deleted(_) => {
                self.task().is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{OperationResult, RestartTarget, Work},
        provisioning::failure::FailureCode,
    };

    fn order() -> PendingOperation {
        let ada = PrincipalName::parse("ada").unwrap();
        PendingOperation::requested(Work::Restart { target: RestartTarget::Mysql }, ada, Timestamp::now())
    }

    fn at_rest() -> Ready {
        Ready { url: "http://shop.example".into(), at: Timestamp::now(), operation: None }
    }

    fn failed(cleanup: Cleanup) -> State {
        let at = Timestamp::now();
        let failure = Failure {
            step: Step::WaitMysql,
            code: FailureCode::DeadlineExceeded,
            message: "MySQL was not ready in time".into(),
            at,
            cleanup,
        };
        State::Failed(Failed { failure })
    }

    fn one_of_each() -> [State; 5] {
        let at = Timestamp::now();
        [
            State::Provisioning(Provisioning::new()),
            State::Ready(at_rest()),
            failed(Cleanup::Done),
            State::Deleting(Deleting { at }),
            State::Deleted(Deleted { at }),
        ]
    }

    #[test]
    fn a_deletion_starts_once_and_from_every_state_that_has_something_to_delete() {
        let requests = one_of_each().map(|state| match state.request_deletion(Timestamp::now()) {
            DeletionRequest::Starts(transition) => format!("starts from {}", transition.from()),
            DeletionRequest::GoesOn => "goes on".into(),
            DeletionRequest::Gone => "gone".into(),
        });
        assert_eq!(
            requests,
            ["starts from Provisioning", "starts from Ready", "starts from Failed", "goes on", "gone",]
        );
    }

    #[test]
    fn statuses_are_named_as_a_sentence_has_them() {
        let named = |statuses| AnyOf(statuses).to_string();
        assert_eq!(named(&[Status::Ready]), "Ready");
        assert_eq!(named(&[Status::Ready, Status::Failed]), "Ready or Failed");
        assert_eq!(
            named(&[Status::Provisioning, Status::Ready, Status::Failed]),
            "Provisioning, Ready or Failed"
        );
    }

    #[test]
    fn only_a_store_that_is_not_at_rest_has_a_task() {
        let tasks = one_of_each().map(|state| state.task());
        assert_eq!(tasks, [Some(Task::Provision), None, None, Some(Task::Teardown), None]);
        assert_eq!(failed(Cleanup::Pending).task(), Some(Task::Teardown));
        assert_eq!(failed(Cleanup::Kept).task(), None);
    }

    #[test]
    fn a_namespace_that_could_not_be_deleted_is_looked_at_and_not_waited_for() {
        let stuck = failed(Cleanup::Failed { message: "stuck".into() });
        assert_eq!((stuck.task(), stuck.is_urgent()), (Some(Task::Teardown), false));
        assert!(failed(Cleanup::Pending).is_urgent() && !failed(Cleanup::Done).is_urgent());
        let State::Failed(stuck) = stuck else { unreachable!() };
        let again = Timestamp::now();
        assert_eq!(stuck.clone().clean_up_failed("stuck".into(), again).check_again(), Some(again));
        assert_eq!(stuck.clone().cleaned_up().check_again(), None, "there is nothing left to look at");

        let unblocked = |step| {
            let mut stuck = stuck.clone();
            stuck.failure.step = step;
            stuck.unblocked(again).into_state()
        };
        let State::Failed(cleans_up) = unblocked(Step::WaitMysql) else { panic!("it is made once more") };
        assert_eq!(cleans_up.failure.cleanup, Cleanup::Pending);
        assert_eq!(unblocked(Step::DeleteNamespace), State::Deleting(Deleting { at: again }));
    }

    #[test]
    fn a_store_is_busy_with_one_operation_at_a_time_and_at_rest_again_after_it() {
        let first = order();
        let State::Ready(ready) = at_rest().request(first.clone()).unwrap().into_state() else { panic!() };
        assert_eq!(State::Ready(ready.clone()).task(), Some(Task::Restart));
        assert_eq!(ready.clone().request(order()), Err(first.clone()), "it says which one is under way");

        let (busy, begins) = ready.busy().unwrap().begin(Timestamp::now());
        assert_eq!(begins.operation().unwrap().status(), OperationStatus::Running);
        assert_eq!(begins.to().operation(), Some(busy.order()));
        let outcome = Outcome::Succeeded(OperationResult::Restarted(Vec::new()));
        let ends = busy.end(End { at: Timestamp::now(), outcome });
        assert_eq!(ends.operation().unwrap().status(), OperationStatus::Succeeded);
        assert_eq!((ends.from(), ends.to().task()), (Status::Ready, None));
        assert!(at_rest().busy().is_none());
    }

    #[test]
    fn a_deletion_cuts_off_what_the_store_is_busy_with() {
        let busy = at_rest().request(order()).unwrap().into_state();
        let DeletionRequest::Starts(transition) = busy.request_deletion(Timestamp::now()) else { panic!() };
        assert_eq!(transition.operation().unwrap().status(), OperationStatus::Failed);
        assert_eq!(transition.to().operation(), None);
    }

    #[test]
    fn what_failed_is_what_is_tried_again() {
        let again = |step| {
            let State::Failed(mut failed) = failed(Cleanup::Done) else { unreachable!() };
            failed.failure.step = step;
            let transition = failed.retry(Timestamp::now());
            (transition.from(), transition.to().task())
        };
        for step in Step::PROVISIONING {
            assert_eq!(again(step), (Status::Failed, Some(Task::Provision)), "{step}");
        }
        assert_eq!(again(Step::DeleteNamespace), (Status::Failed, Some(Task::Teardown)));
    }

    #[test]
    fn a_failure_is_told_with_the_log_of_what_failed_once() {
        let State::Failed(failed) = failed(Cleanup::Pending) else { unreachable!() };
        let log = LogExcerpt {
            pod: "mysql-1".into(),
            container: "mysql".into(),
            lines: Vec::new(),
            truncated: false,
        };
        let fails = Provisioning::new().fail_with_log(failed.failure.clone(), log.clone());
        assert_eq!(fails.failure_log(), Some((&failed.failure, &log)));
        assert_eq!(fails.to(), Provisioning::new().fail(failed.failure.clone()).to());
        assert_eq!(failed.cleaned_up().failure_log(), None, "it is kept already");
    }

    #[test]
    fn a_failed_deletion_keeps_its_reason() {
        let State::Failed(Failed { failure }) = failed(Cleanup::Done) else { unreachable!() };
        let at = failure.at;
        let transition = Deleting { at }.fail(failure.clone(), "stuck".into(), at);
        let kept = Failure { cleanup: Cleanup::Failed { message: "stuck".into() }, ..failure };
        assert_eq!(
            (transition.from(), transition.to(), transition.check_again()),
            (Status::Deleting, &State::Failed(Failed { failure: kept }), Some(at))
        );
    }
}
