//! A new password for a shop's administrator: WordPress, for which a stand-in speaks, and the store's
//! Secret have the same one in the end, and nobody else has any.

use std::{collections::BTreeMap, env, fs, path::PathBuf, sync::Arc};

use domain::{
    operation::ReadOnlyKind,
    operation::{
        Answer, ExclusiveRequest, OperationResult, Outcome, ReadOnlyRequest,
        credentials::PrivateKey,
        logs::{Component, LogQuery},
    },
    provisioning::failure::FailureCode,
    queue::job::Job,
    store::{Store, status::Status},
    values::{digest::Digest, timestamp::Timestamp},
};
use k8s_openapi::{
    ByteString,
    api::{
        core::v1::Secret,
        rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject},
    },
};
use kube::{
    Api,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use nix::sys::signal::Signal;
use runner::reconcile::JobOutcome as Driven;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::account::Account;
use uuid::Uuid;

use crate::{
    operations::logs::{leave_log, pod_of, written},
    support::{
        harness::{Harness, impersonating},
        process::Process,
        ready_store::{carry_out, deployments, failure, kept, operate, pods, ready, set_image},
    },
};

pub(crate) const RESET: ExclusiveRequest = ExclusiveRequest::ResetPassword;
pub(crate) const NAME: &str = "wordpress-credentials";
pub(crate) const HOLDS: &str = "admin-password";
pub(crate) const NEXT: &str = "next-admin-password";

pub(crate) fn secrets(harness: &Harness, store: &Store) -> Api<Secret> {
    Api::namespaced(harness.admin.clone(), &store.id.namespace())
}

/// What the store's Secret holds, by its keys.
pub(crate) async fn secret(harness: &Harness, store: &Store) -> BTreeMap<String, String> {
    let data = secrets(harness, store).get(NAME).await.unwrap().data.unwrap();
    data.into_iter().map(|(key, ByteString(value))| (key, String::from_utf8(value).unwrap())).collect()
}

/// What the stand-in for the store's WordPress remembers under `name`.
fn remembered(store: &Store, name: &str) -> PathBuf {
    let folder = env::var_os("WORDPRESS_STAND_IN").expect("this test needs the local stack");
    PathBuf::from(folder).join(format!("{}.store.127.0.0.1.nip.io.{name}", store.id))
}

/// The digest of the password that WordPress was given last.
fn recorded(store: &Store) -> String {
    fs::read_to_string(remembered(store, "password")).unwrap().trim_end().to_owned()
}

/// How WordPress was called.
fn calls(store: &Store) -> Vec<String> {
    fs::read_to_string(remembered(store, "calls")).unwrap().lines().map(str::to_owned).collect()
}

/// The password that both have.
async fn agreed(harness: &Harness, store: &Store) -> String {
    let mut secret = secret(harness, store).await;
    assert!(!secret.contains_key(NEXT), "nothing of the change is left");
    let holds = secret.remove(HOLDS).unwrap();
    assert_eq!(recorded(store), Digest::of(holds.as_bytes()).as_str(), "Secret and WordPress disagree");
    holds
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn wordpress_and_the_secret_have_the_same_new_password_and_all_else_stays() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = secret(&harness, &store).await;
    let pods_before = pods(&harness, &store, "wordpress").await;
    let reset = operate(&harness, &store, RESET).await;
    let result = OperationResult::PasswordReset { user: "admin".into() };
    assert_eq!(reset.end.as_ref().unwrap().outcome, Outcome::Succeeded(result));

    let new = agreed(&harness, &store).await;
    assert_eq!((new.len(), new == before[HOLDS]), (before[HOLDS].len(), false));
    let mut after = secret(&harness, &store).await;
    after.insert(HOLDS.into(), before[HOLDS].clone());
    assert_eq!(after, before, "salts would sign everybody out");
    assert_eq!(pods(&harness, &store, "wordpress").await, pods_before);
    assert!(calls(&store).iter().all(|call| !call.contains(&new)), "a command line is for everybody to see");

    operate(&harness, &store, RESET).await;
    assert_ne!(agreed(&harness, &store).await, new);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_reset_that_was_left_half_done_goes_on_with_the_password_that_is_written_down() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let (busy, order) = harness.fixture.request_operation(&store, RESET).await;
    // What a runner leaves that died before it gave it to WordPress, or before it could say that it has.
    let note = json!({
        "metadata": { "annotations": { "shopwright.dev/operation": order.id } },
        "stringData": { NEXT: "written-down" },
    });
    secrets(&harness, &store).patch(NAME, &PatchParams::default(), &Patch::Merge(note)).await.unwrap();
    assert_eq!(harness.drive(&busy).await.unwrap(), Driven::Done);
    assert_eq!(agreed(&harness, &store).await, "written-down");

    // And one that died before it could say that all is done.
    let before = harness.versions(&store).await;
    let again = carry_out(&harness, &store, &order).await;
    assert_eq!(again, OperationResult::PasswordReset { user: "admin".into() });
    assert_eq!((harness.versions(&store).await, calls(&store).len()), (before, 1));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_wordpress_that_refuses_fails_the_reset_in_its_words_and_the_next_one_mends_it() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = secret(&harness, &store).await;
    fs::write(remembered(&store, "refuses"), "").unwrap();
    let failed = operate(&harness, &store, RESET).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::CommandFailed, "{message}");
    assert!(message.contains("`wp user update` in pod wordpress-"), "{message}");
    assert!(message.contains("failed: Error: the database has gone away."), "{message}");
    let after = secret(&harness, &store).await;
    assert_eq!(after[HOLDS], before[HOLDS], "the one that may still hold is not thrown away");
    assert!(!message.contains(&after[NEXT]), "no password is shown");

    fs::remove_file(remembered(&store, "refuses")).unwrap();
    operate(&harness, &store, RESET).await;
    assert_ne!(agreed(&harness, &store).await, after[NEXT], "nobody knows whether that one was taken");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_reset_says_what_is_not_there() {
    let harness = Harness::with(&["--look-after-seconds", "1", "--operation-deadline-seconds", "60"]).await;
    let store = ready(&harness).await;
    let good = deployments(&harness, &store).get("wordpress").await.unwrap();
    let good = good.spec.unwrap().template.spec.unwrap().containers[0].image.clone().unwrap();
    set_image(&harness, &store, "wordpress", "chaos/image-pull:1").await;
    let failed = operate(&harness, &store, RESET).await;
    assert_eq!(failure(&failed).0, FailureCode::ImagePullFailed, "{failed:?}");
    set_image(&harness, &store, "wordpress", &good).await;

    let scale = |replicas: u8| Patch::Merge(json!({ "spec": { "replicas": replicas } }));
    let params = PatchParams::default();
    deployments(&harness, &store).patch("wordpress", &params, &scale(0)).await.unwrap();
    let failed = operate(&harness, &store, RESET).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::WorkloadStopped, "{message}");
    assert!(message.starts_with("Deployment wordpress failed: it is scaled to 0"), "{message}");
    deployments(&harness, &store).patch("wordpress", &params, &scale(1)).await.unwrap();

    secrets(&harness, &store).delete(NAME, &DeleteParams::default()).await.unwrap();
    let failed = operate(&harness, &store, RESET).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::ObjectDeleted, "{message}");
    assert!(message.starts_with("Secret wordpress-credentials is not there"), "{message}");
    harness.delete(&store).await;
}

