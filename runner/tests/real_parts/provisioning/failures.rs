//! Stores that can't be made, and stores that are deleted in the middle.

use std::time::Duration;

use domain::{
    provisioning::{
        event::EventKind,
        failure::{Cleanup, Failure, FailureCode},
        step::Step,
    },
    queue::sweep::sweep,
    store::{
        Store,
        state::{Failed, State},
        status::Status,
    },
    values::timestamp::Timestamp,
};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams},
};
use runner::{reconcile::JobOutcome, worker::run_job, worker::shutdown::Shutdown};
use serde_json::json;
use testkit::fixture::named_store;

use crate::support::harness::{Harness, recorded};

/// No volume of this class is ever made, so the database's pod is never scheduled.
const NO_STORAGE: [&str; 2] = ["--storage-class", "there-is-none"];

async fn failure(harness: &Harness, store: &Store) -> Failure {
    let state = harness.state(store).await;
    let State::Failed(Failed { failure, .. }) = state else { panic!("it is {state:?}") };
    failure
}

/// Makes a store with these flags, which fails; and takes it away again. What is left of it, with the lines of
/// the log that it has left.
async fn failing(flags: &[&str]) -> (Failure, Option<Vec<String>>) {
    let harness =
        Harness::with(&[flags, &["--look-after-seconds", "1", "--lease-seconds", "4"]].concat()).await;
    let store = harness.fixture.store().await;
    assert_eq!(harness.drive(&store).await.unwrap(), JobOutcome::Done);
    let failure = failure(&harness, &store).await;
    assert_eq!(failure.cleanup, Cleanup::Done);
    assert!(harness.namespace(&store).await.is_none());
    let events = recorded(&harness.events(&store).await);
    let end = [
        (EventKind::StepFailed, Some(failure.step)),
        (EventKind::StepStarted, Some(Step::DeleteNamespace)),
        (EventKind::StepCompleted, Some(Step::DeleteNamespace)),
    ];
    assert_eq!(events[events.len() - 3..], end, "the clean-up runs once, right after the failure");
    let log = harness.fixture.table.failure_log(&harness.read(&store).await).await.unwrap();
    let log = log.map(|log| log.lines.into_iter().map(|line| line.text).collect());
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    (failure, log)
}

