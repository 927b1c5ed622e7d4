//! What `runner diff` shows of a store that somebody has changed by hand.

use std::process::{Command, Output};

use domain::store::Store;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Secret, Service},
    networking::v1::{Ingress, NetworkPolicy},
};
use kube::{
    Api, Resource,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use runner::{
    cluster::Object,
    inspect::diff::differences,
    resources::{Blueprint, HttpRoute, WayIn},
};
use serde_json::{Value, json};
use testkit::{account::Account, fixture::new_store};

use crate::{
    provisioning::{
        admission::PRODUCTION,
        routes::{self, GATEWAY},
    },
    support::{harness::Harness, ready_store::ready},
};

/// The command, with an operator's rights: the runner itself may not list all that it makes.
fn diff(harness: &Harness, store: &Store) -> Output {
    Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["diff", store.id.as_str(), "--table-name", harness.fixture.table.name()])
        .env("KUBECONFIG", Account::Administrator.kubeconfig())
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn api<K>(harness: &Harness, store: &Store) -> Api<K>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(harness.admin.clone(), &store.id.namespace())
}

async fn patch<K>(harness: &Harness, store: &Store, name: &str, change: Value)
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()> + Object,
{
    api::<K>(harness, store).patch(name, &PatchParams::default(), &Patch::Merge(change)).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_as_its_runner_made_it_differs_in_nothing_in_either_profile() {
    let others = [&PRODUCTION[..], &["--egress", "closed", "--ingress-labels", "app=nginx"]].concat();
    for flags in [&[][..], &others] {
        let harness = Harness::with(flags).await;
        let store = harness.fixture.store().await;
        routes::drive(&harness, &store).await;
        let blueprint = Blueprint::new(&store, harness.runner.settings.clone());
        assert_eq!(differences(&harness.admin, &blueprint).await.unwrap(), []);
        harness.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_somebody_changed_added_or_removed_is_printed_and_the_exit_code_says_it_too() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let same = diff(&harness, &store);
    assert_eq!((code(&same), same.stdout.len()), (0, 0), "{same:?}");

    patch::<Deployment>(&harness, &store, "wordpress", json!({ "spec": { "replicas": 0 } })).await;
    let host = json!({ "spec": { "template": { "spec": { "hostPID": true } } } });
    patch::<Deployment>(&harness, &store, "mysql", host).await;
    // Now it holds for hardly any pod.
    let narrowed = json!({ "spec": { "podSelector": { "matchLabels": { "app": "none" } } } });
    patch::<NetworkPolicy>(&harness, &store, "default-deny", narrowed).await;
    let keys = json!({ "data": { "password": null, "of-somebody": "aGlkZGVu" } });
    patch::<Secret>(&harness, &store, "mysql-credentials", keys).await;
    api::<Service>(&harness, &store).delete("mysql", &DeleteParams::default()).await.unwrap();
    let open = json!({ "metadata": { "name": "open" }, "spec": { "podSelector": {}, "egress": [{}] } });
    let policies = api::<NetworkPolicy>(&harness, &store);
    policies.create(&PostParams::default(), &serde_json::from_value(open).unwrap()).await.unwrap();

    let differs = diff(&harness, &store);
    let printed = String::from_utf8(differs.stdout.clone()).unwrap();
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "drift    NetworkPolicy/default-deny spec.podSelector.matchLabels: {\"app\":\"none\"}, not nothing",
            "drift    Secret/mysql-credentials data.password: nothing, not \"set\"",
            "drift    Secret/mysql-credentials data.of-somebody: \"set\", not nothing",
            "drift    Deployment/mysql spec.template.spec.hostPID: true, not nothing",
            "missing  Service/mysql",
            "drift    Deployment/wordpress spec.replicas: 0, not 1",
            "extra    NetworkPolicy/open",
        ]
    );
    assert_eq!(code(&differs), 1);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_it_can_not_be_told_the_exit_code_is_another() {
    let harness = Harness::new().await;
    let nobody = diff(&harness, &new_store("ada"));
    let error = String::from_utf8(nobody.stderr.clone()).unwrap();
    assert!(code(&nobody) == 2 && error.contains("there is no store"), "{nobody:?}");

    let store = harness.fixture.store().await;
    let unmade = diff(&harness, &store);
    assert_eq!((code(&unmade), String::from_utf8(unmade.stdout).unwrap().lines().count()), (1, 15));
    harness.delete(&store).await;
    let deleted = diff(&harness, &store);
    let error = String::from_utf8(deleted.stderr.clone()).unwrap();
    assert!(code(&deleted) == 2 && error.contains("is deleted"), "{deleted:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_way_in_of_the_other_kind_is_extra_in_both() {
    let (harness, by_route) = (Harness::new().await, Harness::with(&GATEWAY).await);
    let extra = async |harness: &Harness, store: &Store| {
        let blueprint = Blueprint::new(&harness.read(store).await, harness.runner.settings.clone());
        let found = differences(&harness.admin, &blueprint).await.unwrap();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (store, routed) = (ready(&harness).await, routes::ready(&by_route).await);
    let Some(WayIn::Route(route)) = by_route.resources(&store).way_in else { panic!("it has routes") };
    api::<HttpRoute>(&harness, &store).create(&PostParams::default(), &route).await.unwrap();
    assert_eq!(extra(&harness, &store).await, ["extra    HTTPRoute/wordpress"]);
    let Some(WayIn::Ingress(ingress)) = harness.resources(&routed).way_in else { panic!("it has ingresses") };
    api::<Ingress>(&harness, &routed).create(&PostParams::default(), &ingress).await.unwrap();
    assert_eq!(extra(&by_route, &routed).await, ["extra    Ingress/wordpress"]);
    harness.delete(&store).await;
    by_route.delete(&routed).await;
}
