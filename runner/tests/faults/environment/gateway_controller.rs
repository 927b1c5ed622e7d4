//! Plays the controller of the Gateway that stores' routes are for: says of each route whether it takes it.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex},
};

use domain::store::Store;
use kube::{
    Api, Client, Resource as _, ResourceExt as _,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
};
use runner::resources::HttpRoute;
use serde_json::{Value, json};

use super::invariants::follow;

/// The Gateway on which stores of these tests have routes. Other tests have others.
pub(crate) const GATEWAY: &str = "faults";

/// The namespaces of those whose routes are not taken: of all tests, since each has a controller and all hear of all routes.
static REFUSED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Starts to say so of all routes.
pub(crate) fn begin(admin: &Client) {
    let all: Api<HttpRoute> = Api::all(admin.clone());
    let admin = admin.clone();
    tokio::spawn(follow(all, move |route| {
        if is_unheard(&serde_json::to_value(&route).unwrap()) {
            tokio::spawn(say(admin.clone(), route));
        }
    }));
}

/// Has no route of `store` taken.
pub(crate) fn refuse(store: &Store) {
    REFUSED.lock().unwrap().insert(store.id.namespace());
}

async fn say(admin: Client, route: HttpRoute) {
    let namespace = route.namespace().unwrap();
    let is_refused = REFUSED.lock().unwrap().contains(&namespace);
    let (status, reason) = if is_refused { ("False", "NotAllowedByListeners") } else { ("True", "Accepted") };
    let conditions = [("Accepted", status, reason), ("ResolvedRefs", "True", "ResolvedRefs")];
    let conditions = conditions.map(|(kind, status, reason)| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": "it says so",
            "observedGeneration": route.meta().generation, "lastTransitionTime": "2026-11-25T12:00:00Z",
        })
    });
    let parent = serde_json::to_value(&route).unwrap()["spec"]["parentRefs"][0].clone();
    let seen =
        json!({ "parentRef": parent, "controllerName": "example.com/faults", "conditions": conditions });
    let status = Patch::Merge(json!({ "status": { "parents": [seen] } }));
    let resource = ApiResource::erase::<HttpRoute>(&());
    let routes: Api<DynamicObject> = Api::namespaced_with(admin, &namespace, &resource);
    match routes.patch_status(&route.name_any(), &PatchParams::default(), &status).await {
        Ok(_) => {}
        // It is gone meanwhile.
        Err(kube::Error::Api(status)) if status.is_not_found() => {}
        Err(error) => panic!("the route of {namespace} can't be judged: {error}"),
    }
}

/// Whether a route is for this Gateway, and nothing is said of it yet: what is said is a change of it as well.
fn is_unheard(route: &Value) -> bool {
    route["spec"]["parentRefs"][0]["name"] == GATEWAY && route["status"]["parents"][0].is_null()
}
