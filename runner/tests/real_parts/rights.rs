//! The runner's rights: what the design lists, and no others.

use std::collections::BTreeSet;

use k8s_openapi::api::authorization::v1::{SelfSubjectRulesReview, SelfSubjectRulesReviewSpec};
use kube::{Api, api::PostParams};

use crate::scene::Scene;

/// Group, resource, verbs.
const RIGHTS: [(&str, &str, &str); 13] = [
    ("", "namespaces", "create delete get list watch"),
    ("", "secrets", "create delete get list"),
    ("", "services", "create delete get list"),
    ("", "persistentvolumeclaims", "create delete get list"),
    ("", "resourcequotas", "create delete get list"),
    ("", "limitranges", "create delete get list"),
    ("apps", "deployments", "create delete get list patch watch"),
    ("", "pods", "get list"),
    ("", "pods/log", "get"),
    ("", "pods/exec", "create"),
    ("batch", "jobs", "create delete get list watch"),
    ("networking.k8s.io", "ingresses", "create delete get list"),
    ("networking.k8s.io", "networkpolicies", "create delete get list"),
];

/// What every account may ask about itself, by Kubernetes' own `system:basic-user`.
const SELF_REVIEWS: [&str; 2] = ["authentication.k8s.io", "authorization.k8s.io"];

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_runner_may_do_what_the_design_lists_and_nothing_else() {
    let scene = Scene::new().await;
    let review = SelfSubjectRulesReview {
        spec: SelfSubjectRulesReviewSpec { namespace: Some("default".into()) },
        ..SelfSubjectRulesReview::default()
    };
    let api: Api<SelfSubjectRulesReview> = Api::all(scene.runner.client.clone());
    let rules = api.create(&PostParams::default(), &review).await.unwrap().status.unwrap();
    assert!(!rules.incomplete);

    let mut granted = BTreeSet::new();
    for rule in rules.resource_rules {
        assert!(rule.resource_names.unwrap_or_default().is_empty());
        for group in rule.api_groups.unwrap_or_default() {
            if SELF_REVIEWS.contains(&group.as_str()) {
                continue;
            }
            for resource in rule.resources.iter().flatten() {
                granted.extend(rule.verbs.iter().map(|verb| (group.clone(), resource.clone(), verb.clone())));
            }
        }
    }
    let listed: BTreeSet<_> = RIGHTS
        .into_iter()
        .flat_map(|(group, resource, verbs)| {
            verbs.split(' ').map(move |verb| (group.to_owned(), resource.to_owned(), verb.to_owned()))
        })
        .collect();
    assert_eq!(granted, listed);
    let changes = rules.non_resource_rules.iter().flat_map(|rule| &rule.verbs).filter(|verb| *verb != "get");
    assert_eq!(changes.count(), 0);
}