/// A runner for the stores of `harness` to which the cluster grants all that a runner has but `right`.
async fn without(harness: &Harness, right: &str) -> Harness {
    let rules = include_str!("../../../../infra/charts/runner/files/rules.yaml");
    let mut rules: Vec<PolicyRule> = serde_yaml_ng::from_str(rules).unwrap();
    let all = rules.len();
    rules.retain(|rule| rule.resources.iter().flatten().all(|resource| resource != right));
    assert_eq!(rules.len(), all - 1, "a runner has the right");
    let name = format!("runner-without-{}", Uuid::new_v4().simple());
    let metadata = || ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
    let role = ClusterRole { metadata: metadata(), rules: Some(rules), aggregation_rule: None };
    let role_ref = RoleRef {
        api_group: "rbac.authorization.k8s.io".into(),
        kind: "ClusterRole".into(),
        name: name.clone(),
    };
    let user = Subject { kind: "User".into(), name: name.clone(), ..Subject::default() };
    let binding = ClusterRoleBinding { metadata: metadata(), role_ref, subjects: Some(vec![user]) };
    let create = PostParams::default();
    Api::all(harness.admin.clone()).create(&create, &role).await.unwrap();
    Api::all(harness.admin.clone()).create(&create, &binding).await.unwrap();
    let mut other = Harness::over(harness.fixture.clone(), &[]).await;
    Arc::get_mut(&mut other.runner).unwrap().client = impersonating(Account::Administrator, &name).await;
    other
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_that_may_not_run_commands_says_so_at_once() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = secret(&harness, &store).await;
    let powerless = without(&harness, "pods/exec").await;
    // That the role is there is not known everywhere at once.
    powerless.eventually(async || may_read(&powerless, &store).await).await;
    let failed = operate(&powerless, &store, RESET).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::ClusterRefused, "{message}");
    assert!(message.contains("refused exec Pod wordpress-"), "{message}");
    assert!(message.contains("cannot get resource \"pods/exec\""), "{message}");
    assert_eq!(secret(&harness, &store).await[HOLDS], before[HOLDS], "WordPress was not given another");
    operate(&harness, &store, RESET).await;
    agreed(&harness, &store).await;
    harness.delete(&store).await;
}

