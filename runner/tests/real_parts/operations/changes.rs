//! What is done to stores that are up.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, Guard, OperationResult, Outcome, RestartTarget, Workload},
    provisioning::{event::EventKind, failure::FailureCode},
    store::{Store, status::Status},
    values::timestamp::Timestamp,
};
use k8s_openapi::api::networking::v1::Ingress;
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use runner::{reconcile::JobOutcome as Driven, worker::run_job, worker::shutdown::Shutdown};
use serde_json::json;

use crate::support::{
    harness::Harness,
    ready_store::{carry_out, deployments, failure, kept, operate, pods, ready, set_image},
};

const RESTART: ExclusiveRequest =
    ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None };

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_replaces_the_pods_and_the_timeline_tells_it() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = [pods(&harness, &store, "mysql").await, pods(&harness, &store, "wordpress").await];
    let recorded_before = harness.events(&store).await.len();

    let restarted = operate(&harness, &store, RESTART).await;
    let end = restarted.end.as_ref().unwrap();
    let both = vec![Workload::Mysql, Workload::Wordpress];
    assert_eq!(end.outcome, Outcome::Succeeded(OperationResult::Restarted(both)));
    let after = [pods(&harness, &store, "mysql").await, pods(&harness, &store, "wordpress").await];
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.len(), after.len()), (1, 1));
        assert!(before.is_disjoint(after), "{before:?} and {after:?}");
    }
    let events = harness.events(&store).await;
    let recorded: Vec<_> =
        events[recorded_before..].iter().map(|event| (event.kind, event.operation)).collect();
    let kinds = [EventKind::OperationRequested, EventKind::OperationStarted, EventKind::OperationSucceeded];
    assert_eq!(recorded, kinds.map(|kind| (kind, Some(restarted.id))));
    assert_eq!(harness.state(&store).await, store.state, "its status has nothing to do with it");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_of_one_workload_leaves_the_other_alone_and_the_next_one_is_another() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let (mysql, wordpress) =
        (pods(&harness, &store, "mysql").await, pods(&harness, &store, "wordpress").await);
    let target = RestartTarget::Wordpress;
    operate(&harness, &store, ExclusiveRequest::Restart { target, guard: Guard::None }).await;
    assert_eq!(pods(&harness, &store, "mysql").await, mysql);
    let second = pods(&harness, &store, "wordpress").await;
    assert!(second.is_disjoint(&wordpress));
    operate(&harness, &store, ExclusiveRequest::Restart { target, guard: Guard::None }).await;
    assert!(pods(&harness, &store, "wordpress").await.is_disjoint(&second));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_makes_a_way_in_again_that_somebody_took_away_unless_the_store_is_suspended() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let take_away = async || {
        let ingresses: Api<Ingress> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
        ingresses.delete("wordpress", &DeleteParams::default()).await.unwrap();
        assert_eq!(super::power::ingresses(&harness, &store).await, 0);
    };
    let target = RestartTarget::Wordpress;
    take_away().await;
    operate(&harness, &store, ExclusiveRequest::Restart { target, guard: Guard::None }).await;
    assert_eq!(super::power::ingresses(&harness, &store).await, 1);
    operate(&harness, &store, testkit::fixture::suspend()).await;
    operate(&harness, &store, ExclusiveRequest::Restart { target, guard: Guard::None }).await;
    assert_eq!(super::power::ingresses(&harness, &store).await, 0);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_that_is_carried_out_again_restarts_nothing_again() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let (busy, order) = harness.fixture.request_operation(&store, RESTART).await;
    assert_eq!(harness.drive(&busy).await.unwrap(), Driven::Done);
    let before = harness.versions(&store).await;
    // As by a runner that takes up the work of one which died just before it could say that it was done.
    let again = carry_out(&harness, &store, &order).await;
    assert_eq!(again, OperationResult::Restarted(vec![Workload::Mysql, Workload::Wordpress]));
    assert_eq!(harness.versions(&store).await, before);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn pods_that_never_get_ready_fail_the_restart_with_their_reason_and_not_the_store() {
    let harness = Harness::with(&["--look-after-seconds", "1"]).await;
    let store = ready(&harness).await;
    let wordpress = pods(&harness, &store, "wordpress").await;
    let images = |workload: &'static str| {
        let api = deployments(&harness, &store);
        async move {
            api.get(workload).await.unwrap().spec.unwrap().template.spec.unwrap().containers[0].image.clone()
        }
    };
    let good = images("mysql").await.unwrap();
    set_image(&harness, &store, "mysql", "chaos/image-pull:1").await;
    let failed = operate(&harness, &store, RESTART).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::ImagePullFailed, "{message}");
    assert!(message.contains("image chaos/image-pull:1 of pod mysql-"), "{message}");
    assert_eq!(
        pods(&harness, &store, "wordpress").await,
        wordpress,
        "the shop is not restarted without its database"
    );

    set_image(&harness, &store, "mysql", &good).await;
    let mended = operate(&harness, &store, RESTART).await;
    assert!(matches!(mended.end.unwrap().outcome, Outcome::Succeeded(_)));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_heals_pods_that_were_beyond_hope_before_it() {
    let harness = Harness::with(&["--look-after-seconds", "1"]).await;
    let store = ready(&harness).await;
    let deployment = deployments(&harness, &store).get("wordpress").await.unwrap();
    let good = deployment.spec.unwrap().template.spec.unwrap().containers[0].image.clone().unwrap();
    set_image(&harness, &store, "wordpress", "chaos/crash-loop").await;
    set_image(&harness, &store, "wordpress", &good).await;
    let restarted = operate(&harness, &store, RESTART).await;
    assert!(matches!(restarted.end.unwrap().outcome, Outcome::Succeeded(_)));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_says_what_is_not_there() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    deployments(&harness, &store).delete("wordpress", &DeleteParams::foreground()).await.unwrap();
    let failed = operate(&harness, &store, RESTART).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::ObjectDeleted, "{message}");
    assert!(message.starts_with("Deployment wordpress "), "{message}");
    harness.delete(&store).await;
}

