//! Operations on a store: one at a time, whatever happens to its runner, its lease or the store itself.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    operation::{
        End, ExclusiveKind, ExclusiveRequest, Guard, Operation, OperationResult, OperationStatus, Outcome,
        PendingOperation, RestartTarget,
    },
    provisioning::event::EventKind,
    store::{
        Store,
        operations::StoreOperation,
        status::{AnyOf, Status},
        task::Task,
        transition::Transition,
    },
    table::{Audited, ChangeError, Changed, CommitError, Fenced, LeasedStore},
    values::timestamp::Timestamp,
};
use testkit::fixture::{Fixture, actor, change_request};

const LEASE: Duration = Duration::from_secs(30);
const RESTART: ExclusiveRequest =
    ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None };

async fn kept(fixture: &Fixture, store: &Store, order: &PendingOperation) -> Operation {
    let kept = fixture.table.operation(&store.id, store.uid, order.id, Timestamp::now()).await;
    kept.unwrap().unwrap()
}

async fn read(fixture: &Fixture, store: &Store) -> Store {
    fixture.table.store(&store.id).await.unwrap().unwrap()
}

/// The store and the proof that its lease was taken at `now`, with what it is busy with.
async fn take(fixture: &Fixture, store: &Store, now: Timestamp) -> (LeasedStore, StoreOperation) {
    let taken = fixture.table.acquire_lease(store, "runner", now, LEASE).await.unwrap();
    let busy = taken.store.with_operation().unwrap();
    (taken, busy)
}

fn succeeded(at: Timestamp) -> End {
    End { at, outcome: Outcome::Succeeded(OperationResult::Restarted(Vec::new())) }
}

