//! Plays the controller of the Gateway that stores' routes are for: says of each route whether it takes it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use domain::store::Store;
use kube::{
    Api, Client, Resource as _, ResourceExt as _,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
};
use runner::resources::HttpRoute;
use serde_json::{Value, json};

use super::invariants::follow;

/// What a runner is told that makes stores with routes on this Gateway. Other tests have others.
pub(crate) const FLAGS: [&str; 4] = ["--routing", "gateway", "--gateway-name", GATEWAY];
const GATEWAY: &str = "faults";

#[derive(Clone, Debug, Default)]
pub(crate) struct GatewayController {
    /// The namespaces of those whose routes it does not take.
    refused: Arc<Mutex<HashSet<String>>>,
}

impl GatewayController {
    /// Starts to say so of all routes.
    pub(crate) fn begin(admin: &Client) -> Self {
        let controller = Self::default();
        let (judge, admin) = (controller.clone(), admin.clone());
        let all: Api<HttpRoute> = Api::all(admin.clone());
        tokio::spawn(follow(all, move |route| {
            if is_unheard(&serde_json::to_value(&route).unwrap()) {
                tokio::spawn(judge.clone().say(admin.clone(), route));
            }
        }));
        controller
    }

    /// Takes no route of `store`.
    pub(crate) fn refuse(&self, store: &Store) {
        self.refused.lock().unwrap().insert(store.id.namespace());
    }

    async fn say(self, admin: Client, route: HttpRoute) {
        let namespace = route.namespace().unwrap();
        let is_refused = self.refused.lock().unwrap().contains(&namespace);
        let (status, reason) =
            if is_refused { ("False", "NotAllowedByListeners") } else { ("True", "Accepted") };
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
}

/// Whether a route is for this Gateway, and nothing is said of it yet: what is said is a change of it as well.
fn is_unheard(route: &Value) -> bool {
    route["spec"]["parentRefs"][0]["name"] == GATEWAY && route["status"]["parents"][0].is_null()
}
