//! An upgrade that is left half done: how a store comes to that, and gets out of it.

use crate::{
    operation::{End, logs::LogExcerpt},
    provisioning::failure::{Cleanup, Failure},
    store::{
        operations::StoreOperation,
        state::{Failed, HalfUpgrade, Ready, State},
        transition::Transition,
    },
};

impl StoreOperation {
    /// The operation, an upgrade, comes to its `end` when the shop's database may have been changed already: the store
    /// fails because of `failure`, with this `log`, and its namespace is kept. Nothing else is left half done, so of any
    /// other operation it is the end as it is.
    #[must_use]
    pub fn left_half_done(self, failure: Failure, log: Option<LogExcerpt>, end: End) -> Transition {
        let Some(image) = self.operation().request.image().cloned() else { return self.end(end) };
        let from = self.state().status();
        let upgrade = match self.state() {
            State::Ready(Ready { url, at, power: _ }) => HalfUpgrade { url: url.clone(), since: *at, image },
            State::Failed(Failed { failure: _, upgrade: Some(before) }) => {
                HalfUpgrade { image, ..before.as_ref().clone() }
            }
            State::Provisioning(_) | State::Failed(_) | State::Deleting(_) | State::Deleted(_) => {
                return self.end(end);
            }
        };
        let failure = Failure { cleanup: Cleanup::Kept, ..failure };
        let failed =
            Transition::of(from, State::Failed(Failed { failure, upgrade: Some(Box::new(upgrade)) }));
        match log {
            Some(log) => failed.with_log(log),
            None => failed,
        }
        .ending(self.operation().clone(), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{
            ExclusiveRequest, Guard, OperationConflict, OperationResult, Outcome, PendingOperation,
            RestartTarget, Upgraded,
        },
        provisioning::{failure::FailureCode, step::Step},
        store::{
            Store,
            admin_email::AdminEmail,
            name::StoreName,
            power::Power,
            release::{Release, image::Image},
            status::Status,
        },
        values::{reason::Reason, timestamp::Timestamp},
    };

    fn at_rest() -> Store {
        let (now, name) = (Timestamp::now(), StoreName::parse("My Test Shop").unwrap());
        let email = AdminEmail::parse("owner@example.com").unwrap();
        let up = Ready { url: "http://shop.example".into(), at: now, power: Power::Running };
        Store { state: State::Ready(up), ..Store::new(name, email, "ada".into(), now, now) }
    }

    fn asked(request: ExclusiveRequest) -> PendingOperation {
        PendingOperation::requested(request, PrincipalName::parse("ada").unwrap(), Timestamp::now())
    }

    /// `store` once `request` was carried out.
    fn carried_out(store: Store, request: ExclusiveRequest, outcome: Outcome) -> Store {
        let store = store.request_operation(asked(request)).unwrap().applied_to(store);
        let ends = store.with_operation().unwrap().end(End { at: Timestamp::now(), outcome });
        ends.applied_to(store)
    }

    fn failure() -> Failure {
        let (code, message) = (FailureCode::UpgradeFailed, "half".into());
        let (step, cleanup, at) = (Step::UpgradeShop, Cleanup::Pending, Timestamp::now());
        Failure { step, code, message, at, cleanup }
    }

    fn image(name: &str) -> Image {
        Image::from_record(name)
    }

    fn upgrade(name: &str) -> PendingOperation {
        asked(ExclusiveRequest::Upgrade { image: image(name), guard: Guard::None })
    }

    fn upgraded(name: &str) -> End {
        let result = OperationResult::Upgraded(Upgraded::to(image(name)));
        End { at: Timestamp::now(), outcome: Outcome::Succeeded(result) }
    }

    /// `store` when an upgrade of it to this image was left half done.
    fn left_half_done(store: Store, name: &str) -> (Store, Transition) {
        let busy = store.request_operation(upgrade(name)).unwrap().applied_to(store);
        let end = End { at: Timestamp::now(), outcome: Outcome::cut_off() };
        let fails = busy.with_operation().unwrap().left_half_done(failure(), None, end);
        (fails.clone().applied_to(busy), fails)
    }

    #[test]
    fn a_shop_is_upgraded_to_another_image_than_its_own() {
        let release = Some(Release::of(image("store:1"), image("mysql:8.4")));
        let store = Store { release, ..at_rest() };
        assert_eq!(store.request_operation(upgrade("store:1")), Err(OperationConflict::UpToDate));
        assert!(at_rest().request_operation(upgrade("store:1")).is_ok(), "what it runs is not known");
        let busy = store.request_operation(upgrade("store:2")).unwrap().applied_to(store.clone());
        assert_eq!((busy.state.power(), busy.wants_way_in()), (Some(Power::Upgrading), false));
        let running = busy.with_operation().unwrap();
        let ends = running.clone().end(upgraded("store:2")).applied_to(busy.clone());
        assert_eq!(ends.state, store.state);
        let taken_back = running.end(End { at: Timestamp::now(), outcome: Outcome::cut_off() });
        assert_eq!(taken_back.applied_to(busy).state, store.state);
    }

    #[test]
    fn a_store_whose_upgrade_was_left_half_done_is_closed_until_one_comes_to_its_end() {
        let store = at_rest();
        let State::Ready(up) = store.state.clone() else { unreachable!() };
        let (half, fails) = left_half_done(store.clone(), "store:2");
        assert_eq!((fails.from(), fails.leaves_work()), (Status::Ready, false));
        let State::Failed(failed) = &half.state else { panic!("{half:?}") };
        assert_eq!(failed.failure.cleanup, Cleanup::Kept, "a merchant's shop is in it");
        let since = HalfUpgrade { url: up.url.clone(), since: up.at, image: image("store:2") };
        assert_eq!(half.state.half_upgrade(), Some(&since));
        assert_eq!((half.task(), half.wants_way_in(), half.state.site()), (None, false, Some(&*up.url)));

        // Another one that ends so, to another image.
        let (again, fails) = left_half_done(half.clone(), "store:3");
        assert_eq!(fails.from(), Status::Failed);
        assert_eq!(again.state.half_upgrade(), Some(&HalfUpgrade { image: image("store:3"), ..since }));
        let busy = half.request_operation(upgrade("store:3")).unwrap().applied_to(half.clone());
        assert_eq!((busy.state.status(), busy.is_urgent()), (Status::Failed, true));
        let ends = busy.with_operation().unwrap().end(upgraded("store:3"));
        assert_eq!(ends.applied_to(busy).state, store.state);
        // A suspension of it ends without opening it.
        let reason = Reason::parse("abuse").unwrap();
        let done = |suspended| Outcome::Succeeded(OperationResult::SuspensionChanged { suspended });
        let suspended = carried_out(half.clone(), ExclusiveRequest::Suspend { reason }, done(true));
        let free = carried_out(suspended, ExclusiveRequest::Unsuspend, done(false));
        assert_eq!((&free.state, free.suspension), (&half.state, None));
    }

    #[test]
    fn nothing_else_is_left_half_done() {
        let restart = asked(ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None });
        let busy = at_rest().request_operation(restart).unwrap().applied_to(at_rest());
        let running = busy.with_operation().unwrap();
        let end = End { at: Timestamp::now(), outcome: Outcome::cut_off() };
        assert_eq!(running.clone().left_half_done(failure(), None, end.clone()), running.end(end));
    }
}
