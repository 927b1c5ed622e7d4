//! The logs of a store's containers, which are files that KWOK reads as a kubelet does.

use std::{env, fs, path::PathBuf, time::Duration};

use domain::{
    operation::ReadOnlyKind,
    operation::{
        Answer, ExclusiveRequest, Guard, Outcome, ReadOnlyRequest, RestartTarget,
        logs::{Component, LogExcerpt, LogQuery, Tail},
    },
    provisioning::failure::FailureCode,
    store::{Store, status::Status},
    values::timestamp::Timestamp,
};
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, DynamicObject, ListParams, LogParams, PostParams},
    core::ApiResource,
};
use runner::{cluster::ClusterError, resources::STORE_UID};
use serde_json::json;

use crate::{
    operations::passwords::{all_secrets, forms},
    support::{
        harness::Harness,
        ready_store::{cluster, deployments, failure, pods, ready, set_image},
    },
};

/// Lines as a container runtime writes them, one each second from `from` on.
pub(crate) fn written(from: Timestamp, lines: &[&str]) -> String {
    let stamps = (0..).map(|second| from.plus(Duration::from_secs(second)));
    lines.iter().zip(stamps).map(|(line, at)| format!("{at} stdout F {line}\n")).collect()
}

/// Has the container `container` of `pod` leave these logs, and waits until the cluster knows it.
pub(crate) async fn leave_log(
    harness: &Harness,
    store: &Store,
    pod: &str,
    container: &str,
    log: &str,
    previous: Option<&str>,
) {
    let folder = PathBuf::from(env::var_os("CONTAINER_LOGS").expect("this test needs the local stack"));
    let file = |text: &str, end: &str| {
        let path = folder.join(format!("{pod}.{end}"));
        fs::write(&path, text).unwrap();
        path
    };
    let logs = json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Logs", "metadata": { "name": pod },
        "spec": { "logs": [{
            "containers": [container],
            "logsFile": file(log, "log"),
            "previousLogsFile": previous.map(|text| file(text, "previous.log")),
        }] },
    });
    let logs: DynamicObject = serde_json::from_value(logs).unwrap();
    let kind = ApiResource::from_gvk_with_plural(
        &kube::core::GroupVersionKind::try_from(logs.types.as_ref().unwrap()).unwrap(),
        "logs",
    );
    let namespace = store.id.namespace();
    let api: Api<DynamicObject> = Api::namespaced_with(harness.admin.clone(), &namespace, &kind);
    api.create(&PostParams::default(), &logs).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(harness.admin.clone(), &namespace);
    let last = log.lines().last().unwrap_or_default().split(' ').skip(3).collect::<Vec<_>>().join(" ");
    let params = LogParams { container: Some(container.into()), tail_lines: Some(1), ..LogParams::default() };
    harness.eventually(async || pods.logs(pod, &params).await.unwrap().trim_end() == last).await;
}

/// The one pod of `component`.
pub(crate) async fn pod_of(harness: &Harness, store: &Store, component: Component) -> String {
    let pods = pods(harness, store, component.as_str()).await;
    assert_eq!(pods.len(), 1);
    pods.into_iter().next().unwrap()
}

/// What a runner reads.
async fn read(harness: &Harness, store: &Store, query: LogQuery) -> Result<LogExcerpt, ClusterError> {
    cluster(harness, store).log(&store.id, &query, LogExcerpt::MAX_BYTES).await
}

