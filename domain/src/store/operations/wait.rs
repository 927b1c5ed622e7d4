//! An operation that waits for a quiet moment: how it comes to that, and what it gives way to.

use crate::{
    operation::{
        Activity, End, ExclusiveKind, Guard, Operation, OperationFailure, Outcome, PendingOperation, Waiting,
    },
    store::{
        Store,
        operations::{StoreOperation, with_power_of},
        transition::Transition,
    },
    values::timestamp::Timestamp,
};

impl StoreOperation {
    /// Its guard holds it up until `until` at most, as the shop is not quiet at `at`: how it comes there. The shop runs
    /// meanwhile, and is looked after as ever.
    #[must_use]
    pub fn wait(self, at: Timestamp, until: Timestamp, activity: Activity) -> Transition {
        let Self { state, operation } = self;
        let Activity { orders, checkouts } = activity;
        let operation = operation.held_up(Waiting { since: at, until, orders, checkouts });
        let from = state.status();
        let state = with_power_of(operation.request.kind().into(), state, |change| change.failed);
        Transition::of(from, state).beginning(operation)
    }
}

impl Store {
    /// It without its operation, and how that ends, where that waits and gives way to `next`.
    pub(super) fn giving_way_to(&self, next: &PendingOperation) -> Option<(Self, Operation)> {
        let waiting = self.with_operation().filter(|pending| pending.operation.waiting.is_some())?;
        let is_override = next.request.guard() == Some(Guard::None)
            && next.request.kind() == waiting.operation.request.kind();
        if !is_override && next.request.kind() != ExclusiveKind::Suspend {
            return None;
        }
        let outcome = Outcome::Failed(OperationFailure::replaced());
        let ends = waiting.end(End { at: next.requested, outcome });
        let replaced = ends.operation()?;
        Some((ends.applied_to(self.clone()), replaced))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{ExclusiveRequest, OperationStatus, RestartTarget},
        store::{
            admin_email::AdminEmail,
            name::StoreName,
            power::Power,
            state::{Ready, State},
        },
        values::reason::Reason,
    };

    fn asked(request: ExclusiveRequest) -> PendingOperation {
        PendingOperation::requested(request, PrincipalName::parse("ada").unwrap(), Timestamp::now())
    }

    fn hibernate(guard: Guard) -> PendingOperation {
        asked(ExclusiveRequest::Hibernate { guard })
    }

    /// A store that was asked for `operation`.
    fn store(operation: PendingOperation) -> Store {
        let (now, name) = (Timestamp::now(), StoreName::parse("My Test Shop").unwrap());
        let email = AdminEmail::parse("owner@example.com").unwrap();
        let state = State::Ready(Ready { url: "http://shop.example".into(), at: now, power: Power::Running });
        let at_rest = Store { state, ..Store::new(name, email, "ada".into(), now, now) };
        at_rest.request_operation(operation).unwrap().applied_to(at_rest)
    }

    #[test]
    fn an_operation_waits_before_it_begins_and_not_after() {
        let (now, busy) = (Timestamp::now(), Activity { orders: 2, checkouts: 1 });
        let store = store(hibernate(Guard::Orders));
        let waits = store.with_operation().unwrap().wait(now, now, busy);
        assert!(waits.leaves_work() && !waits.requests_operation());
        let store = waits.applied_to(store);
        let waiting = store.operation.as_ref().unwrap();
        assert_eq!(waiting.waiting.map(|waiting| waiting.activity()), Some(busy));
        assert_eq!(waiting.started, None, "nothing is changed yet");
        assert_eq!(store.state.power(), Some(Power::Running), "and customers buy");
        let (running, begins) = store.with_operation().unwrap().begin(now);
        assert_eq!((running.operation().waiting, running.operation().started), (None, Some(now)));
        assert_eq!(begins.pending(), Some(running.operation()));
        assert_eq!(begins.applied_to(store.clone()).state.power(), Some(Power::Hibernating));
        assert_eq!(running.state().power(), Some(Power::Hibernating));
        let cut_off = store.with_operation().unwrap().end(End { at: now, outcome: Outcome::cut_off() });
        assert_eq!(cut_off.operation().unwrap().waiting, None);
    }

    #[test]
    fn what_waits_gives_way_to_the_same_without_a_guard_and_to_a_suspension_and_to_nothing_else() {
        let now = Timestamp::now();
        let first = hibernate(Guard::Orders);
        let store = store(first.clone());
        let refused = store.request_operation(hibernate(Guard::None));
        assert!(refused.is_err(), "a runner may be about to begin");
        let waits = store.with_operation().unwrap().wait(now, now, Activity { orders: 1, checkouts: 0 });
        let waits = waits.applied_to(store);

        let suspend = asked(ExclusiveRequest::Suspend { reason: Reason::parse("abuse").unwrap() });
        for next in [hibernate(Guard::None), suspend] {
            let asks = waits.request_operation(next.clone()).unwrap();
            let replaced = asks.replaced().unwrap();
            assert_eq!((replaced.id, replaced.status()), (first.id, OperationStatus::Failed));
            let store = asks.applied_to(waits.clone());
            assert_eq!(store.operation.as_ref(), Some(&next));
            let power = if next.request.kind() == ExclusiveKind::Suspend {
                Power::Running
            } else {
                Power::Hibernating
            };
            assert_eq!(store.state.power(), Some(power));
        }
        let restart = ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None };
        for next in [hibernate(Guard::Orders), asked(restart), asked(ExclusiveRequest::ResetPassword)] {
            assert!(waits.request_operation(next).is_err());
        }
        let (_, begins) = waits.with_operation().unwrap().begin(now);
        let begun = begins.applied_to(waits);
        assert!(begun.request_operation(hibernate(Guard::None)).is_err(), "it is being changed");
    }
}
