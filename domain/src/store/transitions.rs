//! The ways from one state to another, each a method of the state that it leaves.

use super::{
    power::Power,
    state::{Deleted, Deleting, Failed, Provisioning, Ready, State},
    status::Status,
    transition::Transition,
};
use crate::{
    operation::logs::LogExcerpt,
    provisioning::{
        failure::{Cleanup, Failure},
        step::Step,
    },
    values::timestamp::Timestamp,
};

impl Provisioning {
    /// The state of a new store.
    #[must_use]
    pub fn new() -> Self {
        Self { step: None }
    }

    /// `step` begins.
    #[must_use]
    pub fn begin(self, step: Step) -> Transition {
        self.to(State::Provisioning(Self { step: Some(step) }))
    }

    /// All steps are done, and the shop answers at `url`.
    #[must_use]
    pub fn ready(self, url: String, at: Timestamp) -> Transition {
        self.to(State::Ready(Ready { url, at, power: Power::Running }))
    }

    /// A step failed for good.
    #[must_use]
    pub fn fail(self, failure: Failure) -> Transition {
        self.to(State::Failed(Failed::of(failure)))
    }

    /// The same, with the end of the log of the component that failed.
    #[must_use]
    pub fn fail_with_log(self, failure: Failure, log: LogExcerpt) -> Transition {
        self.fail(failure).with_log(log)
    }

    fn to(self, to: State) -> Transition {
        Transition::of(Status::Provisioning, to)
    }
}

impl Default for Provisioning {
    fn default() -> Self {
        Self::new()
    }
}

impl Failed {
    /// The namespace is gone.
    #[must_use]
    pub fn cleaned_up(self) -> Transition {
        self.with(Cleanup::Done)
    }

    /// The namespace can't be deleted, as `message` says: somebody must look at it again at `again`.
    #[must_use]
    pub fn clean_up_failed(self, message: String, again: Timestamp) -> Transition {
        self.with(Cleanup::Failed { message }).with_check(again)
    }

    /// Something has come to be since the clean-up, or what stood in its way is gone: it is done once more.
    #[must_use]
    pub fn clean_up_again(self) -> Transition {
        self.with(Cleanup::Pending)
    }

    /// What stood in the way of the namespace's end is gone: what was asked for is brought to its end.
    #[must_use]
    pub fn unblocked(self, at: Timestamp) -> Transition {
        match self.failure.step.position() {
            Some(_) => self.clean_up_again(),
            None => Transition::of(Status::Failed, State::Deleting(Deleting { at })),
        }
    }

    fn with(mut self, cleanup: Cleanup) -> Transition {
        self.failure.cleanup = cleanup;
        Transition::of(Status::Failed, State::Failed(self))
    }

    /// What failed is tried again: the deletion where it was that which failed, else the provisioning,
    /// from the top.
    #[must_use]
    pub fn retry(self, at: Timestamp) -> Transition {
        match self.failure.step.position() {
            Some(_) => {
                let from_nothing = State::Provisioning(Provisioning::new());
                Transition::of(Status::Failed, from_nothing).forgetting_release()
            }
            None => Transition::of(Status::Failed, State::Deleting(Deleting { at })),
        }
    }
}

impl Deleting {
    /// The namespace is gone, and with it the store.
    #[must_use]
    pub fn gone(self, at: Timestamp) -> Transition {
        Transition::of(Status::Deleting, State::Deleted(Deleted { at }))
    }

    /// The namespace can't be deleted, as `message` says: somebody must look at it again at `again`.
    #[must_use]
    pub fn fail(self, failure: Failure, message: String, again: Timestamp) -> Transition {
        let failure = Failure { cleanup: Cleanup::Failed { message }, ..failure };
        let to = State::Failed(Failed::of(failure));
        Transition::of(Status::Deleting, to).with_check(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provisioning::failure::FailureCode,
        store::{
            Store,
            admin_email::AdminEmail,
            name::StoreName,
            release::{Release, image::Image},
            task::Task,
        },
    };

    fn failed(cleanup: Cleanup) -> State {
        let at = Timestamp::now();
        let failure = Failure {
            step: Step::WaitMysql,
            code: FailureCode::DeadlineExceeded,
            message: "MySQL was not ready in time".into(),
            at,
            cleanup,
        };
        State::Failed(Failed::of(failure))
    }

    fn one_of_each() -> [State; 5] {
        let at = Timestamp::now();
        [
            State::Provisioning(Provisioning::new()),
            State::Ready(Ready { url: "http://shop.example".into(), at, power: Power::Running }),
            failed(Cleanup::Done),
            State::Deleting(Deleting { at }),
            State::Deleted(Deleted { at }),
        ]
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
    fn what_was_never_up_begins_from_nothing_and_what_is_being_made_keeps_what_it_is_made_of() {
        let now = Timestamp::now();
        let (name, email) = (StoreName::parse("My Test Shop"), AdminEmail::parse("owner@example.com"));
        let new = Store::new(name.unwrap(), email.unwrap(), "ada".into(), now, now);
        let [shop, database] = ["r.example/store:1", "mysql:8.4"].map(Image::from_record);
        let release = Some(Release::of(shop, database));
        let begins = Provisioning::new().begin(Step::CreateNamespace).recording(release.clone());
        let making = begins.applied_to(new);
        assert_eq!(making.release, release);
        let making = Provisioning::new().begin(Step::CreateQuota).recording(None).applied_to(making);
        assert_eq!(making.release, release);
        let State::Failed(broken) = failed(Cleanup::Done) else { unreachable!() };
        assert_eq!(broken.clone().retry(now).applied_to(making.clone()).release, None);
        let undeletable = Failure { step: Step::DeleteNamespace, ..broken.failure };
        let deleting = Failed::of(undeletable).retry(now).applied_to(making);
        assert_eq!(deleting.release, release);
    }

    #[test]
    fn a_failure_is_reported_with_the_log_of_what_failed_once() {
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
        let State::Failed(Failed { failure, upgrade: _ }) = failed(Cleanup::Done) else { unreachable!() };
        let at = failure.at;
        let transition = Deleting { at }.fail(failure.clone(), "stuck".into(), at);
        let kept = Failure { cleanup: Cleanup::Failed { message: "stuck".into() }, ..failure };
        assert_eq!(
            (transition.from(), transition.to(), transition.check_again()),
            (Status::Deleting, &State::Failed(Failed::of(kept)), Some(at))
        );
    }
}