async fn commit(fixture: &Fixture, taken: &LeasedStore, transition: &Transition) -> Result<(), CommitError> {
    fixture.table.commit(&taken.claim, transition, &[], Timestamp::now()).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_makes_the_store_due_and_its_end_brings_it_to_rest() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let (asked, order) = fixture.request_operation(&store, RESTART).await;
    assert_eq!(
        (asked.task(), read(&fixture, &store).await),
        (Some(Task::Operation(ExclusiveKind::Restart)), asked.clone())
    );
    assert_eq!(kept(&fixture, &store, &order).await.status(), OperationStatus::Pending);
    let now = Timestamp::now();
    assert_eq!(fixture.table.overdue(now.plus(LEASE * 3)).await.unwrap(), std::slice::from_ref(&asked));

    let (taken, busy) = take(&fixture, &asked, now).await;
    assert_eq!((busy.operation(), taken.store.attempts), (&order, 1));
    let (busy, begins) = busy.begin(now);
    commit(&fixture, &taken, &begins).await.unwrap();
    let running = kept(&fixture, &store, &order).await;
    assert_eq!((running.status(), running.started), (OperationStatus::Running, Some(now)));

    commit(&fixture, &taken, &busy.end(succeeded(now))).await.unwrap();
    let ended = kept(&fixture, &store, &order).await;
    assert_eq!((ended.status(), ended.end.unwrap().at), (OperationStatus::Succeeded, now));
    let rests = read(&fixture, &store).await;
    assert_eq!((rests.state, rests.due, rests.lease.holder), (store.state.clone(), None, None));
    assert_eq!(rests.version, store.version + 3);
    assert_eq!(fixture.table.overdue(now.plus(LEASE * 3)).await.unwrap(), []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_operations_that_are_asked_for_at_once_one_is_carried_out() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let by = actor("ada");
    let requests = (0..8).map(|_| {
        let order = PendingOperation::requested(RESTART, by.principal.name.clone(), Timestamp::now());
        let (fixture, store, by) = (fixture.clone(), store.clone(), by.clone());
        tokio::spawn(async move {
            (fixture.table.change_store(store, &order.clone().into(), change_request(&by)).await, order)
        })
    });
    let (mut begun, mut refused) = (Vec::new(), Vec::new());
    for request in requests.collect::<Vec<_>>() {
        match request.await.unwrap() {
            (Ok(Changed::Applied(_)), order) => begun.push(order),
            (Err(ChangeError::OperationPending { operation: order, .. }), _) => refused.push(*order),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((begun.len(), refused.len()), (1, 7));
    assert!(
        refused.iter().all(|under_way| *under_way == begun[0]),
        "each answer says which one is under way"
    );
    let page = fixture.table.operation_page(&store.id, store.uid, 100, None, Timestamp::now()).await.unwrap();
    assert_eq!(page.items.len(), 1, "those that were refused left nothing");
    let trail =
        fixture.table.check_audit(&Audited::stores(&store.id), Timestamp::now()).await.unwrap().unwrap();
    assert_eq!((trail.entries, trail.fault), (2, None), "its creation and the one operation");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn only_a_store_that_is_up_takes_an_operation() {
    let fixture = Fixture::new().await;
    let by = actor("ada");
    let order = PendingOperation::requested(RESTART, by.principal.name.clone(), Timestamp::now());
    let provisioning = fixture.store().await;
    let refused = fixture.table.change_store(provisioning, &order.clone().into(), change_request(&by)).await;
    assert!(
        matches!(&refused, Err(ChangeError::WrongStatus { store, .. }) if store.state.status() == Status::Provisioning)
    );
    let deleting = fixture.request_deletion(&fixture.ready_store().await).await;
    let refused = fixture.table.change_store(deleting, &order.clone().into(), change_request(&by)).await;
    assert!(matches!(&refused, Err(ChangeError::WrongStatus { takes: AnyOf([Status::Ready]), .. })));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_ends_the_operation_and_stops_its_runner() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let (asked, order) = fixture.request_operation(&store, RESTART).await;
    let (taken, busy) = take(&fixture, &asked, Timestamp::now()).await;
    let (busy, begins) = busy.begin(Timestamp::now());
    commit(&fixture, &taken, &begins).await.unwrap();

    let deleting = fixture.request_deletion(&store).await;
    assert_eq!(deleting.state.status(), Status::Deleting);
    let cut_off = kept(&fixture, &store, &order).await;
    assert_eq!(cut_off.end.as_ref().unwrap().outcome, Outcome::cut_off());
    let refused = commit(&fixture, &taken, &busy.end(succeeded(Timestamp::now()))).await;
    assert!(matches!(refused, Err(CommitError::Fenced(Fenced::Moved(Status::Deleting)))), "{refused:?}");
    assert_eq!(kept(&fixture, &store, &order).await, cut_off);
    let events = fixture.table.events(&store.id, store.uid).await.unwrap();
    let recorded: Vec<_> = events.iter().map(|event| (event.kind, event.operation)).collect();
    let expected =
        [EventKind::OperationRequested, EventKind::OperationFailed].map(|kind| (kind, Some(order.id)));
    assert_eq!(recorded, expected);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn who_was_at_work_before_writes_nothing_into_the_next_operation() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let (asked, first) = fixture.request_operation(&store, RESTART).await;
    let (taken, busy) = take(&fixture, &asked, Timestamp::now()).await;
    let end = busy.clone().end(succeeded(Timestamp::now()));
    commit(&fixture, &taken, &end).await.unwrap();
    let before = kept(&fixture, &store, &first).await;

    // Its beats, and its end sent once more, come when the next operation has been asked for.
    let (next, second) = fixture.request_operation(&store, RESTART).await;
    let late = Timestamp::now();
    for refused in [
        commit(&fixture, &taken, &end).await,
        commit(&fixture, &taken, &busy.begin(late).1).await,
        fixture.table.extend_lease(&taken.claim, &taken.store, late, LEASE).await,
        fixture.table.release_lease(&taken.claim, late).await,
    ] {
        assert!(matches!(refused, Err(CommitError::Fenced(Fenced::LeaseLost))), "{refused:?}");
    }
    assert_eq!(read(&fixture, &store).await, next);
    assert_eq!(kept(&fixture, &store, &first).await, before);
    assert_eq!(kept(&fixture, &store, &second).await.status(), OperationStatus::Pending);
    assert_eq!(take(&fixture, &next, late).await.1.operation(), &second, "it can be begun at once");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_whose_runner_died_is_taken_up_again_and_keeps_its_start() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let (asked, order) = fixture.request_operation(&store, RESTART).await;
    let first = Timestamp::now();
    let (dead, busy) = take(&fixture, &asked, first).await;
    let (busy, begins) = busy.begin(first);
    commit(&fixture, &dead, &begins).await.unwrap();

    let later = first.plus(LEASE);
    let overdue = fixture.table.overdue(later).await.unwrap();
    assert_eq!(overdue.len(), 1);
    let (taken, again) = take(&fixture, &overdue[0], later).await;
    assert_eq!(taken.store.attempts, 2);
    let (again, begins) = again.begin(later);
    commit(&fixture, &taken, &begins).await.unwrap();
    let refused = commit(&fixture, &dead, &busy.end(succeeded(later))).await;
    assert!(matches!(refused, Err(CommitError::Fenced(Fenced::LeaseLost))), "{refused:?}");
    commit(&fixture, &taken, &again.end(succeeded(later))).await.unwrap();
    assert_eq!(kept(&fixture, &store, &order).await.started, Some(first));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn operations_are_listed_newest_first_page_by_page_and_expire_with_their_store() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let mut asked = Vec::new();
    for _ in 0..3 {
        let (busy_store, order) = fixture.request_operation(&store, RESTART).await;
        let (taken, busy) = take(&fixture, &busy_store, Timestamp::now()).await;
        commit(&fixture, &taken, &busy.end(succeeded(Timestamp::now()))).await.unwrap();
        asked.insert(0, order.id);
    }
    let (table, now) = (&fixture.table, Timestamp::now());
    let first = table.operation_page(&store.id, store.uid, 2, None, now).await.unwrap();
    let second = table.operation_page(&store.id, store.uid, 2, first.next, now).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next), (2, 1, None));
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|found| found.id).collect();
    assert_eq!(listed, asked);

    table.expire_history(&store.id, store.uid, now.plus(LEASE)).await.unwrap();
    let later = now.plus(LEASE);
    let page = table.operation_page(&store.id, store.uid, 2, None, later).await.unwrap();
    assert_eq!(page.items, []);
    assert_eq!(table.operation(&store.id, store.uid, asked[0], later).await.unwrap(), None);
    assert!(table.operation(&store.id, store.uid, asked[0], now).await.unwrap().is_some());
}
