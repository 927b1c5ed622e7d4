//! A shop goes on with another image, or with its own, or is closed: which of these, its operation says.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, Guard, Operation, OperationResult, PendingOperation},
    provisioning::{
        event::EventKind,
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    store::{
        Store,
        power::Power,
        release::{Release, image::Image, versions::Versions},
        state::{Failed, State},
    },
    values::timestamp::Timestamp,
};
use k8s_openapi::api::batch::v1::Job;
use kube::{Api, ResourceExt as _, api::PostParams};
use runner::{reconcile::JobOutcome, resources::Blueprint};
use testkit::fixture::suspend;

use super::power::{all_pods, drifts, ingresses, kept, result};
use crate::support::{
    harness::Harness,
    ready_store::{self, deployments, failure, operate, pods, ready},
};

const UPGRADED: &str = "chaos/upgraded:1";
const REFUSED: &str = "chaos/upgrade-refused:1";
const FAILS: &str = "chaos/upgrade-fails:1";
const HANGS: &str = "chaos/upgrade-hangs:1";

fn to(image: &str) -> ExclusiveRequest {
    ExclusiveRequest::Upgrade { image: Image::from_record(image), guard: Guard::None }
}

/// Asks for `work`, drives it to its end, and says what came of it, whatever the store is then.
async fn attempt(harness: &Harness, store: &Store, work: ExclusiveRequest) -> Operation {
    let (asked, order) = harness.fixture.request_operation(store, work).await;
    drive(harness, &asked, &order).await
}

async fn drive(harness: &Harness, asked: &Store, order: &PendingOperation) -> Operation {
    assert_eq!(harness.drive(asked).await.unwrap(), JobOutcome::Done);
    let now = harness.read(asked).await;
    assert_eq!((now.task(), now.due), (None, None), "it is at rest");
    ready_store::kept(harness, asked, order).await
}

/// The image of the shop's Deployment.
async fn runs(harness: &Harness, store: &Store) -> String {
    let shop = deployments(harness, store).get("wordpress").await.unwrap();
    let containers = shop.spec.unwrap().template.spec.unwrap().containers;
    containers.into_iter().find(|container| container.name == "wordpress").unwrap().image.unwrap()
}

async fn half_done(harness: &Harness, store: &Store) -> Failed {
    let now = harness.read(store).await;
    let State::Failed(failed) = now.state else { panic!("it is {:?}", now.state) };
    assert_eq!((failed.failure.step, failed.failure.code), (Step::UpgradeShop, FailureCode::UpgradeFailed));
    assert_eq!(failed.failure.cleanup, Cleanup::Kept);
    assert_eq!(ingresses(harness, store).await, 0, "visitors are kept out");
    failed
}

async fn assert_as_before(harness: &Harness, store: &Store, before: &Store) {
    let now = harness.read(store).await;
    assert_eq!((&now.state, &now.release), (&before.state, &before.release));
    assert_eq!((ingresses(harness, store).await, all_pods(harness, store).await), (1, 2));
    assert_eq!(drifts(harness, store).await, [""; 0]);
}

