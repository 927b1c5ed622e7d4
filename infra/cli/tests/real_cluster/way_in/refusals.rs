//! What the controller of the Gateway does not take: stores of a runner of their own, whose Gateway is another one.

use std::{process::Stdio, time::Duration};

use domain::{
    provisioning::{failure::FailureCode, step::Step},
    queue::job::Job,
    store::state::State,
};
use serde_json::{Value, json};
use testkit::{fixture::Fixture, wait};
use tokio::process::Command;
use uuid::Uuid;

use super::{
    front::{named, runner_command},
    street::Street,
};
use crate::kubectl::{apply, attempt, kubectl};

/// How long a store may take until it fails: its pods come up first.
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_host_that_no_listener_has_is_refused_with_the_controllers_own_reason() {
    if Street::find().is_none() {
        return;
    }
    let Some(gateway) = NarrowGateway::beside_the_platforms() else { return };
    let message = failure(&["--gateway-name", &gateway.name]).await;
    assert!(message.contains("NoMatchingListenerHostname"), "{message}");
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_named_at_the_deadline() {
    if Street::find().is_none() {
        return;
    }
    let message = failure(&["--gateway-name", "nobody", "--provision-deadline-seconds", "180"]).await;
    let expected = format!("there is a Gateway nobody in the namespace {}", namespace());
    assert!(message.contains(&expected), "{message}");
}

/// What a store fails with whose runner has `flags`.
async fn failure(flags: &[&str]) -> String {
    let fixture = Fixture::new().await;
    let mut runner = Command::from(runner_command());
    let runner = runner
        .args(["run", "--listen", "127.0.0.1:0", "--routing", "gateway"])
        .args(["--table-name", fixture.table.name(), "--queue-url", fixture.queue.url()])
        .args(flags)
        .env("KUBECONFIG", std::env::var("RUNNER_KUBECONFIG").unwrap())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let store = fixture.store().await;
    fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();
    let failed = wait::answer(PATIENCE, "the store fails", async || match fixture.read(&store).await.state {
        State::Failed(failed) => Some(failed),
        State::Provisioning(_) | State::Ready(_) | State::Deleting(_) | State::Deleted(_) => None,
    });
    let failed = failed.await;
    assert_eq!((failed.failure.step, failed.failure.code), (Step::CreateIngress, FailureCode::RouteRefused));
    // Its runner cleans up.
    let gone = format!("namespace/{}", store.id.namespace());
    tokio::task::spawn_blocking(move || kubectl(&["wait", "--for=delete", &gone, "--timeout=180s"]))
        .await
        .unwrap();
    drop(runner);
    failed.failure.message
}

fn namespace() -> String {
    named("GATEWAY_NAMESPACE", "gateway")
}

/// The platform's Gateway over again, for hosts below another domain.
struct NarrowGateway {
    name: String,
}

impl NarrowGateway {
    fn beside_the_platforms() -> Option<Self> {
        let (name, namespace) = (named("GATEWAY_NAME", "stores"), namespace());
        let found = attempt(&["-n", &namespace, "get", "gateway", &name, "-o", "json"]);
        if !found.status.success() {
            println!("skipped: there is no Gateway {name} in the namespace {namespace}");
            return None;
        }
        let mut gateway: Value = serde_json::from_slice(&found.stdout).unwrap();
        let name = format!("narrow-{}", Uuid::new_v4().simple());
        gateway["metadata"] = json!({ "name": name, "namespace": namespace });
        gateway.as_object_mut().unwrap().remove("status");
        for listener in gateway["spec"]["listeners"].as_array_mut().unwrap() {
            listener["hostname"] = json!("*.narrow.example.com");
        }
        apply(&gateway);
        Some(Self { name })
    }
}

impl Drop for NarrowGateway {
    fn drop(&mut self) {
        // A test that fails has its own message, which a panic here would hide.
        let _ = attempt(&["-n", &namespace(), "delete", "gateway", &self.name]);
    }
}
