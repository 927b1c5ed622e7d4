//! `runner migrate-routes`, with the runner's own rights. A test plays the Gateway's controller.

use std::process::{Output, Stdio};

use domain::{
    operation::{ExclusiveRequest, Guard},
    store::Store,
};
use k8s_openapi::api::networking::v1::Ingress;
use kube::Api;
use nix::sys::signal::{Signal, kill};
use runner::inspect::diff::differences;
use runner::resources::Blueprint;
use testkit::account::Account;
use tokio::process::Command;

use crate::{
    provisioning::routes::{self, GATEWAY},
    support::{
        harness::Harness,
        ready_store::{operate, ready},
    },
};

/// The command over the table of `harness`, killed with its handle.
fn command(harness: &Harness, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command
        .args(["migrate-routes", "--settle-seconds", "0", "--table-name", harness.fixture.table.name()])
        .args(flags)
        .env("KUBECONFIG", Account::Runner.kubeconfig())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn to_routes(harness: &Harness, flags: &[&str]) -> Command {
    command(harness, &[&GATEWAY[..], flags].concat())
}

/// Its exit code, and the lines that it printed, sorted: stores end as they come.
fn summary(output: &Output) -> (i32, Vec<String>) {
    let mut lines: Vec<_> =
        String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    (output.status.code().unwrap(), lines)
}

/// Whether the store has a route, and whether it has an Ingress.
async fn ways_in(harness: &Harness, store: &Store) -> (bool, bool) {
    let ingresses: Api<Ingress> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let route = routes::of(harness, store).get_opt("wordpress").await.unwrap();
    (route.is_some(), ingresses.get_opt("wordpress").await.unwrap().is_some())
}

const ROUTE: (bool, bool) = (true, false);
const INGRESS: (bool, bool) = (false, true);

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_dry_run_changes_nothing_and_what_is_applied_goes_both_ways() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let dry = summary(&to_routes(&harness, &[]).output().await.unwrap());
    let planned = format!("to do    {}: the new way in takes the old one's place", store.id);
    assert_eq!(dry, (1, vec!["1 to do".to_owned(), planned]));
    assert_eq!(ways_in(&harness, &store).await, INGRESS);

    let mut apply = to_routes(&harness, &["--apply"]);
    let (applied, ()) = tokio::join!(apply.output(), routes::take(&harness, &store));
    let done = format!("done     {}: the new way in takes the old one's place", store.id);
    assert_eq!(summary(&applied.unwrap()), (0, vec!["1 done".to_owned(), done.clone()]));
    assert_eq!(ways_in(&harness, &store).await, ROUTE);
    let settings = Harness::over(harness.fixture.clone(), &GATEWAY).await.runner.settings.clone();
    let blueprint = Blueprint::new(&harness.read(&store).await, settings);
    assert_eq!(differences(&harness.admin, &blueprint).await.unwrap(), []);
    let again = summary(&to_routes(&harness, &["--apply"]).output().await.unwrap());
    assert_eq!(again, (0, vec!["1 in line".to_owned()]));

    let back = summary(&command(&harness, &["--apply", store.id.as_str()]).output().await.unwrap());
    assert_eq!(back, (0, vec!["1 done".to_owned(), done]));
    assert_eq!(ways_in(&harness, &store).await, INGRESS);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_that_is_killed_in_the_middle_goes_on_where_it_stands() {
    let harness = Harness::new().await;
    let stores = [ready(&harness).await, ready(&harness).await];
    let mut killed = to_routes(&harness, &["--apply"]).spawn().unwrap();
    // One is through; the other's route waits for its controller.
    routes::take(&harness, &stores[0]).await;
    harness.eventually(async || ways_in(&harness, &stores[0]).await == ROUTE).await;
    routes::made(&harness, &stores[1]).await;
    let pid = i32::try_from(killed.id().unwrap()).unwrap();
    kill(nix::unistd::Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    killed.wait().await.unwrap();
    assert_eq!(ways_in(&harness, &stores[1]).await, (true, true), "it is reached as before");

    let mut apply = to_routes(&harness, &["--apply"]);
    let (applied, ()) = tokio::join!(apply.output(), routes::take(&harness, &stores[1]));
    let finished = format!("done     {}: the old way in goes, beside the new one", stores[1].id);
    assert_eq!(summary(&applied.unwrap()), (0, vec!["1 done, 1 in line".to_owned(), finished]));
    for store in &stores {
        assert_eq!(ways_in(&harness, store).await, ROUTE);
        harness.delete(store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_route_is_refused_or_that_somebody_closed_is_as_it_was() {
    let harness = Harness::new().await;
    let (refused, asleep) = (ready(&harness).await, ready(&harness).await);
    operate(&harness, &asleep, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    let no = [("Accepted", "False", "NotAllowedByListeners"), ("ResolvedRefs", "True", "ResolvedRefs")];
    let mut apply = to_routes(&harness, &["--apply", refused.id.as_str(), asleep.id.as_str()]);
    let (applied, ()) = tokio::join!(apply.output(), routes::say(&harness, &refused, no));
    let (code, lines) = summary(&applied.unwrap());
    assert_eq!((code, lines[0].as_str()), (1, "1 closed, 1 failed"));
    assert!(lines.contains(&format!("closed   {}: it is to have no way in", asleep.id)), "{lines:?}");
    assert!(lines[2].contains("NotAllowedByListeners: it says so"), "{lines:?}");
    assert_eq!(ways_in(&harness, &refused).await, INGRESS);
    assert_eq!(ways_in(&harness, &asleep).await, (false, false));

    let late = to_routes(&harness, &["--apply", "--wait-seconds", "1", refused.id.as_str()]).output().await;
    let (code, lines) = summary(&late.unwrap());
    assert!(code == 1 && lines[1].contains("was not accepted within 1 s: "), "{lines:?}");
    assert!(lines[1].contains("there is a Gateway stores in the namespace gateway"), "{lines:?}");
    assert_eq!(ways_in(&harness, &refused).await, INGRESS);

    let unknown = to_routes(&harness, &["nobody"]).output().await.unwrap();
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
    harness.delete(&refused).await;
    harness.delete(&asleep).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_route_goes_from_one_gateway_to_another_and_back_where_that_refuses_it() {
    let harness = Harness::with(&GATEWAY).await;
    let store = routes::ready(&harness).await;
    let gateways = async || {
        let route = routes::of(&harness, &store).get("wordpress").await.unwrap();
        let parents = route.data["spec"]["parentRefs"].as_array().unwrap().iter();
        parents.map(|parent| parent["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let no = [("Accepted", "False", "NotAllowedByListeners"), ("ResolvedRefs", "True", "ResolvedRefs")];
    for (answer, code, end) in [(no, 1, "stores"), (routes::ACCEPTED, 0, "second")] {
        let mut apply = to_routes(&harness, &["--gateway-name", "second", "--apply"]);
        let judged = async {
            harness.eventually(async || gateways().await == ["second", "stores"]).await;
            routes::say(&harness, &store, answer).await;
        };
        let (applied, ()) = tokio::join!(apply.output(), judged);
        let (found, lines) = summary(&applied.unwrap());
        assert_eq!((found, gateways().await), (code, vec![end.to_owned()]), "{lines:?}");
    }
    let again =
        summary(&to_routes(&harness, &["--gateway-name", "second", "--apply"]).output().await.unwrap());
    assert_eq!(again, (0, vec!["1 in line".to_owned()]));
    harness.delete(&store).await;
}
