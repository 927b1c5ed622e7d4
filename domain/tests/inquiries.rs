//! Inquiries about a store: any number at a time, each held by one runner, and their answers kept for a short
//! time.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    operation::{
        Answer, ExclusiveRequest, Guard, Operation, OperationFailure, OperationKey, OperationResult,
        OperationStatus, Outcome, PendingOperation, ReadOnlyKind, ReadOnlyRequest, RestartTarget,
        credentials::{Credentials, PrivateKey},
    },
    provisioning::{event::EventKind, failure::FailureCode},
    queue::{job::Job, sweep::sweep},
    store::{
        Store,
        status::{AnyOf, Status},
    },
    table::{Audited, ChangeError, ClaimedOperation, CommitError, Fenced, LeaseError},
    values::timestamp::Timestamp,
};
use testkit::fixture::{Fixture, actor, change_request};

const TIME: Duration = Duration::from_secs(30);
/// How long the answer is kept.
const KEPT: Duration = Duration::from_secs(600);

fn reveal() -> ReadOnlyRequest {
    ReadOnlyRequest::RevealCredentials { public_key: PrivateKey::generate().unwrap().public_key() }
}

fn answer(key: &OperationKey) -> Answer {
    let credentials = Credentials { user: "admin".into(), password: "secret".into(), next_password: None };
    let recipient = PrivateKey::generate().unwrap().public_key();
    Answer::Credentials(credentials.seal(recipient, key).unwrap())
}

fn failure() -> OperationFailure {
    OperationFailure { code: FailureCode::ObjectDeleted, message: "The Secret is gone.".into() }
}

async fn take(fixture: &Fixture, key: &OperationKey, now: Timestamp) -> Result<ClaimedOperation, LeaseError> {
    fixture.table.claim_operation(key, "runner", now, TIME).await
}

async fn kept(fixture: &Fixture, key: &OperationKey) -> Operation {
    let OperationKey { store, uid, operation } = key;
    fixture.table.operation(store, *uid, *operation, Timestamp::now()).await.unwrap().unwrap()
}

async fn read(fixture: &Fixture, store: &Store) -> Store {
    fixture.table.store(&store.id).await.unwrap().unwrap()
}