fn texts(excerpt: &LogExcerpt) -> Vec<&str> {
    excerpt.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_log_is_reported_line_by_line_with_times_from_its_end_from_an_instant_on_and_of_the_container_before()
 {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let pod = pod_of(&harness, &store, Component::Wordpress).await;
    let from: Timestamp = "2026-01-31T09:30:00.250Z".parse().unwrap();
    let log = written(from, &["one", "two", "three", "", "the last"]);
    leave_log(&harness, &store, &pod, "wordpress", &log, Some(&written(from, &["it crashed"]))).await;

    let query = LogQuery::of(Component::Wordpress);
    let all = read(&harness, &store, query).await.unwrap();
    assert_eq!((all.pod.as_str(), all.container.as_str(), all.truncated), (pod.as_str(), "wordpress", false));
    assert_eq!(texts(&all), ["one", "two", "three", "", "the last"]);
    let times: Vec<_> = all.lines.iter().map(|line| line.at.unwrap()).collect();
    assert_eq!(times, (0..5).map(|second| from.plus(Duration::from_secs(second))).collect::<Vec<_>>());

    let tail = LogQuery { tail: Tail::new(2).unwrap(), ..query };
    assert_eq!(texts(&read(&harness, &store, tail).await.unwrap()), ["", "the last"]);
    let since = |since: Timestamp| LogQuery { since: Some(since), ..query };
    let two = from.plus(Duration::from_secs(1));
    assert_eq!(texts(&read(&harness, &store, since(two)).await.unwrap())[0], "two");
    let later = two.plus(Duration::from_millis(1));
    assert_eq!(texts(&read(&harness, &store, since(later)).await.unwrap())[0], "three", "to the millisecond");
    let never = read(&harness, &store, since(Timestamp::now())).await.unwrap();
    assert_eq!((texts(&never).len(), never.truncated), (0, false));
    let previous = LogQuery { previous: true, ..query };
    assert_eq!(texts(&read(&harness, &store, previous).await.unwrap()), ["it crashed"]);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_a_log_that_is_too_large_the_newest_quarter_of_a_megabyte_is_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let pod = pod_of(&harness, &store, Component::Mysql).await;
    let line = "é".repeat(511);
    let lines: Vec<_> = (0..2000).map(|number| format!("{line}{number:04}")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    leave_log(&harness, &store, &pod, "mysql", &written(Timestamp::now(), &lines), None).await;

    let query = LogQuery { tail: Tail::new(Tail::MAX).unwrap(), ..LogQuery::of(Component::Mysql) };
    let excerpt = read(&harness, &store, query).await.unwrap();
    assert!(excerpt.truncated);
    let fit = LogExcerpt::MAX_BYTES / (lines[0].len() + 1);
    assert_eq!(texts(&excerpt), lines[2000 - fit..]);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn no_value_of_the_stores_secrets_is_reported_in_whatever_form() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let note = json!({ "stringData": { "next-admin-password": "still to come" } });
    let secrets: Api<Secret> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let params = kube::api::PatchParams::default();
    secrets.patch("wordpress-credentials", &params, &kube::api::Patch::Merge(note)).await.unwrap();
    let values = all_secrets(&harness, &store).await;
    assert_eq!(values.len(), 12);
    let careless =
        values.iter().flat_map(|value| forms(value)).map(|form| format!("login as x:{form}@mysql"));
    let careless: Vec<_> = careless.collect();
    let lines: Vec<_> = careless.iter().map(String::as_str).collect();
    let pod = pod_of(&harness, &store, Component::Setup).await;
    leave_log(&harness, &store, &pod, "setup", &written(Timestamp::now(), &lines), None).await;

    let excerpt = read(&harness, &store, LogQuery::of(Component::Setup)).await.unwrap();
    assert_eq!(excerpt.lines.len(), 36);
    for line in texts(&excerpt) {
        assert!(line.starts_with("login as x:…") && line.ends_with("@mysql"), "{line}");
        assert!(line.len() < 30, "next to nothing of a secret is left: {line}");
    }
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failure_tells_what_the_container_said_before_it_was_begun_again_without_secrets() {
    let flags = ["--mysql-image", "chaos/crash-loop:1", "--keep-failed", "--look-after-seconds", "1"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let pod = pod_of(&harness, &store, Component::Mysql).await;
    let values = all_secrets(&harness, &store).await;
    let careless: Vec<_> = values.iter().flat_map(|value| forms(value)).collect();
    let lines = (0..40).map(|number| format!("line {number}")).chain(careless.iter().cloned());
    let lines: Vec<_> = lines.collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    leave_log(&harness, &store, &pod, "mysql", "", Some(&written(Timestamp::now(), &lines))).await;

    let again = harness.fixture.request_retry(&store).await;
    harness.drive(&again).await.unwrap();
    let failed = harness.read(&store).await;
    assert_eq!(failed.state.status(), Status::Failed);
    let log = harness.fixture.table.failure_log(&failed).await.unwrap().unwrap();
    assert_eq!((log.pod.as_str(), log.container.as_str(), log.truncated), (pod.as_str(), "mysql", false));
    assert_eq!(log.lines.len(), 40, "not more than the last ones");
    assert_eq!(log.lines.iter().filter(|line| line.text.contains('…')).count(), careless.len());
    let table = harness.fixture.clients.dynamodb.scan().table_name(harness.fixture.table.name());
    let table = format!("{:?}", table.send().await.unwrap().items.unwrap());
    assert!(table.contains("line 39"));
    assert!(careless.iter().all(|form| !table.contains(form)), "a password is in the table");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_newest_pod_of_the_stores_own_is_read() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let first = pod_of(&harness, &store, Component::Setup).await;
    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let template = api.get(&first).await.unwrap();
    // To the API server a pod's age is a matter of whole seconds.
    let created = Timestamp::from(template.creation_timestamp().unwrap().0);
    harness.eventually(async || Timestamp::now().whole_second() > created).await;
    let again = |name: &str, uid: &str| {
        let mut pod = Pod { spec: template.spec.clone(), ..Pod::default() };
        pod.metadata.name = Some(name.into());
        pod.metadata.labels = template.metadata.labels.clone();
        pod.metadata.labels.as_mut().unwrap().insert(STORE_UID.into(), uid.into());
        pod
    };
    api.create(&PostParams::default(), &again("second-try", &store.uid.to_string())).await.unwrap();
    let stranger = uuid::Uuid::now_v7().to_string();
    api.create(&PostParams::default(), &again("a-strangers", &stranger)).await.unwrap();
    let excerpt = read(&harness, &store, LogQuery::of(Component::Setup)).await.unwrap();
    assert_eq!(excerpt.pod, "second-try");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_has_no_log_is_reported_and_why() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let wordpress = pod_of(&harness, &store, Component::Wordpress).await;
    let mysql = pod_of(&harness, &store, Component::Mysql).await;
    leave_log(&harness, &store, &mysql, "mysql", &written(Timestamp::now(), &["its first"]), None).await;
    let first = LogQuery { previous: true, ..LogQuery::of(Component::Mysql) };
    let none = read(&harness, &store, first).await.unwrap_err();
    assert!(matches!(&none, ClusterError::NoLog { pod, .. } if *pod == mysql), "{none}");

    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let setup = ListParams::default().labels("app.kubernetes.io/component=setup");
    api.delete_collection(&DeleteParams::default().grace_period(0), &setup).await.unwrap();
    harness.eventually(async || pods(&harness, &store, "setup").await.is_empty()).await;
    let none = read(&harness, &store, LogQuery::of(Component::Setup)).await.unwrap_err();
    let said = none.to_string();
    assert!(said.starts_with("there is no pod of setup; the store has "), "{said}");
    assert!(said.contains(&wordpress) && said.contains(&mysql), "{said}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_the_secrets_are_not_known_nothing_is_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let secrets: Api<Secret> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    secrets.delete("mysql-credentials", &DeleteParams::default()).await.unwrap();
    let refused = read(&harness, &store, LogQuery::of(Component::Wordpress)).await.unwrap_err();
    assert_eq!(refused.to_string(), "Secret mysql-credentials is not there");
    harness.delete(&store).await;
}

/// Has `query` of `store` asked for and answered as by anybody.
async fn recorded(
    harness: &Harness,
    store: &Store,
    query: LogQuery,
) -> Result<LogExcerpt, (FailureCode, String)> {
    let key = harness.fixture.request_read_only(store, ReadOnlyRequest::Logs(query)).await;
    let operation = harness.inquire(&key, ReadOnlyKind::Logs).await;
    match harness.fixture.table.answer(&key, Timestamp::now()).await.unwrap() {
        Some(Answer::Log(log)) => Ok(log),
        Some(Answer::Credentials(_)) => panic!("that was not asked for"),
        None => {
            let (code, message) = failure(&operation);
            Err((code, message.to_owned()))
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_quarter_of_a_megabyte_of_short_lines_goes_into_the_table_and_comes_back() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let pod = pod_of(&harness, &store, Component::Wordpress).await;
    let lines: Vec<_> = (0..2000).map(|number| format!("{}{number:04}", "x".repeat(140))).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    leave_log(&harness, &store, &pod, "wordpress", &written(Timestamp::now(), &lines), None).await;
    let query = LogQuery { tail: Tail::new(Tail::MAX).unwrap(), ..LogQuery::of(Component::Wordpress) };
    let log = recorded(&harness, &store, query).await.unwrap();
    let fit = LogExcerpt::MAX_BYTES / 145;
    assert_eq!((texts(&log), log.truncated), (lines[2000 - fit..].to_vec(), true));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn logs_are_reported_of_a_store_that_failed_and_was_kept_and_of_no_pod_where_there_is_none() {
    let flags = ["--mysql-image", "chaos/crash-loop:1", "--keep-failed", "--look-after-seconds", "1"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    let (code, message) = recorded(&harness, &store, LogQuery::of(Component::Mysql)).await.unwrap_err();
    assert_eq!(code, FailureCode::PodNotFound, "{message}");
    assert!(message.starts_with("there is no pod of mysql; the store has no pods. "), "{message}");
    harness.drive(&store).await.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Failed);
    let log = recorded(&harness, &store, LogQuery::of(Component::Mysql)).await.unwrap();
    assert_eq!((log.container.as_str(), log.lines.len()), ("mysql", 1));
    // Its pod was got ready while the database was waited for.
    deployments(&harness, &store).delete("wordpress", &DeleteParams::foreground()).await.unwrap();
    harness
        .eventually(async || deployments(&harness, &store).get_opt("wordpress").await.unwrap().is_none())
        .await;
    let (code, message) = recorded(&harness, &store, LogQuery::of(Component::Wordpress)).await.unwrap_err();
    assert_eq!(code, FailureCode::PodNotFound, "{message}");
    assert!(message.contains("there is no pod of wordpress; the store has mysql-"), "{message}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn two_logs_are_reported_at_once_while_a_restart_hangs() {
    let harness =
        Harness::with(&["--look-after-seconds", "300", "--operation-deadline-seconds", "300"]).await;
    let store = ready(&harness).await;
    set_image(&harness, &store, "wordpress", "chaos/image-pull:1").await;
    let target = RestartTarget::Wordpress;
    let (busy, _) = harness
        .fixture
        .request_operation(&store, ExclusiveRequest::Restart { target, guard: Guard::None })
        .await;
    tokio::select! {
        _ = harness.drive(&busy) => panic!("it hangs"),
        (mysql, setup) = async {
            let begun = |store: &Store| store.operation.as_ref().is_some_and(|order| order.started.is_some());
            let now = harness.until(&store, begun).await;
            tokio::join!(
                recorded(&harness, &now, LogQuery::of(Component::Mysql)),
                recorded(&harness, &now, LogQuery::of(Component::Setup)),
            )
        } => {
            assert_eq!(mysql.unwrap().container, "mysql");
            assert_eq!(setup.unwrap().container, "setup");
        }
    }
    harness.discard(&store.id.namespace()).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_a_store_that_is_deleted_in_the_middle_no_log_is_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let key = harness
        .fixture
        .request_read_only(&store, ReadOnlyRequest::Logs(LogQuery::of(Component::Mysql)))
        .await;
    let deleting = harness.request_deletion(&store).await;
    assert_eq!(harness.inquire(&key, ReadOnlyKind::Logs).await.end.unwrap().outcome, Outcome::cut_off());
    harness.drive(&deleting).await.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}