fn jobs(harness: &Harness, store: &Store) -> Api<Job> {
    Api::namespaced(harness.admin.clone(), &store.id.namespace())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_shop_goes_on_with_another_image_and_its_record_says_so() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let first = harness.runner.settings.release();
    let before = (kept(&harness, &store).await, pods(&harness, &store, "mysql").await);
    let events_before = harness.events(&store).await.len();

    let upgraded = operate(&harness, &store, to(UPGRADED)).await;
    let OperationResult::Upgraded(change) = result(&upgraded) else { panic!("{upgraded:?}") };
    assert_eq!(
        change.to_string(),
        "chaos/upgraded:1 with WordPress 7.1.3 (its tables went from 58975 to 60717) and WooCommerce 11.2.0 (its tables \
         went from 10.5.0 to 11.2.0)"
    );
    let now = harness.read(&store).await;
    let versions = Versions { wordpress: "7.1.3".into(), woocommerce: Some("11.2.0".into()) };
    let wanted = Release {
        store: Image::from_record(UPGRADED),
        database: first.database.clone(),
        installed_by: Some(first.store.clone()),
        versions: Some(versions),
    };
    assert_eq!((now.release.as_ref(), now.state.power()), (Some(&wanted), Some(Power::Running)));
    assert_eq!(runs(&harness, &store).await, UPGRADED);
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (1, 2));
    assert_eq!((kept(&harness, &store).await, pods(&harness, &store, "mysql").await), before);
    assert_eq!(drifts(&harness, &store).await, [""; 0], "it is as its record says");
    let events = harness.events(&store).await;
    let kinds: Vec<_> = events[events_before..].iter().map(|event| event.kind).collect();
    let expected =
        [EventKind::OperationRequested, EventKind::OperationStarted, EventKind::OperationSucceeded];
    assert_eq!(kinds, expected);

    // What the Job was stays to be read, and belongs to the shop.
    let job = jobs(&harness, &store).get(&format!("upgrade-{}", upgraded.id)).await.unwrap();
    assert_eq!(job.owner_references()[0].name, "wordpress");
    let restored = operate(&harness, &store, to(first.store.as_str())).await;
    assert!(matches!(result(&restored), OperationResult::Upgraded(_)));
    assert_eq!(harness.read(&store).await.release, Some(first));
    assert_eq!(drifts(&harness, &store).await, [""; 0]);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspended_store_is_upgraded_and_stays_closed() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    operate(&harness, &store, suspend()).await;
    operate(&harness, &store, to(UPGRADED)).await;
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (0, 2));
    let refused = operate(&harness, &store, to(REFUSED)).await;
    assert_eq!(failure(&refused).0, FailureCode::UpgradeRefused);
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (0, 2));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_ends_before_the_database_was_changed_leaves_the_shop_as_it_was() {
    let flags = ["--look-after-seconds", "1", "--upgrade-deadline-seconds", "12"];
    let harness = Harness::with(&flags).await;
    let store = ready(&harness).await;
    for (image, code, why) in [
        (REFUSED, FailureCode::UpgradeRefused, "than this image's 6.7 (58975): nothing was changed"),
        ("chaos/image-pull:1", FailureCode::ImagePullFailed, "can't be pulled"),
        ("chaos/image-never:1", FailureCode::ImagePullFailed, "It was not done within 12 s"),
    ] {
        let ended = operate(&harness, &store, to(image)).await;
        let (found, message) = failure(&ended);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(why), "{message}");
        assert_as_before(&harness, &store, &store).await;
    }
    // None of them has left anything that could still run.
    for job in jobs(&harness, &store).list(&Default::default()).await.unwrap() {
        let ended = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let is_over =
            ended.clone().any(|condition| ["Complete", "Failed"].contains(&condition.type_.as_str()));
        let never_ran = job.spec.as_ref().unwrap().suspend == Some(true);
        let is_doomed = job.spec.as_ref().unwrap().active_deadline_seconds == Some(1);
        assert!(is_over || never_ran || is_doomed, "{job:?}");
    }
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_ends_after_it_may_have_been_changed_closes_the_shop_until_an_upgrade_comes_to_its_end() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let State::Ready(up) = store.state.clone() else { panic!("it is {:?}", store.state) };
    let (url, since) = (up.url, up.at);
    let ended = attempt(&harness, &store, to(FAILS)).await;
    let (code, message) = failure(&ended);
    assert_eq!(code, FailureCode::UpgradeFailed);
    let why = "WooCommerce could not be brought up to date: the second update fails";
    assert!(message.contains(why) && message.contains("may have been changed already"), "{message}");
    let failed = half_done(&harness, &store).await;
    assert_eq!(failed.failure.message, message);
    let half = failed.upgrade.unwrap();
    assert_eq!((&half.url, half.since, half.image.as_str()), (&url, since, FAILS));
    assert_eq!(pods(&harness, &store, "wordpress").await.len(), 0);
    assert_eq!(harness.read(&store).await.release, Some(harness.runner.settings.release()));
    let kinds: Vec<_> =
        harness.events(&store).await.into_iter().rev().take(2).map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::StepFailed, EventKind::OperationFailed]);

    // Another try is the same upgrade once more, never the image of before.
    let again = harness.fixture.request_retry(&store).await;
    let order = again.operation.clone().unwrap();
    assert_eq!((order.request.clone(), again.retries), (to(FAILS), 1));
    assert_eq!(failure(&drive(&harness, &again, &order).await).0, FailureCode::UpgradeFailed);
    half_done(&harness, &store).await;
    // Nor does one that changes nothing open it.
    let refused = attempt(&harness, &store, to(REFUSED)).await;
    assert_eq!(failure(&refused).0, FailureCode::UpgradeFailed);
    assert_eq!(half_done(&harness, &store).await.upgrade.unwrap().image.as_str(), REFUSED);

    let mended = attempt(&harness, &store, to(UPGRADED)).await;
    assert!(matches!(result(&mended), OperationResult::Upgraded(_)), "{mended:?}");
    let now = harness.read(&store).await;
    let State::Ready(up) = &now.state else { panic!("it is {:?}", now.state) };
    assert_eq!((&up.url, up.at, up.power), (&url, since, Power::Running));
    assert_eq!(now.release.as_ref().map(|release| release.store.as_str()), Some(UPGRADED));
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (1, 2));
    assert_eq!(drifts(&harness, &store).await, [""; 0]);
    assert_eq!(harness.events(&store).await.last().unwrap().kind, EventKind::StoreReady);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_that_hangs_is_stopped_at_its_deadline_and_counts_as_one_that_has_changed_something() {
    let harness = Harness::with(&["--look-after-seconds", "1", "--upgrade-deadline-seconds", "10"]).await;
    let store = ready(&harness).await;
    let ended = attempt(&harness, &store, to(HANGS)).await;
    let (code, message) = failure(&ended);
    assert_eq!(code, FailureCode::UpgradeFailed);
    assert!(message.contains("It was not done within 10 s"), "{message}");
    half_done(&harness, &store).await;
    assert_eq!(pods(&harness, &store, "setup").await.len(), 1, "only that which installed it is left");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_that_is_given_up_is_taken_back_as_far_as_it_came() {
    let harness = Harness::with(&["--max-attempts", "2"]).await;
    let store = ready(&harness).await;
    let (asked, order) = harness.fixture.request_operation(&store, to(UPGRADED)).await;
    for _ in 0..2 {
        // A runner that takes the store up and is gone.
        harness.fixture.table.acquire_lease(&asked, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    }
    let ended = drive(&harness, &asked, &order).await;
    assert_eq!(failure(&ended).0, FailureCode::AttemptsExhausted);
    assert_as_before(&harness, &store, &store).await;
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_job_that_comes_late_changes_nothing() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let shop = deployments(&harness, &store).get("wordpress").await.unwrap();
    let blueprint = Blueprint::new(&store, harness.runner.settings.clone());
    let late = blueprint.running(Image::from_record(UPGRADED)).upgrade_job(uuid::Uuid::now_v7(), &shop);
    jobs(&harness, &store).create(&PostParams::default(), &late).await.unwrap();
    let refused = operate(&harness, &store, to(REFUSED)).await;
    assert_eq!(failure(&refused).0, FailureCode::UpgradeRefused);
    let found = jobs(&harness, &store).get(&late.name_any()).await.unwrap();
    assert_eq!(found.status.and_then(|status| status.start_time), None, "it never ran");
    assert_eq!(drifts(&harness, &store).await, [""; 0]);
    harness.delete(&store).await;
}
