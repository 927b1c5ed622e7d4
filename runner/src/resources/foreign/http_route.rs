//! A store's route on the platform's Gateway. Of the Gateway API only what is used here:
//! <https://gateway-api.sigs.k8s.io/reference/spec/#httproute>. What the API server would fill in is written out, so
//! that a route in the cluster is what its builder made.

use domain::operation::logs::Component;
use kube::{Resource as _, ResourceExt as _, api::ObjectMeta};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{condition::Condition, foreign_kind};
use crate::resources::{blueprint::Blueprint, ports::HTTP_PORT};

/// A store's route on the platform's Gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRoute {
    api_version: String,
    kind: String,
    metadata: ObjectMeta,
    spec: Spec,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    parent_refs: Vec<Parent>,
    #[serde(default)]
    hostnames: Vec<String>,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parent {
    #[serde(default = "gateway_group")]
    group: String,
    #[serde(default = "gateway_kind")]
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    section_name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    matches: Vec<Match>,
    #[serde(default)]
    backend_refs: Vec<Backend>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Match {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<PathMatch>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PathMatch {
    #[serde(rename = "type")]
    type_: String,
    value: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Backend {
    #[serde(default)]
    group: String,
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<i32>,
    weight: i32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Status {
    #[serde(default)]
    parents: Vec<ParentStatus>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParentStatus {
    parent_ref: Parent,
    #[serde(default)]
    conditions: Vec<Condition>,
}

/// What the controller of the Gateway makes of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteVerdict {
    /// It leads to the store.
    Accepted,
    /// It does not, as far as is known; why.
    Pending(String),
    /// It does not, and will not by itself; the reason and what the controller says of it.
    Refused(String),
    /// No controller has said anything of the route as it is now; of which Gateway it should.
    Unseen(String),
}

/// Reasons of `Accepted` that only a change of the Gateway, of the route or of a setting takes away.
const NOT_ACCEPTED: [&str; 5] = [
    "IncompatibleFilters",
    "NoMatchingListenerHostname",
    "NoMatchingParent",
    "NotAllowedByListeners",
    "UnsupportedValue",
];
/// The same of `ResolvedRefs`. That a backend is not found is none: the controller may not have seen its Service.
const NOT_RESOLVED: [&str; 2] = ["InvalidKind", "RefNotPermitted"];

/// Which Gateways a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteParents {
    /// The wanted one, and no other.
    Wanted,
    /// The wanted one, and another.
    Both,
    /// Another.
    Other,
}

impl HttpRoute {
    /// What the controller of the Gateway makes of the route, as it is now. Of one that is for two, on its way from one
    /// to the other, that of the Gateway that it is to be for.
    #[must_use]
    pub fn verdict(&self) -> RouteVerdict {
        match self.spec.parent_refs.first() {
            Some(asked) => self.verdict_of(asked),
            None => RouteVerdict::Refused("the route has no parent".into()),
        }
    }

    /// Whether one of the Gateways that it is for takes it; what the first says, where none does.
    #[must_use]
    pub fn best_verdict(&self) -> RouteVerdict {
        let mut verdicts = self.spec.parent_refs.iter().map(|parent| self.verdict_of(parent));
        verdicts.find(|verdict| *verdict == RouteVerdict::Accepted).unwrap_or_else(|| self.verdict())
    }

    /// Which Gateways it is for, beside that of `wanted`.
    #[must_use]
    pub fn parents_beside(&self, wanted: &Self) -> RouteParents {
        let others = self.other_parents(wanted).len();
        match (others, others == self.spec.parent_refs.len()) {
            (0, _) => RouteParents::Wanted,
            (_, false) => RouteParents::Both,
            (_, true) => RouteParents::Other,
        }
    }

    /// What makes it a route for the Gateway of `wanted` as well, and that one's first; nothing where it is.
    #[must_use]
    pub fn also_for(&self, wanted: &Self) -> Option<Value> {
        let others = self.other_parents(wanted);
        self.becomes([wanted.spec.parent_refs.clone(), others].concat())
    }

    /// What makes it a route for the Gateway of `wanted` and no other; nothing where it is.
    #[must_use]
    pub fn only_for(&self, wanted: &Self) -> Option<Value> {
        self.becomes(wanted.spec.parent_refs.clone())
    }

    /// What makes it a route for all but the Gateway of `unwanted`; nothing where it is, or would be for none.
    #[must_use]
    pub fn no_longer_for(&self, unwanted: &Self) -> Option<Value> {
        let others = self.other_parents(unwanted);
        if others.is_empty() { None } else { self.becomes(others) }
    }

    fn other_parents(&self, wanted: &Self) -> Vec<Parent> {
        let of_wanted =
            |parent: &&Parent| wanted.spec.parent_refs.iter().any(|asked| self.is_same(parent, asked));
        self.spec.parent_refs.iter().filter(|parent| !of_wanted(parent)).cloned().collect()
    }

    fn becomes(&self, parents: Vec<Parent>) -> Option<Value> {
        (parents != self.spec.parent_refs).then(|| json!({ "spec": { "parentRefs": parents } }))
    }

    /// Whether both name the same place. A parent without a namespace is in the route's own.
    fn is_same(&self, one: &Parent, other: &Parent) -> bool {
        let namespace = |parent: &Parent| parent.namespace.clone().or_else(|| self.namespace());
        (&one.group, &one.kind, &one.name, &one.section_name)
            == (&other.group, &other.kind, &other.name, &other.section_name)
            && namespace(one) == namespace(other)
    }

    fn verdict_of(&self, asked: &Parent) -> RouteVerdict {
        let parents = self.status.iter().flat_map(|status| &status.parents);
        let conditions =
            parents.filter(|seen| self.is_same(&seen.parent_ref, asked)).flat_map(|seen| &seen.conditions);
        let of_now: Vec<_> = conditions.filter(|condition| self.is_of_now(condition)).collect();
        let find = |kind| of_now.iter().find(|condition| condition.type_ == kind);
        let Some(accepted) = find("Accepted") else { return RouteVerdict::Unseen(self.unseen(asked)) };
        for (condition, final_reasons) in
            [(Some(accepted), &NOT_ACCEPTED[..]), (find("ResolvedRefs"), &NOT_RESOLVED)]
        {
            let Some(condition) = condition else {
                return RouteVerdict::Pending("the controller has not looked at its Service".into());
            };
            if condition.status != "True" {
                let reason = format!("{}: {}", condition.reason, condition.words());
                let is_final =
                    condition.status == "False" && final_reasons.contains(&condition.reason.as_str());
                return if is_final { RouteVerdict::Refused(reason) } else { RouteVerdict::Pending(reason) };
            }
        }
        RouteVerdict::Accepted
    }

    fn is_of_now(&self, condition: &Condition) -> bool {
        condition.observed_generation.is_none_or(|seen| Some(seen) >= self.metadata.generation)
    }

    fn unseen(&self, asked: &Parent) -> String {
        let namespace = asked.namespace.clone().or_else(|| self.namespace()).unwrap_or_default();
        let section = asked.section_name.as_deref().unwrap_or_default();
        format!(
            "no controller has looked at the HTTPRoute {}: see that there is a Gateway {} in the namespace \
             {namespace}, with a listener {section}, and that its controller runs",
            self.name_any(),
            asked.name
        )
    }
}

foreign_kind!(HttpRoute, "gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes");

fn gateway_group() -> String {
    HttpRoute::group(&()).into_owned()
}

fn gateway_kind() -> String {
    "Gateway".into()
}

pub(in crate::resources) fn build(blueprint: &Blueprint) -> HttpRoute {
    let component = Component::Wordpress;
    let gateway = &blueprint.settings.gateway;
    let parent = Parent {
        group: gateway_group(),
        kind: gateway_kind(),
        name: gateway.gateway_name.clone(),
        namespace: Some(gateway.gateway_namespace.clone()),
        section_name: Some(blueprint.settings.gateway_section().to_owned()),
    };
    let path = PathMatch { type_: "PathPrefix".into(), value: "/".into() };
    let backend = Backend {
        group: String::new(),
        kind: "Service".into(),
        name: component.as_str().into(),
        port: Some(HTTP_PORT),
        weight: 1,
    };
    HttpRoute {
        api_version: HttpRoute::api_version(&()).into_owned(),
        kind: HttpRoute::kind(&()).into_owned(),
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Spec {
            parent_refs: vec![parent],
            hostnames: vec![blueprint.host()],
            rules: vec![Rule { matches: vec![Match { path: Some(path) }], backend_refs: vec![backend] }],
        },
        status: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A route of generation 2 of which the Gateway's controller says this.
    fn verdict(conditions: Value) -> RouteVerdict {
        let parent = json!({ "name": "stores", "namespace": "gateway", "sectionName": "https" });
        of_parents(json!([{ "parentRef": parent, "controllerName": "c", "conditions": conditions }]))
    }

    fn of_parents(parents: Value) -> RouteVerdict {
        let route = json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": { "name": "wordpress", "namespace": "store-shop", "generation": 2 },
            "spec": { "parentRefs": [{ "name": "stores", "namespace": "gateway", "sectionName": "https" }] },
            "status": { "parents": parents },
        });
        serde_json::from_value::<HttpRoute>(route).unwrap().verdict()
    }

    fn condition(kind: &str, status: &str, reason: &str, generation: i64) -> Value {
        json!({
            "type": kind, "status": status, "reason": reason, "message": "so it is.",
            "observedGeneration": generation,
        })
    }

    #[test]
    fn a_route_is_accepted_once_both_conditions_of_its_present_form_are_true() {
        let resolved = condition("ResolvedRefs", "True", "ResolvedRefs", 2);
        let accepted = condition("Accepted", "True", "Accepted", 2);
        assert_eq!(verdict(json!([accepted, resolved])), RouteVerdict::Accepted);
        let stale = condition("Accepted", "True", "Accepted", 1);
        assert!(matches!(verdict(json!([stale, resolved])), RouteVerdict::Unseen(_)));
        assert!(matches!(verdict(json!([accepted])), RouteVerdict::Pending(_)));
    }

    #[test]
    fn what_another_parent_says_counts_for_nothing_and_none_names_the_gateway() {
        let conditions =
            json!([condition("Accepted", "True", "", 2), condition("ResolvedRefs", "True", "", 2)]);
        for (name, namespace, section) in
            [("other", "gateway", "https"), ("stores", "elsewhere", "https"), ("stores", "gateway", "http")]
        {
            let parent = json!({ "name": name, "namespace": namespace, "sectionName": section });
            let verdict = of_parents(json!([{ "parentRef": parent, "conditions": conditions }]));
            let RouteVerdict::Unseen(reason) = verdict else { panic!("{verdict:?}") };
            assert!(
                reason.contains("Gateway stores in the namespace gateway, with a listener https"),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_reason_that_does_not_pass_refuses_the_route_and_another_is_waited_for() {
        let reason = "NotAllowedByListeners: so it is".to_owned();
        let refused = condition("Accepted", "False", "NotAllowedByListeners", 2);
        assert_eq!(verdict(json!([refused])), RouteVerdict::Refused(reason));
        let accepted = condition("Accepted", "True", "Accepted", 2);
        let unfound = condition("ResolvedRefs", "False", "BackendNotFound", 2);
        let reason = "BackendNotFound: so it is".to_owned();
        assert_eq!(verdict(json!([accepted, unfound])), RouteVerdict::Pending(reason));
        let forbidden = condition("ResolvedRefs", "False", "RefNotPermitted", 2);
        assert!(matches!(verdict(json!([accepted, forbidden])), RouteVerdict::Refused(_)));
        let pending = condition("Accepted", "False", "Pending", 2);
        assert!(matches!(verdict(json!([pending])), RouteVerdict::Pending(_)));
    }
    /// A route for these Gateways, the first of which has not looked at it, and the others have accepted it.
    fn route_for(names: &[&str]) -> HttpRoute {
        let parents: Vec<_> =
            names.iter().map(|name| json!({ "name": name, "namespace": "gateway" })).collect();
        let conditions = [condition("Accepted", "True", "", 1), condition("ResolvedRefs", "True", "", 1)];
        let seen =
            parents.iter().skip(1).map(|parent| json!({ "parentRef": parent, "conditions": conditions }));
        let route = json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": { "name": "wordpress", "namespace": "store-shop", "generation": 1 },
            "spec": { "parentRefs": parents },
            "status": { "parents": seen.collect::<Vec<_>>() },
        });
        serde_json::from_value(route).unwrap()
    }

    #[test]
    fn a_route_goes_from_one_gateway_to_another_by_being_for_both() {
        let names = |patch: Option<Value>| {
            let patch = patch?;
            let parents = patch["spec"]["parentRefs"].as_array()?;
            Some(parents.iter().map(|parent| parent["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
        };
        let (old, both, new) = (route_for(&["old"]), route_for(&["new", "old"]), route_for(&["new"]));
        let parents = |route: &HttpRoute| route.parents_beside(&new);
        assert_eq!(parents(&old), RouteParents::Other);
        assert_eq!(parents(&both), RouteParents::Both);
        assert_eq!(parents(&new), RouteParents::Wanted);
        assert_eq!(names(old.also_for(&new)), Some(vec!["new".to_owned(), "old".to_owned()]));
        assert_eq!(names(both.also_for(&new)), None);
        assert_eq!(names(both.only_for(&new)), Some(vec!["new".to_owned()]));
        assert_eq!(names(new.only_for(&new)), None);
        assert_eq!(names(both.no_longer_for(&new)), Some(vec!["old".to_owned()]));
        assert_eq!(names(new.no_longer_for(&new)), None, "it is for one at least");
        assert!(matches!(both.verdict(), RouteVerdict::Unseen(_)), "who waits, waits for the new one");
        assert_eq!(both.best_verdict(), RouteVerdict::Accepted, "visitors get in by the old one");
    }
}