/// Changes the specification of a Deployment, as somebody with access to the cluster may.
async fn set_spec(harness: &Harness, store: &Store, workload: &str, spec: serde_json::Value) {
    let patch = Patch::Merge(json!({ "spec": spec }));
    deployments(harness, store).patch(workload, &PatchParams::default(), &patch).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_workload_that_somebody_has_scaled_to_none_or_paused_fails_what_needs_it_soon() {
    // No deadline ends these.
    let harness = Harness::with(&["--operation-deadline-seconds", "3600"]).await;
    let store = ready(&harness).await;
    for (spec, again, reason) in [
        (
            json!({ "replicas": 0 }),
            json!({ "replicas": 1 }),
            "Deployment wordpress failed: it is scaled to 0",
        ),
        (
            json!({ "paused": true }),
            json!({ "paused": false }),
            "Deployment wordpress failed: its rollout is paused",
        ),
    ] {
        set_spec(&harness, &store, "wordpress", spec.clone()).await;
        let restarted = operate(&harness, &store, RESTART).await;
        let (code, message) = failure(&restarted);
        assert_eq!(code, FailureCode::WorkloadStopped, "{message}");
        assert!(message.starts_with(reason), "{message}");
        if spec["replicas"] == 0 {
            let reset = operate(&harness, &store, ExclusiveRequest::ResetPassword).await;
            let (code, message) = failure(&reset);
            assert_eq!(code, FailureCode::WorkloadStopped, "{message}");
            assert!(message.starts_with(reason), "{message}");
        }
        set_spec(&harness, &store, "wordpress", again).await;
        let mended = operate(&harness, &store, RESTART).await;
        assert!(matches!(mended.end.unwrap().outcome, Outcome::Succeeded(_)));
    }
    let reset = operate(&harness, &store, ExclusiveRequest::ResetPassword).await;
    assert!(matches!(reset.end.unwrap().outcome, Outcome::Succeeded(_)));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_workload_whose_pods_are_not_those_of_a_store_fails_a_reset_soon() {
    let harness = Harness::with(&["--operation-deadline-seconds", "3600"]).await;
    let store = ready(&harness).await;
    let api = deployments(&harness, &store);
    let mut other = api.get("wordpress").await.unwrap();
    // Its pods go before it: one that is still there is the store's, and takes the new password.
    api.delete("wordpress", &DeleteParams::foreground()).await.unwrap();
    harness.eventually(async || api.get_opt("wordpress").await.unwrap().is_none()).await;
    other.metadata.resource_version = None;
    other.metadata.uid = None;
    let spec = other.spec.as_mut().unwrap();
    for labels in [&mut spec.selector.match_labels, &mut spec.template.metadata.as_mut().unwrap().labels] {
        let labels = labels.as_mut().unwrap();
        labels.insert("app.kubernetes.io/component".into(), "another".into());
    }
    api.create(&PostParams::default(), &other).await.unwrap();
    let reset = operate(&harness, &store, ExclusiveRequest::ResetPassword).await;
    let (code, message) = failure(&reset);
    assert_eq!(code, FailureCode::PodNotFound, "{message}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn pods_that_take_too_long_fail_the_restart_at_its_deadline() {
    // Long enough for the pod of before to be gone, on a busy machine too.
    let harness = Harness::with(&["--operation-deadline-seconds", "8", "--look-after-seconds", "300"]).await;
    let store = ready(&harness).await;
    set_image(&harness, &store, "wordpress", "chaos/image-pull:1").await;
    let failed = operate(
        &harness,
        &store,
        ExclusiveRequest::Restart { target: RestartTarget::Wordpress, guard: Guard::None },
    )
    .await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::DeadlineExceeded, "{message}");
    assert!(message.contains("within 8 s: 0 of 1 pods are available"), "{message}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_in_the_middle_of_a_restart_ends_both() {
    let harness = Harness::with(&["--lease-seconds", "6", "--look-after-seconds", "300"]).await;
    let store = ready(&harness).await;
    set_image(&harness, &store, "wordpress", "chaos/image-pull:1").await;
    let (busy, order) = harness.fixture.request_operation(&store, RESTART).await;
    let (driven, ()) = tokio::join!(harness.drive(&busy), async {
        harness
            .until(&store, |store| store.operation.as_ref().is_some_and(|order| order.started.is_some()))
            .await;
        harness.request_deletion(&store).await;
    });
    assert_eq!(driven.unwrap(), Driven::Done);
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    assert!(harness.namespace(&store).await.is_none());
    assert_eq!(kept(&harness, &store, &order).await.end.unwrap().outcome, Outcome::cut_off());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_that_runners_never_come_to_an_end_with_is_given_up() {
    let harness = Harness::with(&["--max-attempts", "2"]).await;
    let store = ready(&harness).await;
    let (busy, order) = harness.fixture.request_operation(&store, RESTART).await;
    for _ in 0..2 {
        // A runner that takes the store up and is gone.
        harness.fixture.table.acquire_lease(&busy, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    }
    assert_eq!(harness.drive(&busy).await.unwrap(), Driven::Done);
    let given_up = kept(&harness, &store, &order).await;
    assert_eq!(failure(&given_up).0, FailureCode::AttemptsExhausted);
    // The next one has attempts of its own.
    let next = operate(&harness, &store, RESTART).await;
    assert!(matches!(next.end.unwrap().outcome, Outcome::Succeeded(_)));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_second_delivery_of_an_operation_changes_nothing() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let (busy, order) = harness.fixture.request_operation(&store, RESTART).await;
    let (first, second) = (harness.delivery(&busy).await, harness.delivery(&busy).await);
    let (job, shutdown) = (first.job().unwrap(), Shutdown::default());
    assert_eq!(run_job(&harness.runner, &job, &first, &shutdown).await.unwrap(), Driven::Done);
    let before = (harness.read(&store).await, harness.versions(&store).await, harness.events(&store).await);
    assert_eq!(run_job(&harness.runner, &job, &second, &shutdown).await.unwrap(), Driven::Done);
    assert_eq!(
        (harness.read(&store).await, harness.versions(&store).await, harness.events(&store).await),
        before
    );
    assert!(kept(&harness, &store, &order).await.end.is_some());
    let store = harness.read(&store).await;
    assert_eq!((store.state.status(), &store.operation), (Status::Ready, &None));
    harness.delete(&store).await;
}
