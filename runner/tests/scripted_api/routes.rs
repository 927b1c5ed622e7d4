//! What the controller of a Gateway makes of a store's route, and what the runner makes of that.

use std::time::Duration;

use clap::Parser as _;
use domain::{
    provisioning::failure::FailureCode,
    store::{admin_email::AdminEmail, name::StoreName},
};
use runner::{
    cluster::ClusterError,
    resources::{Blueprint, STORE_UID, WayIn},
    settings::StoreSettings,
};
use serde_json::{Value, json};

use crate::script::{
    Answer::{self, Json, Watch},
    Chunk::{Event, Silence},
    Script, UID, status,
};

const CREATE: &str = "POST /apis/gateway.networking.k8s.io/v1/namespaces/store-shop/httproutes";

fn way_in() -> WayIn {
    let settings = StoreSettings::try_parse_from(["settings", "--routing", "gateway"]).unwrap();
    let (name, email) = (StoreName::parse("Shop").unwrap(), AdminEmail::parse("a@example.com").unwrap());
    Blueprint::draft(name, email, UID.parse().unwrap(), settings).way_in()
}

/// The route at `version`, with these conditions: kind, status, reason and generation.
fn route(version: u32, conditions: &[(&str, &str, &str, i64)]) -> Value {
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(kind, status, reason, generation)| {
            json!({
                "type": kind, "status": status, "reason": reason, "message": "it says so",
                "observedGeneration": generation,
            })
        })
        .collect();
    let parent = json!({ "name": "stores", "namespace": "gateway", "sectionName": "http" });
    let parents = json!([{ "parentRef": parent, "controllerName": "c", "conditions": conditions }]);
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {
            "name": "wordpress", "namespace": "store-shop", "uid": "u", "generation": 2,
            "resourceVersion": version.to_string(), "labels": { STORE_UID: UID },
        },
        "spec": { "parentRefs": [parent] },
        "status": { "parents": if conditions.is_empty() { json!([]) } else { parents } },
    })
}

/// A script of a create, and of the one watch in which this is seen.
fn script(seen: Vec<Value>) -> Script {
    let events = seen.into_iter().map(|route| Event("MODIFIED", route)).chain([Silence]).collect();
    Script::new([(CREATE, Json(201, route(5, &[]))), ("GET resourceVersion=5", Watch(events))])
}

const RESOLVED: (&str, &str, &str, i64) = ("ResolvedRefs", "True", "ResolvedRefs", 2);
const ACCEPTED: (&str, &str, &str, i64) = ("Accepted", "True", "Accepted", 2);

#[tokio::test(start_paused = true)]
async fn a_route_is_open_once_its_present_form_is_accepted_after_a_create_and_one_watch() {
    let stale = [("Accepted", "True", "Accepted", 1), ("ResolvedRefs", "True", "ResolvedRefs", 1)];
    let unfound = [ACCEPTED, ("ResolvedRefs", "False", "BackendNotFound", 2)];
    let script = script(vec![route(6, &stale), route(7, &unfound), route(8, &[ACCEPTED, RESOLVED])]);
    script.cluster().create_way_in(&way_in()).await.unwrap();
    script.is_over();
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_route_that_is_refused_fails_with_what_the_controller_says() {
    for reason in ["NotAllowedByListeners", "NoMatchingListenerHostname"] {
        let script = script(vec![route(6, &[("Accepted", "False", reason, 2), RESOLVED])]);
        let error = script.cluster().create_way_in(&way_in()).await.unwrap_err();
        let ClusterError::Failed { diagnosis, .. } = error else { panic!("{error}") };
        assert_eq!(diagnosis.code, FailureCode::RouteRefused);
        assert!(diagnosis.message.contains(&format!("{reason}: it says so")), "{}", diagnosis.message);
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_route_that_nobody_looks_at_or_only_its_old_form_the_gateway_is_named_when_time_is_up() {
    let stale = route(6, &[("Accepted", "True", "Accepted", 1), ("ResolvedRefs", "True", "ResolvedRefs", 1)]);
    for seen in [vec![], vec![stale]] {
        let script = script(seen);
        let cluster = script.cluster();
        let way_in = way_in();
        let waited = tokio::time::timeout(Duration::from_secs(30), cluster.create_way_in(&way_in)).await;
        assert!(waited.is_err(), "it is not open");
        let trouble = cluster.trouble().unwrap().to_string();
        assert!(
            trouble.contains("a Gateway stores in the namespace gateway, with a listener http"),
            "{trouble}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn both_kinds_of_ways_in_go_since_the_platform_may_have_changed_between_them() {
    let gone = |kind| Json(404, status(404, "NotFound", json!({ "name": "wordpress", "kind": kind })));
    let deleted: Answer = Json(200, json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }));
    let mut ingress = route(5, &[]);
    ingress["apiVersion"] = json!("networking.k8s.io/v1");
    ingress["kind"] = json!("Ingress");
    ingress["spec"] = json!({});
    ingress["status"] = json!({});
    let script = Script::new([
        ("GET /namespaces/store-shop/httproutes/wordpress", gone("httproutes")),
        ("GET /namespaces/store-shop/ingresses/wordpress", Json(200, ingress)),
        ("DELETE /namespaces/store-shop/ingresses/wordpress", deleted),
    ]);
    script.cluster().delete_ways_in("store-shop").await.unwrap();
    script.is_over();
}