/// The job on the queue, of which there is one.
async fn sent(fixture: &Fixture) -> Job {
    let mut received = fixture.queue.receive(10, Duration::ZERO, TIME).await.unwrap();
    let delivery = received.pop().unwrap();
    assert!(received.is_empty(), "there is one");
    let job = delivery.job().unwrap();
    delivery.acknowledge().await.unwrap();
    job
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_inquiry_is_asked_for_taken_up_and_answered_and_the_store_stays_as_it_is() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let key = fixture.request_read_only(&store, reveal()).await;
    assert_eq!(kept(&fixture, &key).await.status(), OperationStatus::Pending);
    let asked = read(&fixture, &store).await;
    assert_eq!(
        (&asked.state, asked.version, asked.due, &asked.lease),
        (&store.state, store.version, None, &store.lease)
    );
    let now = Timestamp::now();
    let taken = take(&fixture, &key, now).await.unwrap();
    assert_eq!((taken.operation.id, taken.operation.started, taken.attempts), (key.operation, Some(now), 1));
    assert_eq!(kept(&fixture, &key).await.status(), OperationStatus::Running);

    let recorded = answer(&key);
    let ended =
        fixture.table.end_operation(&taken.claim, taken.operation, Ok(recorded.clone()), now).await.unwrap();
    assert_eq!(kept(&fixture, &key).await, ended);
    let Outcome::Succeeded(result) = ended.end.unwrap().outcome else { panic!("it was answered") };
    assert_eq!(result, OperationResult::Answered { until: now.plus(KEPT) });
    assert_eq!(fixture.table.answer(&key, now).await.unwrap(), Some(recorded));
    assert!(matches!(take(&fixture, &key, now.plus(TIME)).await, Err(LeaseError::Changed)));

    let events = fixture.table.events(&store.id, store.uid).await.unwrap();
    let recorded: Vec<_> = events.iter().map(|event| (event.kind, event.operation)).collect();
    let expected = [EventKind::OperationRequested, EventKind::OperationSucceeded]
        .map(|kind| (kind, Some(key.operation)));
    assert_eq!(recorded, expected);
    let trail = fixture.table.check_audit(&Audited::stores(&store.id), now).await.unwrap().unwrap();
    assert_eq!((trail.entries, trail.fault), (2, None), "its creation and the inquiry");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_answer_is_there_for_its_time_and_then_removed_by_the_sweep() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let key = fixture.request_read_only(&store, reveal()).await;
    let now = Timestamp::now();
    let taken = take(&fixture, &key, now).await.unwrap();
    fixture.table.end_operation(&taken.claim, taken.operation, Ok(answer(&key)), now).await.unwrap();

    let (just_before, after) = (now.plus(KEPT - Duration::from_secs(1)), now.plus(KEPT));
    assert_eq!(sweep(&fixture.table, &fixture.queue, just_before).await.unwrap(), 0);
    assert!(fixture.table.answer(&key, just_before).await.unwrap().is_some());
    assert_eq!(fixture.table.answer(&key, after).await.unwrap(), None, "before it is removed too");

    for _ in 0..2 {
        // The second one finds nothing left to do.
        assert_eq!(sweep(&fixture.table, &fixture.queue, after).await.unwrap(), 0);
        assert_eq!(fixture.table.answer(&key, now).await.unwrap(), None, "it is no longer in the table");
        assert_eq!(fixture.table.overdue_operations(after.plus(KEPT)).await.unwrap(), []);
    }
    assert_eq!(
        kept(&fixture, &key).await.status(),
        OperationStatus::Succeeded,
        "that it was answered is kept"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_no_runner_has_taken_up_or_ended_is_sent_again() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let key = fixture.request_read_only(&store, reveal()).await;
    let now = Timestamp::now();
    assert_eq!(sweep(&fixture.table, &fixture.queue, now).await.unwrap(), 0, "its job is on its way");
    let later = now.plus(TIME * 3);
    assert_eq!(sweep(&fixture.table, &fixture.queue, later).await.unwrap(), 1);
    assert_eq!(sweep(&fixture.table, &fixture.queue, later).await.unwrap(), 0, "once is enough");
    let job = sent(&fixture).await;
    assert_eq!(job, Job::ReadOnly { operation: key.clone(), kind: ReadOnlyKind::RevealCredentials });

    let first = later.plus(TIME);
    let dead = take(&fixture, &key, first).await.unwrap();
    let held = take(&fixture, &key, first).await;
    assert!(matches!(held, Err(LeaseError::Held { until, .. }) if until == first.plus(TIME)), "{held:?}");
    let second = first.plus(TIME);
    assert_eq!(sweep(&fixture.table, &fixture.queue, second).await.unwrap(), 1);
    let taken = take(&fixture, &key, second).await.unwrap();
    assert_eq!((taken.attempts, taken.operation.started), (2, Some(first)), "it has begun once");

    // The first one was only frozen.
    let late = fixture.table.end_operation(&dead.claim, dead.operation, Err(failure()), second).await;
    assert!(matches!(late, Err(CommitError::Fenced(Fenced::LeaseLost))), "{late:?}");
    let late = fixture.table.release_operation(&dead.claim, second).await;
    assert!(matches!(late, Err(CommitError::Fenced(Fenced::LeaseLost))), "{late:?}");
    let ended =
        fixture.table.end_operation(&taken.claim, taken.operation, Err(failure()), second).await.unwrap();
    assert_eq!((ended.status(), kept(&fixture, &key).await), (OperationStatus::Failed, ended));
    assert_eq!(fixture.table.overdue_operations(second.plus(KEPT)).await.unwrap(), [], "it is at rest");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_given_back_can_be_taken_up_at_once() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let key = fixture.request_read_only(&store, reveal()).await;
    let now = Timestamp::now();
    let taken = take(&fixture, &key, now).await.unwrap();
    fixture.table.release_operation(&taken.claim, now).await.unwrap();
    assert_eq!(sweep(&fixture.table, &fixture.queue, now).await.unwrap(), 1);
    assert_eq!(take(&fixture, &key, now).await.unwrap().attempts, 2);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn any_number_are_under_way_beside_an_operation_and_each_is_taken_once() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let (busy, _) = fixture
        .request_operation(
            &store,
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
        )
        .await;
    let keys = [
        fixture.request_read_only(&store, reveal()).await,
        fixture.request_read_only(&store, reveal()).await,
    ];
    let now_it_is = read(&fixture, &store).await;
    assert_eq!(
        (now_it_is.state, now_it_is.operation),
        (busy.state, busy.operation),
        "it goes on with what it is busy with"
    );
    let now = Timestamp::now();
    for key in &keys {
        let takes = (0..6).map(|_| {
            let (fixture, key) = (fixture.clone(), key.clone());
            tokio::spawn(async move { take(&fixture, &key, now).await.is_ok() })
        });
        let mut taken = 0;
        for take in takes.collect::<Vec<_>>() {
            taken += u32::from(take.await.unwrap());
        }
        assert_eq!(taken, 1);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn credentials_are_not_told_while_they_change_or_the_store_is_not_up() {
    let fixture = Fixture::new().await;
    let by = actor("ada");
    let order = PendingOperation::requested(reveal(), by.principal.name.clone(), Timestamp::now());
    let provisioning = fixture.store().await;
    let refused = fixture.table.change_store(provisioning, &order.clone().into(), change_request(&by)).await;
    assert!(
        matches!(&refused, Err(ChangeError::WrongStatus { takes: AnyOf([Status::Ready]), .. })),
        "{refused:?}"
    );
    let (resetting, reset) =
        fixture.request_operation(&fixture.ready_store().await, ExclusiveRequest::ResetPassword).await;
    let refused =
        fixture.table.change_store(resetting.clone(), &order.clone().into(), change_request(&by)).await;
    assert!(
        matches!(&refused, Err(ChangeError::OperationPending { operation: order, .. }) if **order == reset),
        "{refused:?}"
    );
    fixture.delete(&resetting).await;
    let gone = read(&fixture, &resetting).await;
    let refused = fixture.table.change_store(gone, &order.clone().into(), change_request(&by)).await;
    assert!(matches!(&refused, Err(ChangeError::NotFound(_))), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_a_store_that_is_deleted_in_the_middle_nothing_is_reported() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let key = fixture.request_read_only(&store, reveal()).await;
    let now = Timestamp::now();
    let taken = take(&fixture, &key, now).await.unwrap();
    let before = fixture.table.events(&store.id, store.uid).await.unwrap().len();
    fixture.request_deletion(&store).await;
    let ended =
        fixture.table.end_operation(&taken.claim, taken.operation, Ok(answer(&key)), now).await.unwrap();
    assert_eq!(
        (&ended.end.as_ref().unwrap().outcome, kept(&fixture, &key).await),
        (&Outcome::cut_off(), ended.clone())
    );
    assert_eq!(fixture.table.answer(&key, now).await.unwrap(), None);
    let after = fixture.table.events(&store.id, store.uid).await.unwrap().len();
    assert_eq!(after, before, "what comes after the deletion would not expire with the store");
    assert_eq!(fixture.table.overdue_operations(now.plus(KEPT * 2)).await.unwrap(), []);
}
