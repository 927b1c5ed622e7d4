//! Stores that are reached by a route. A test plays the Gateway's controller; what the runner may and asks is real.

use std::sync::{Mutex, atomic::Ordering};

use domain::{
    provisioning::{failure::FailureCode, step::Step},
    store::{Store, state::State, status::Status},
};
use kube::{
    Api, ResourceExt as _,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
};
use runner::{
    inspect::diff::differences,
    resources::{Blueprint, HttpRoute, STORE_UID},
    settings::Routing,
};
use serde_json::{Value, json};

use crate::support::{audit_log::NewRequests, harness::Harness};

pub(crate) const GATEWAY: [&str; 2] = ["--routing", "gateway"];
/// What the controller says of a route that it takes.
pub(crate) const ACCEPTED: [(&str, &str, &str); 2] =
    [("Accepted", "True", "Accepted"), ("ResolvedRefs", "True", "ResolvedRefs")];
/// How the runner waits for a route.
const WATCH: &str = "watch httproutes.gateway.networking.k8s.io";

/// The routes in the namespace of `store`.
pub(crate) fn of(harness: &Harness, store: &Store) -> Api<DynamicObject> {
    let resource = ApiResource::erase::<HttpRoute>(&());
    Api::namespaced_with(harness.admin.clone(), &store.id.namespace(), &resource)
}

/// The route of this very `store`, as soon as it is there.
pub(crate) async fn made(harness: &Harness, store: &Store) -> DynamicObject {
    let routes = of(harness, store);
    let uid = store.uid.to_string();
    let is_ours = |route: DynamicObject| route.labels().get(STORE_UID) == Some(&uid);
    harness.eventually(async || routes.get_opt("wordpress").await.unwrap().is_some_and(is_ours)).await;
    routes.get("wordpress").await.unwrap()
}

/// Says of it what the Gateway's controller would: of each condition its kind, status and reason.
pub(crate) async fn say(harness: &Harness, store: &Store, conditions: [(&str, &str, &str); 2]) {
    let route = made(harness, store).await;
    let conditions = conditions.map(|(kind, status, reason)| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": "it says so",
            "observedGeneration": route.metadata.generation, "lastTransitionTime": "2026-11-25T12:00:00Z",
        })
    });
    let parent: &Value = &route.data["spec"]["parentRefs"][0];
    let seen = json!({
        "parentRef": parent, "controllerName": "example.com/controller", "conditions": conditions,
    });
    let status = Patch::Merge(json!({ "status": { "parents": [seen] } }));
    of(harness, store).patch_status("wordpress", &PatchParams::default(), &status).await.unwrap();
}

/// Accepts the route of `store` once the runner watches it.
pub(crate) async fn accept(harness: &Harness, store: &Store) {
    let requests = Mutex::new(NewRequests::from_now_on());
    let watches = || {
        let new = requests.lock().unwrap().of(harness.agent());
        new.iter().any(|request| request.right.to_string() == WATCH)
    };
    made(harness, store).await;
    harness.eventually(async || watches()).await;
    take(harness, store).await;
}

/// Accepts the route of `store` as soon as it is there.
pub(crate) async fn take(harness: &Harness, store: &Store) {
    say(harness, store, ACCEPTED).await;
}

/// Drives `store` to its end, whose route, if it is to have one, is accepted meanwhile.
pub(crate) async fn drive(harness: &Harness, store: &Store) {
    match harness.runner.settings.gateway.routing {
        Routing::Gateway => {
            let (driven, ()) = tokio::join!(harness.drive(store), take(harness, store));
            driven.unwrap();
        }
        Routing::Ingress => drop(harness.drive(store).await.unwrap()),
    }
}

/// Makes a store with a route and brings it up.
pub(crate) async fn ready(harness: &Harness) -> Store {
    let store = harness.fixture.store().await;
    drive(harness, &store).await;
    harness.assert_ready(&store).await;
    harness.read(&store).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_ready_once_its_route_is_accepted_and_that_takes_19_requests() {
    let harness = Harness::with(&[&GATEWAY[..], &["--look-after-seconds", "300"]].concat()).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), accept(&harness, &store));
    driven.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Ready);
    let requests = harness.requests.load(Ordering::Relaxed);
    assert!(requests <= 19, "{requests} requests");

    let ready = harness.read(&store).await;
    let blueprint = Blueprint::new(&ready, harness.runner.settings.clone());
    assert_eq!(differences(&harness.admin, &blueprint).await.unwrap(), [], "the API server adds nothing");
    let kinds: Vec<_> = harness.objects(&store).await.into_iter().filter_map(|object| object.types).collect();
    assert!(kinds.iter().all(|types| types.kind != "Ingress"), "{kinds:?}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_route_that_the_gateway_refuses_fails_its_store_with_the_controllers_reason() {
    let harness = Harness::with(&GATEWAY).await;
    let store = harness.fixture.store().await;
    let refused = [("Accepted", "False", "NotAllowedByListeners"), ("ResolvedRefs", "True", "ResolvedRefs")];
    let (driven, ()) = tokio::join!(harness.drive(&store), say(&harness, &store, refused));
    driven.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!((failed.failure.step, failed.failure.code), (Step::CreateIngress, FailureCode::RouteRefused));
    let recorded = "NotAllowedByListeners: it says so";
    assert!(failed.failure.message.contains(recorded), "{}", failed.failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_local_stack_has_a_gateway_that_takes_routes_and_one_that_takes_none() {
    let harness = Harness::with(&[&GATEWAY[..], &["--gateway-name", "local"]].concat()).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Ready);
    harness.delete(&store).await;

    let closed = [&GATEWAY[..], &["--gateway-name", "closed"]].concat();
    let harness = Harness::over(harness.fixture.clone(), &closed).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else { panic!("no route of it is taken") };
    assert_eq!(failed.failure.code, FailureCode::RouteRefused);
    assert!(failed.failure.message.contains("NoMatchingListenerHostname"), "{}", failed.failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_gateway_that_is_not_there_is_named_at_the_deadline() {
    let flags = ["--gateway-name", "nobody", "--provision-deadline-seconds", "20"];
    let harness = Harness::with(&[&GATEWAY[..], &flags].concat()).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!((failed.failure.step, failed.failure.code), (Step::CreateIngress, FailureCode::RouteRefused));
    let recorded = "there is a Gateway nobody in the namespace gateway, with a listener http";
    assert!(failed.failure.message.contains(recorded), "{}", failed.failure.message);
    harness.delete(&store).await;
}
