//! A store from nothing to Ready to nothing.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    provisioning::{event::EventKind, step::Step},
    store::{state::State, status::Status},
};
use kube::ResourceExt as _;
use runner::{reconcile::JobOutcome, resources::STORE_UID};

use crate::support::{
    audit_log::requests_of,
    harness::{Harness, recorded},
};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_made_with_all_its_objects_and_a_timeline() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    assert_eq!(harness.drive(&store).await.unwrap(), JobOutcome::Done);

    let State::Ready(ready) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!(ready.url, format!("http://{}.store.127.0.0.1.nip.io", store.id));

    let namespace = harness.namespace(&store).await.unwrap();
    let uid = store.uid.to_string();
    assert_eq!(namespace.labels()["pod-security.kubernetes.io/enforce"], "restricted");
    assert_eq!(namespace.labels()[STORE_UID], uid);
    let objects = harness.objects(&store).await;
    let mut names = BTreeMap::<_, Vec<_>>::new();
    for object in &objects {
        assert_eq!(object.labels()[STORE_UID], uid, "{}", object.name_any());
        names.entry(object.types.as_ref().unwrap().kind.as_str()).or_default().push(object.name_any());
    }
    let expected = [
        ("Deployment", vec!["mysql", "wordpress"]),
        ("Ingress", vec!["wordpress"]),
        ("Job", vec!["setup"]),
        ("LimitRange", vec!["store"]),
        ("NetworkPolicy", vec!["default-deny", "wordpress"]),
        ("PersistentVolumeClaim", vec!["mysql", "wordpress"]),
        ("ResourceQuota", vec!["store"]),
        ("Secret", vec!["mysql-credentials", "wordpress-credentials"]),
        ("Service", vec!["mysql", "wordpress"]),
    ];
    let expected =
        expected.map(|(kind, names)| (kind, names.into_iter().map(String::from).collect::<Vec<_>>()));
    assert_eq!(names, BTreeMap::from(expected));

    let mut timeline: Vec<_> = Step::PROVISIONING
        .into_iter()
        .flat_map(|step| [(EventKind::StepStarted, Some(step)), (EventKind::StepCompleted, Some(step))])
        .collect();
    timeline.push((EventKind::StoreReady, None));
    assert_eq!(recorded(&harness.events(&store).await), timeline);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deleted_store_is_gone_from_the_cluster_and_leaves_its_record() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    harness.delete(&store).await;
    assert!(harness.namespace(&store).await.is_none());
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    let events = recorded(&harness.events(&store).await);
    assert_eq!(
        events[events.len() - 3..],
        [
            (EventKind::StepStarted, Some(Step::DeleteNamespace)),
            (EventKind::StepCompleted, Some(Step::DeleteNamespace)),
            (EventKind::StoreDeleted, None),
        ]
    );
    assert_eq!(harness.fixture.table.platform_count().await.unwrap(), 0);

    let everything = harness.fixture.clients.dynamodb.query().table_name(harness.fixture.table.name());
    let everything = everything
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(format!("STORE#{}", store.id)));
    let items = everything.send().await.unwrap().items.unwrap();
    assert!(items.len() > 2 * Step::PROVISIONING.len());
    for item in items {
        assert!(item.contains_key("expiresAt"), "its history goes with its record: {item:?}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_second_delivery_changes_nothing() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let (first, second) = (harness.delivery(&store).await, harness.delivery(&store).await);
    let job = first.job().unwrap();
    let shutdown = runner::worker::shutdown::Shutdown::default();
    let drive = |delivery| runner::worker::run_job(&harness.runner, &job, delivery, &shutdown);
    assert_eq!(drive(&first).await.unwrap(), JobOutcome::Done);

    let (record, versions, events) =
        (harness.read(&store).await, harness.versions(&store).await, harness.events(&store).await);
    let requests = harness.requests.load(Ordering::Relaxed);
    assert_eq!(drive(&second).await.unwrap(), JobOutcome::Done);
    assert_eq!(harness.read(&store).await, record);
    assert_eq!(harness.events(&store).await, events);
    assert_eq!(harness.versions(&store).await, versions);
    assert_eq!(harness.requests.load(Ordering::Relaxed), requests, "the cluster was not even asked");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_two_deliveries_at_once_one_does_the_work() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let (first, second) = tokio::join!(harness.drive(&store), harness.drive(&store));
    let outcomes = [first.unwrap(), second.unwrap()];
    assert!(outcomes.contains(&JobOutcome::Done), "{outcomes:?}");
    let ready =
        harness.events(&store).await.iter().filter(|event| event.kind == EventKind::StoreReady).count();
    assert_eq!(ready, 1);
    harness.delete(&store).await;
}

/// Runs the whole sequence again on a store that is there: what a runner does that takes up the work
/// of one which died just before it could say that it was done.
#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_sequence_run_again_changes_no_object_and_no_secret() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let before = harness.versions(&store).await;

    // The same incarnation, as if its runner had never written to the table.
    let again = Harness::new().await;
    again.fixture.create(&store).await;
    assert_eq!(again.drive(&store).await.unwrap(), JobOutcome::Done);
    assert_eq!(again.state(&store).await.status(), Status::Ready);
    assert_eq!(harness.versions(&store).await, before);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_provisioning_takes_at_most_eighteen_requests() {
    // Pods are looked at only when they take long, which on a machine under load they may.
    let harness = Harness::with(&["--look-after-seconds", "300"]).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let requests = harness.requests.load(Ordering::Relaxed);
    assert!(requests <= 18, "{requests} requests");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn isolation_quota_secrets_and_volumes_come_before_all_pods_and_the_ways_to_the_shop_after_them() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let created = || {
        let creates = requests_of(harness.agent()).into_iter().map(|request| request.right);
        creates.filter(|right| right.verb == "create").map(|right| right.resource).collect::<Vec<_>>()
    };
    harness.eventually(async || created().last().is_some_and(|last| last == "ingresses")).await;
    let created = created();
    let places = |resource: &str| {
        let places = created.iter().enumerate().filter(|(_, created)| *created == resource);
        places.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let pods = [places("deployments"), places("jobs")].concat();
    let (first, last) = (pods.iter().min().unwrap(), pods.iter().max().unwrap());
    for before in ["networkpolicies", "resourcequotas", "limitranges", "secrets", "persistentvolumeclaims"] {
        assert!(places(before).iter().max().unwrap() < first, "{before} in {created:?}");
    }
    for after in ["services", "ingresses"] {
        assert!(places(after).iter().max().unwrap() > last, "{after} in {created:?}");
    }
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_job_was_lost_is_made_all_the_same() {
    let harness = Harness::with(&["--sweep-interval-seconds", "1"]).await;
    let mut store = testkit::fixture::new_store("ada");
    store.due = Some(store.created.plus(Duration::from_millis(100)));
    harness.fixture.create(&store).await;

    let shutdown = runner::worker::shutdown::Shutdown::default();
    let running = tokio::spawn(runner::worker::run(std::sync::Arc::clone(&harness.runner), shutdown.clone()));
    harness.until(&store, |store| store.state.status() == Status::Ready).await;
    harness.request_deletion(&store).await;
    harness
        .fixture
        .queue
        .send(&domain::queue::job::Job::of(&harness.read(&store).await).unwrap(), None)
        .await
        .unwrap();
    harness.until(&store, |store| store.state.status() == Status::Deleted).await;
    shutdown.drain.cancel();
    running.await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_https_does_not_answer_is_not_told_to_answer() {
    let harness = Harness::with(&["--tls", "wildcard", "--https-check-address", "127.0.0.1:1"]).await;
    let store = harness.fixture.store().await;
    assert_eq!(harness.drive(&store).await.unwrap(), JobOutcome::Done);
    assert_eq!(harness.state(&store).await.status(), Status::Ready);
    let events = harness.events(&store).await;
    let ready = events.iter().find(|event| event.kind == EventKind::StoreReady).unwrap();
    let host = format!("https://{}.store.127.0.0.1.nip.io", store.id);
    assert!(
        ready
            .message
            .starts_with(&format!("The store is up. At its address {host} it does not answer yet. ")),
        "{}",
        ready.message
    );
    assert!(ready.message.contains("nobody takes the connection to 127.0.0.1:1"), "{}", ready.message);
    harness.delete(&store).await;
}
