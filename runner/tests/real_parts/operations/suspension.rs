//! Visitors of a store are kept out, whatever else is done to it, until that ends.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, OperationResult},
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
        ready_store::{failure, operate, pods, ready},
        scene::{Scene, told},
    },
};

async fn is_suspended(scene: &Scene, store: &Store) -> bool {
    scene.read(store).await.suspension.is_some()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspended_store_loses_its_way_in_and_nothing_else() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let before = (kept(&scene, &store).await, pods(&scene, &store, "wordpress").await);
    let told_before = scene.events(&store).await.len();

    let suspended = operate(&scene, &store, suspend()).await;
    assert_eq!(*result(&suspended), OperationResult::SuspensionChanged { suspended: true });
    assert_eq!((is_suspended(&scene, &store).await, ingresses(&scene, &store).await), (true, 0));
    assert_eq!((kept(&scene, &store).await, pods(&scene, &store, "wordpress").await), before);
    assert_eq!(drifts(&scene, &store).await, [""; 0], "it is as its record says");

    let free = operate(&scene, &store, ExclusiveRequest::Unsuspend).await;
    assert_eq!(*result(&free), OperationResult::SuspensionChanged { suspended: false });
    assert_eq!((is_suspended(&scene, &store).await, ingresses(&scene, &store).await), (false, 1));
    assert_eq!((kept(&scene, &store).await, pods(&scene, &store, "wordpress").await), before);
    assert_eq!(drifts(&scene, &store).await, [""; 0]);

    let events = scene.events(&store).await;
    let told: Vec<_> = events[told_before..].iter().map(|event| event.kind).collect();
    let kinds = [EventKind::OperationRequested, EventKind::OperationStarted, EventKind::OperationSucceeded];
    assert_eq!(told, [kinds, kinds].concat());
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn neither_a_resume_nor_the_end_of_a_suspension_alone_opens_a_store_that_was_both() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    operate(&scene, &store, suspend()).await;
    operate(&scene, &store, ExclusiveRequest::Hibernate).await;
    let resumed = operate(&scene, &store, ExclusiveRequest::Resume).await;
    assert_eq!(*result(&resumed), OperationResult::PowerChanged { power: Power::Running });
    assert_eq!((ingresses(&scene, &store).await, all_pods(&scene, &store).await), (0, 2), "it is suspended");
    assert_eq!(drifts(&scene, &store).await, [""; 0]);

    operate(&scene, &store, ExclusiveRequest::Hibernate).await;
    operate(&scene, &store, ExclusiveRequest::Unsuspend).await;
    assert_eq!(ingresses(&scene, &store).await, 0, "it is stopped");
    operate(&scene, &store, suspend()).await;
    operate(&scene, &store, ExclusiveRequest::Unsuspend).await;
    operate(&scene, &store, ExclusiveRequest::Resume).await;
    assert_eq!((ingresses(&scene, &store).await, all_pods(&scene, &store).await), (1, 2));
    assert_eq!(drifts(&scene, &store).await, [""; 0]);
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_that_is_suspended_is_made_without_a_way_in_when_it_is_tried_again() {
    let broken = Scene::with(&["--mysql-image", "chaos/image-pull:1", "--look-after-seconds", "1"]).await;
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

    let mended = Scene::over(broken.fixture.clone(), &[]).await;
    let again = mended.fixture.request_retry(&store).await;
    mended.drive(&again).await.unwrap();
    assert_eq!((mended.state(&store).await.status(), ingresses(&mended, &store).await), (Status::Ready, 0));
    let events = mended.events(&store).await;
    assert!(!told(&events).contains(&(EventKind::StepStarted, Some(Step::CreateIngress))), "{events:?}");
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
    let scene = Scene::with(&[&flags[..], &["--max-attempts", "2"]].concat()).await;
    let store = scene.fixture.store().await;
    scene.drive(&store).await.unwrap();
    let (asked, _) = scene.fixture.request_operation(&store, suspend()).await;
    for _ in 0..2 {
        // A runner that takes the store up and is gone.
        scene.fixture.table.acquire_lease(&asked, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    }
    assert_eq!(scene.drive(&asked).await.unwrap(), JobOutcome::Done);
    let now = scene.read(&store).await;
    let State::Failed(state) = &now.state else { panic!("{:?}", now.state) };
    assert_eq!((&state.failure.cleanup, now.task()), (&Cleanup::Kept, None));
    assert!(scene.namespace(&store).await.is_some());
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_can_not_be_opened_again_stays_suspended() {
    let flags = [&routes::GATEWAY[..], &["--operation-deadline-seconds", "60"]].concat();
    let scene = Scene::with(&flags).await;
    let store = scene.fixture.store().await;
    let (driven, ()) = tokio::join!(scene.drive(&store), routes::accept(&scene, &store));
    driven.unwrap();
    let route = async || routes::of(&scene, &store).get_opt("wordpress").await.unwrap();
    assert!(route().await.is_some());
    operate(&scene, &store, suspend()).await;
    assert!(route().await.is_none());

    let refused = [("Accepted", "False", "NotAllowedByListeners"), ("ResolvedRefs", "True", "ResolvedRefs")];
    let (ended, ()) = tokio::join!(
        operate(&scene, &store, ExclusiveRequest::Unsuspend),
        routes::say(&scene, &store, refused)
    );
    let (code, message) = failure(&ended);
    assert_eq!(code, FailureCode::RouteRefused, "{message}");
    assert!(is_suspended(&scene, &store).await && route().await.is_none(), "not between");

    let (ended, ()) =
        tokio::join!(operate(&scene, &store, ExclusiveRequest::Unsuspend), routes::accept(&scene, &store));
    assert_eq!(*result(&ended), OperationResult::SuspensionChanged { suspended: false });
    assert!(route().await.is_some());
    scene.delete(&store).await;
}
