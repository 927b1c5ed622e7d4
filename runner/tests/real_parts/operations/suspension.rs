//! Visitors of a store are kept out, whatever else is done to it, until that ends.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, Guard, OperationResult},
    provisioning::{
        event::EventKind,
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    store::{Store, power::Power, state::State, status::Status},
    values::timestamp::Timestamp,
};
use runner::reconcile::JobOutcome;
use testkit::fixture::suspend;

use super::power::{all_pods, drifts, ingresses, kept, result};
use crate::{
    provisioning::routes,
    support::{
        harness::{Harness, recorded},
        ready_store::{failure, operate, pods, ready},
    },
};

async fn is_suspended(harness: &Harness, store: &Store) -> bool {
    harness.read(store).await.suspension.is_some()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspended_store_loses_its_way_in_and_nothing_else() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = (kept(&harness, &store).await, pods(&harness, &store, "wordpress").await);
    let recorded_before = harness.events(&store).await.len();

    let suspended = operate(&harness, &store, suspend()).await;
    assert_eq!(*result(&suspended), OperationResult::SuspensionChanged { suspended: true });
    assert_eq!((is_suspended(&harness, &store).await, ingresses(&harness, &store).await), (true, 0));
    assert_eq!((kept(&harness, &store).await, pods(&harness, &store, "wordpress").await), before);
    assert_eq!(drifts(&harness, &store).await, [""; 0], "it is as its record says");

    let free = operate(&harness, &store, ExclusiveRequest::Unsuspend).await;
    assert_eq!(*result(&free), OperationResult::SuspensionChanged { suspended: false });
    assert_eq!((is_suspended(&harness, &store).await, ingresses(&harness, &store).await), (false, 1));
    assert_eq!((kept(&harness, &store).await, pods(&harness, &store, "wordpress").await), before);
    assert_eq!(drifts(&harness, &store).await, [""; 0]);

    let events = harness.events(&store).await;
    let recorded: Vec<_> = events[recorded_before..].iter().map(|event| event.kind).collect();
    let kinds = [EventKind::OperationRequested, EventKind::OperationStarted, EventKind::OperationSucceeded];
    assert_eq!(recorded, [kinds, kinds].concat());
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn neither_a_resume_nor_the_end_of_a_suspension_alone_opens_a_store_that_was_both() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    operate(&harness, &store, suspend()).await;
    operate(&harness, &store, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    let resumed = operate(&harness, &store, ExclusiveRequest::Resume).await;
    assert_eq!(*result(&resumed), OperationResult::PowerChanged { power: Power::Running });
    assert_eq!(
        (ingresses(&harness, &store).await, all_pods(&harness, &store).await),
        (0, 2),
        "it is suspended"
    );
    assert_eq!(drifts(&harness, &store).await, [""; 0]);

    operate(&harness, &store, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    operate(&harness, &store, ExclusiveRequest::Unsuspend).await;
    assert_eq!(ingresses(&harness, &store).await, 0, "it is stopped");
    operate(&harness, &store, suspend()).await;
    operate(&harness, &store, ExclusiveRequest::Unsuspend).await;
    operate(&harness, &store, ExclusiveRequest::Resume).await;
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (1, 2));
    assert_eq!(drifts(&harness, &store).await, [""; 0]);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_that_is_suspended_is_made_without_a_way_in_when_it_is_tried_again() {
    let broken = Harness::with(&["--mysql-image", "chaos/image-pull:1", "--look-after-seconds", "1"]).await;
    let store = broken.fixture.store().await;
    broken.drive(&store).await.unwrap();
    let State::Failed(failed) = broken.state(&store).await else {
        panic!("{:?}", broken.state(&store).await)
    };
    assert_eq!((failed.failure.code, failed.failure.cleanup), (FailureCode::ImagePullFailed, Cleanup::Done));
    let (asked, _) = broken.fixture.request_operation(&store, suspend()).await;
    assert_eq!(broken.drive(&asked).await.unwrap(), JobOutcome::Done);
    let now = broken.read(&store).await;
    assert_eq!((now.state.status(), now.suspension.is_some(), now.due), (Status::Failed, true, None));
    assert!(broken.namespace(&store).await.is_none(), "nothing is made by it");

    let mended = Harness::over(broken.fixture.clone(), &[]).await;
    let again = mended.fixture.request_retry(&store).await;
    mended.drive(&again).await.unwrap();
    assert_eq!((mended.state(&store).await.status(), ingresses(&mended, &store).await), (Status::Ready, 0));
    let events = mended.events(&store).await;
    assert!(!recorded(&events).contains(&(EventKind::StepStarted, Some(Step::CreateIngress))), "{events:?}");
    let last = events.last().unwrap();
    assert_eq!(last.message, "The store is up. It is suspended, so visitors are kept out.");
    operate(&mended, &store, ExclusiveRequest::Unsuspend).await;
    assert_eq!(ingresses(&mended, &store).await, 1);
    assert_eq!(drifts(&mended, &store).await, [""; 0]);
    mended.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspension_that_is_given_up_leaves_what_was_kept_of_a_failed_store() {
    let flags = ["--mysql-image", "chaos/image-pull:1", "--look-after-seconds", "1", "--keep-failed"];
    let harness = Harness::with(&[&flags[..], &["--max-attempts", "2"]].concat()).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let (asked, _) = harness.fixture.request_operation(&store, suspend()).await;
    for _ in 0..2 {
        // A runner that takes the store up and is gone.
        harness.fixture.table.acquire_lease(&asked, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    }
    assert_eq!(harness.drive(&asked).await.unwrap(), JobOutcome::Done);
    let now = harness.read(&store).await;
    let State::Failed(state) = &now.state else { panic!("{:?}", now.state) };
    assert_eq!((&state.failure.cleanup, now.task()), (&Cleanup::Kept, None));
    assert!(harness.namespace(&store).await.is_some());
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_can_not_be_opened_again_stays_suspended() {
    let flags = [&routes::GATEWAY[..], &["--operation-deadline-seconds", "60"]].concat();
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), routes::accept(&harness, &store));
    driven.unwrap();
    let route = async || routes::of(&harness, &store).get_opt("wordpress").await.unwrap();
    assert!(route().await.is_some());
    operate(&harness, &store, suspend()).await;
    assert!(route().await.is_none());

    let refused = [("Accepted", "False", "NotAllowedByListeners"), ("ResolvedRefs", "True", "ResolvedRefs")];
    let (ended, ()) = tokio::join!(
        operate(&harness, &store, ExclusiveRequest::Unsuspend),
        routes::say(&harness, &store, refused)
    );
    let (code, message) = failure(&ended);
    assert_eq!(code, FailureCode::RouteRefused, "{message}");
    assert!(is_suspended(&harness, &store).await && route().await.is_none(), "not between");

    let (ended, ()) = tokio::join!(
        operate(&harness, &store, ExclusiveRequest::Unsuspend),
        routes::accept(&harness, &store)
    );
    assert_eq!(*result(&ended), OperationResult::SuspensionChanged { suspended: false });
    assert!(route().await.is_some());
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_opened_lets_in_whoever_comes_by_the_way_in_of_now() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    operate(&harness, &store, suspend()).await;
    let flags = [&routes::GATEWAY[..], &["--ingress-namespace", "edge"]].concat();
    let harness = Harness::over(harness.fixture.clone(), &flags).await;
    assert_ne!(drifts(&harness, &store).await, [""; 0], "its policy is that of before");
    let (ended, ()) =
        tokio::join!(operate(&harness, &store, ExclusiveRequest::Unsuspend), routes::take(&harness, &store));
    assert_eq!(*result(&ended), OperationResult::SuspensionChanged { suspended: false });
    assert_eq!(drifts(&harness, &store).await, [""; 0]);
    harness.delete(&store).await;
}