async fn may_read(harness: &Harness, store: &Store) -> bool {
    let secrets: Api<Secret> = Api::namespaced(harness.runner.client.clone(), &store.id.namespace());
    secrets.get(NAME).await.is_ok()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_in_the_middle_of_a_reset_ends_both() {
    let harness = Harness::with(&["--lease-seconds", "6", "--look-after-seconds", "300"]).await;
    let store = ready(&harness).await;
    // It waits for a pod that is ready.
    set_image(&harness, &store, "wordpress", "chaos/image-pull:1").await;
    let (busy, order) = harness.fixture.request_operation(&store, RESET).await;
    let (driven, ()) = tokio::join!(harness.drive(&busy), async {
        harness.eventually(async || secret(&harness, &store).await.contains_key(NEXT)).await;
        harness.request_deletion(&store).await;
    });
    assert_eq!(driven.unwrap(), Driven::Done);
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    assert_eq!(kept(&harness, &store, &order).await.end.unwrap().outcome, Outcome::cut_off());
    assert!(!remembered(&store, "password").exists(), "WordPress was given nothing");
}

/// In every form that a careless line could have them in.
pub(crate) fn forms(password: &str) -> [String; 3] {
    let hexadecimal = password.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = serde_json::to_value(ByteString(password.as_bytes().to_vec())).unwrap();
    [password.to_owned(), base64.as_str().unwrap().to_owned(), hexadecimal]
}

/// Every value of every Secret of the store.
pub(crate) async fn all_secrets(harness: &Harness, store: &Store) -> Vec<String> {
    let listed = secrets(harness, store).list(&kube::api::ListParams::default()).await.unwrap();
    let values = listed.items.into_iter().filter_map(|secret| secret.data).flatten();
    values.map(|(_, ByteString(value))| String::from_utf8(value).unwrap()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn no_password_is_in_the_log_the_table_or_the_queue_however_much_is_logged() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let job = |store: &Store| Job::of(store).unwrap();
    harness.fixture.queue.send(&job(&store), None).await.unwrap();
    let process = Process::start_with(&harness, &[], &[("RUST_LOG", "trace")]);
    harness.until(&store, |store| store.state.status() == Status::Ready).await;
    let mut passwords = all_secrets(&harness, &store).await;
    let (busy, order) = harness.fixture.request_operation(&store, RESET).await;
    harness.fixture.queue.send(&job(&busy), None).await.unwrap();
    harness.until(&store, |store| store.operation.as_ref().is_none()).await;
    assert!(matches!(kept(&harness, &store, &order).await.end.unwrap().outcome, Outcome::Succeeded(_)));
    passwords.push(agreed(&harness, &store).await);
    let recipient = PrivateKey::generate().unwrap();
    let reveal = ReadOnlyRequest::RevealCredentials { public_key: recipient.public_key() };
    let key = harness.fixture.request_read_only(&store, reveal).await;
    harness
        .fixture
        .queue
        .send(&Job::ReadOnly { operation: key.clone(), kind: ReadOnlyKind::RevealCredentials }, None)
        .await
        .unwrap();
    harness.eventually(async || harness.operation(&key).await.end.is_some()).await;
    let answer = harness.fixture.table.answer(&key, Timestamp::now()).await.unwrap();
    let Some(Answer::Credentials(sealed)) = answer else { panic!("it was not revealed") };
    let revealed = recipient.open(&key, &sealed).unwrap().password;
    assert_eq!(Some(revealed.expose_secret()), passwords.last().map(String::as_str));

    let holds = all_secrets(&harness, &store).await;
    let careless: Vec<_> = holds.iter().flat_map(|password| forms(password)).collect();
    let careless: Vec<_> = careless.iter().map(String::as_str).collect();
    let pod = pod_of(&harness, &store, Component::Wordpress).await;
    leave_log(&harness, &store, &pod, "wordpress", &written(Timestamp::now(), &careless), None).await;
    let key = harness
        .fixture
        .request_read_only(&store, ReadOnlyRequest::Logs(LogQuery::of(Component::Wordpress)))
        .await;
    harness
        .fixture
        .queue
        .send(&Job::ReadOnly { operation: key.clone(), kind: ReadOnlyKind::Logs }, None)
        .await
        .unwrap();
    harness.eventually(async || harness.operation(&key).await.end.is_some()).await;
    let answer = harness.fixture.table.answer(&key, Timestamp::now()).await.unwrap();
    let Some(Answer::Log(recorded)) = answer else { panic!("there is no log") };
    assert_eq!(recorded.lines.len(), careless.len());

    let table = harness.fixture.clients.dynamodb.scan().table_name(harness.fixture.table.name());
    let table = format!("{:?}", table.send().await.unwrap().items.unwrap());
    process.signal(Signal::SIGTERM);
    let (lines, ended_well) = process.ended().await;
    assert!(ended_well);
    let log = Value::from(lines).to_string();
    assert!(log.contains("\"TRACE\"") && log.contains("exec"), "everything was logged");
    for password in passwords {
        for form in forms(&password) {
            assert!(!log.contains(&form), "a password is in the log");
            assert!(!table.contains(&form), "a password is in the table");
        }
    }
    let left = harness.fixture.queue.receive(10, std::time::Duration::ZERO, std::time::Duration::ZERO).await;
    assert!(left.unwrap().is_empty(), "nothing was left on the queue that could hold one");
    harness.delete(&store).await;
}