/// What KWOK says in the place of a container.
fn stand_in(container: &str) -> Option<Vec<String>> {
    Some(vec![format!("KWOK runs no containers: this line stands in for the log of {container}.")])
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_pod_that_no_node_takes_fails_the_store_at_its_deadline_in_the_schedulers_words() {
    let (failure, log) = failing(&[NO_STORAGE[0], NO_STORAGE[1], "--provision-deadline-seconds", "8"]).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::Unschedulable));
    assert_eq!(log, None, "nothing has begun");
    assert!(failure.message.contains("within 8 s: no node takes pod mysql-"), "{}", failure.message);
    assert!(failure.message.contains("nodes are available"), "{}", failure.message);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_image_that_can_not_be_pulled_fails_the_store_at_once() {
    let (failure, _) = failing(&["--mysql-image", "chaos/image-pull:1"]).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::ImagePullFailed));
    assert!(failure.message.contains("image chaos/image-pull:1 of pod mysql-"), "{}", failure.message);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_registry_that_refuses_for_twelve_seconds_holds_a_store_up_and_fails_it_not() {
    let harness = Harness::with(&["--mysql-image", "chaos/image-late:1", "--look-after-seconds", "1"]).await;
    let store = harness.fixture.store().await;
    assert_eq!(harness.drive(&store).await.unwrap(), JobOutcome::Done);
    harness.assert_ready(&store).await;
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_registry_that_goes_on_refusing_fails_the_store_in_its_own_first_words() {
    let flags = ["--mysql-image", "chaos/image-never:1", "--image-pull-grace-seconds", "5"];
    let (failure, _) = failing(&flags).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::ImagePullFailed));
    let words =
        "can't be pulled: 429 Too Many Requests - toomanyrequests: You have reached your pull rate limit";
    assert!(failure.message.contains(words), "{}", failure.message);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_container_that_crashes_again_and_again_fails_the_store_with_its_last_words() {
    let (failure, log) = failing(&["--mysql-image", "chaos/crash-loop:1"]).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::CrashLoop));
    assert_eq!(log, stand_in("mysql"), "though its pods are gone");
    assert!(
        failure.message.contains("exit code 1: InnoDB: the data directory is unusable"),
        "{}",
        failure.message
    );
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_setup_job_that_fails_fails_the_store_with_its_last_words() {
    let (failure, log) = failing(&["--store-image", "chaos/exit:1"]).await;
    assert_eq!((failure.step, failure.code), (Step::SetupWoocommerce, FailureCode::SetupJobFailed));
    assert_eq!(log, stand_in("setup"));
    assert!(
        failure.message.contains("exit code 3: setup: the database refused the password"),
        "{}",
        failure.message
    );
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn setup_and_shop_are_got_ready_while_the_database_is_waited_for_and_nothing_leads_to_them() {
    let flags = [NO_STORAGE[0], NO_STORAGE[1], "--provision-deadline-seconds", "8", "--keep-failed"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let failure = failure(&harness, &store).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::Unschedulable));
    assert!(failure.message.contains("pod mysql-"), "what all wait for is reported: {}", failure.message);
    let objects = harness.objects(&store).await;
    let named = |kind: &str, name: &str| {
        let is_it =
            |object: &DynamicObject| object.types.as_ref().unwrap().kind == kind && object.name_any() == name;
        objects.iter().any(is_it)
    };
    assert!(named("Job", "setup") && named("Deployment", "wordpress"));
    assert!(!named("Service", "wordpress") && !named("Ingress", "wordpress"));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_setup_that_can_not_start_ends_the_wait_for_a_database_that_is_not_there_either() {
    let flags = [NO_STORAGE[0], NO_STORAGE[1], "--store-image", "chaos/image-pull:1"];
    let (failure, log) = failing(&[&flags[..], &["--provision-deadline-seconds", "60"]].concat()).await;
    assert_eq!((failure.step, failure.code), (Step::SetupWoocommerce, FailureCode::ImagePullFailed));
    assert!(failure.message.contains("image chaos/image-pull:1 of pod setup-"), "{}", failure.message);
    assert_eq!(log, stand_in("setup"), "and it comes with the log of the setup, not of the database");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn pods_that_the_quota_refuses_fail_the_store_at_once() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.own_namespace(&store).await;
    harness.refuse(&store, "pods", "nothing-at-all").await;
    harness.drive(&store).await.unwrap();
    let failure = failure(&harness, &store).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::QuotaExceeded));
    assert!(failure.message.contains("exceeded quota: nothing-at-all"), "{}", failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_that_will_not_go_says_what_it_waits_for_and_is_taken_up_again() {
    let harness = Harness::with(&["--teardown-deadline-seconds", "8"]).await;
    let store = harness.fixture.store().await;
    let maps = held_up(&harness, &store).await;

    harness.delete(&store).await;
    let stuck = failure(&harness, &store).await;
    assert_eq!((stuck.step, stuck.code), (Step::DeleteNamespace, FailureCode::CleanupFailed));
    assert!(stuck.message.contains("example.com/not-yet in 1 resource instances"), "{}", stuck.message);
    assert!(maps.get("held").await.is_ok(), "nobody took the finalizer away");

    free(&maps).await;
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}

/// Makes the namespace of `store` with something in it that somebody else's finalizer holds.
async fn held_up(harness: &Harness, store: &Store) -> Api<ConfigMap> {
    harness.own_namespace(store).await;
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/not-yet"] } });
    let maps: Api<ConfigMap> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    maps.create(&PostParams::default(), &serde_json::from_value(held).unwrap()).await.unwrap();
    maps
}

/// Takes that finalizer away, as who put it there would.
async fn free(maps: &Api<ConfigMap>) {
    let free = json!({ "metadata": { "finalizers": null } });
    maps.patch("held", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
}

/// Has whatever is overdue within the hour looked at by a runner, as a sweep would, and returns `store` then.
async fn look(harness: &Harness, store: &Store) -> Store {
    let later = Timestamp::now().plus(Duration::from_secs(3600));
    assert_eq!(sweep(&harness.fixture.table, &harness.fixture.queue, later).await.unwrap(), 1, "it is due");
    let (wait, visibility) = (Duration::from_secs(5), Duration::from_secs(60));
    let delivery = harness.fixture.queue.receive(1, wait, visibility).await.unwrap().pop().unwrap();
    // The sweep above was an hour early: it moved the store's time on from there.
    let now = harness.read(store).await;
    harness.fixture.table.postpone(&now, Timestamp::now()).await.unwrap();
    let job = delivery.job().unwrap();
    assert_eq!(
        run_job(&harness.runner, &job, &delivery, &Shutdown::default()).await.unwrap(),
        JobOutcome::Done
    );
    delivery.acknowledge().await.unwrap();
    harness.read(store).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_that_was_held_up_ends_by_itself_once_nobody_holds_it_up() {
    let harness = Harness::with(&["--teardown-deadline-seconds", "4", "--max-attempts", "2"]).await;
    let store = harness.fixture.store().await;
    let maps = held_up(&harness, &store).await;
    harness.delete(&store).await;
    let stuck = harness.read(&store).await;
    let again = stuck.due.expect("somebody will look again");
    let after = again.since(Timestamp::now());
    assert!((Duration::from_secs(880)..=Duration::from_secs(900)).contains(&after), "{after:?}");
    let recorded = harness.events(&store).await.len();

    // As often as it takes: a look changes nothing, and is no attempt.
    for _ in 0..4 {
        let looked_at = look(&harness, &store).await;
        assert_eq!((&looked_at.state, looked_at.version), (&stuck.state, stuck.version));
        assert_eq!((looked_at.attempts, looked_at.lease.holder), (0, None));
        assert!(looked_at.due.is_some_and(|due| due.since(Timestamp::now()) > Duration::from_secs(880)));
    }
    assert_eq!(harness.events(&store).await.len(), recorded);

    free(&maps).await;
    harness.eventually(async || harness.namespace(&store).await.is_none()).await;
    let gone = look(&harness, &store).await;
    assert_eq!((gone.state.status(), gone.due), (Status::Deleted, None));
    let events = harness.events(&store).await;
    let end = [
        (EventKind::StepStarted, Some(Step::DeleteNamespace)),
        (EventKind::StepCompleted, Some(Step::DeleteNamespace)),
        (EventKind::StoreDeleted, None),
    ];
    assert_eq!(self::recorded(&events)[events.len() - 3..], end);
    let again = harness.fixture.create(&named_store(store.name.as_str(), "ada")).await;
    assert_eq!(again.id, store.id, "its name is free");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_clean_up_that_was_held_up_ends_by_itself_too_and_the_store_has_failed_as_it_did() {
    let flags = ["--mysql-image", "chaos/image-pull:1", "--look-after-seconds", "1"];
    let harness = Harness::with(&[&flags[..], &["--teardown-deadline-seconds", "4"]].concat()).await;
    let store = harness.fixture.store().await;
    let maps = held_up(&harness, &store).await;
    harness.drive(&store).await.unwrap();
    let stuck = failure(&harness, &store).await;
    assert!(matches!(stuck.cleanup, Cleanup::Failed { .. }), "{stuck:?}");

    free(&maps).await;
    harness.eventually(async || harness.namespace(&store).await.is_none()).await;
    let cleaned_up = look(&harness, &store).await;
    assert_eq!(cleaned_up.state, State::Failed(Failed::of(Failure { cleanup: Cleanup::Done, ..stuck })));
    assert_eq!(cleaned_up.due, None, "it is at rest");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_runners_never_come_to_an_end_with_is_given_up() {
    let harness = Harness::with(&["--max-attempts", "2"]).await;
    let store = harness.fixture.store().await;
    for _ in 0..2 {
        // A runner that takes the store up and is gone.
        harness.fixture.table.acquire_lease(&store, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    }
    harness.drive(&store).await.unwrap();
    let failure = failure(&harness, &store).await;
    assert_eq!((failure.code, failure.cleanup), (FailureCode::AttemptsExhausted, Cleanup::Done));
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_is_kept_for_inspection_where_that_is_wanted() {
    let flags = [NO_STORAGE[0], NO_STORAGE[1], "--provision-deadline-seconds", "2", "--keep-failed"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    assert_eq!(failure(&harness, &store).await.cleanup, Cleanup::Kept);
    assert!(harness.namespace(&store).await.is_some());
    harness.delete(&store).await;
    assert!(harness.namespace(&store).await.is_none());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_of_somebody_else_is_a_conflict_and_stays_as_it_is() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let name = store.id.namespace();
    let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
    let foreign = Namespace {
        metadata: ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    namespaces.create(&PostParams::default(), &foreign).await.unwrap();

    harness.drive(&store).await.unwrap();
    let failure = failure(&harness, &store).await;
    assert_eq!((failure.step, failure.code), (Step::CreateNamespace, FailureCode::NamespaceConflict));
    let found = harness.namespace(&store).await.unwrap();
    assert!(found.metadata.deletion_timestamp.is_none());
    assert!(harness.objects(&store).await.is_empty());

    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    assert!(harness.namespace(&store).await.is_some_and(|found| found.metadata.deletion_timestamp.is_none()));
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_delete_in_the_middle_of_a_provisioning_ends_it() {
    let harness = Harness::with(&[NO_STORAGE[0], NO_STORAGE[1], "--lease-seconds", "6"]).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        let waits =
            |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step == Some(Step::WaitMysql));
        harness.until(&store, waits).await;
        harness.request_deletion(&store).await;
    });
    assert_eq!(driven.unwrap(), JobOutcome::Done);
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    assert!(harness.namespace(&store).await.is_none());
    let kinds: Vec<_> = harness.events(&store).await.iter().map(|event| event.kind).collect();
    assert!(!kinds.contains(&EventKind::StoreReady) && kinds.contains(&EventKind::StoreDeleted));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_was_never_begun_can_be_deleted() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}
