//! Who the runner is for the API server, and what it may do: what its chart installs, made here without helm,
//! which takes minutes to build. The rules themselves are the chart's own files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The runner's namespace and account.
pub(crate) const NAMESPACE: &str = "shopwright-system";
pub(crate) const ACCOUNT: &str = "runner";

/// All that it may be granted: its tests have it do all that it can.
const RULES: [&str; 3] = ["rules.yaml", "rules-external-secrets.yaml", "rules-certificates.yaml"];

/// One of its rights.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    api_groups: Vec<String>,
    resources: Vec<String>,
    verbs: Vec<String>,
}

/// The runner, as the API server knows it.
pub(crate) fn user() -> String {
    format!("system:serviceaccount:{NAMESPACE}:{ACCOUNT}")
}

/// The objects that say so, its namespace first, as the chart in this folder has them.
pub(crate) fn objects(chart: &Path) -> Result<Vec<Value>> {
    let mut rules = Vec::new();
    for name in RULES {
        let file = chart.join("files").join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("{} can't be read", file.display()))?;
        let more: Vec<Rule> = serde_yaml_ng::from_str(&text)
            .with_context(|| format!("{} is no list of rules", file.display()))?;
        rules.extend(more);
    }
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
    Ok([vec![namespace, account()], role(&rules), confinement(&rules)].concat())
}

/// What has no namespace is named after the release and its namespace.
fn cluster_metadata() -> Value {
    json!({ "name": format!("{NAMESPACE}-{ACCOUNT}") })
}

fn account() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": { "name": ACCOUNT, "namespace": NAMESPACE },
        "automountServiceAccountToken": false,
    })
}

fn role(rules: &[Rule]) -> Vec<Value> {
    let metadata = cluster_metadata();
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": metadata,
        "rules": rules,
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": metadata["name"],
        },
        "subjects": [{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE }],
    });
    vec![role, binding]
}

/// RBAC knows no beginnings of names: an admission policy holds the runner to stores' namespaces.
fn confinement(rules: &[Rule]) -> Vec<Value> {
    let metadata = cluster_metadata();
    let watched = rules.iter().map(|Rule { api_groups, resources, verbs: _ }| {
        json!({
            "apiGroups": api_groups,
            "apiVersions": ["*"],
            "operations": ["CREATE", "UPDATE", "DELETE", "CONNECT"],
            "resources": resources,
        })
    });
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": metadata,
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": { "resourceRules": watched.collect::<Vec<_>>() },
            "matchConditions": [{
                "name": "asked-by-the-runner",
                "expression": format!("request.userInfo.username == '{}'", user()),
            }],
            "validations": [{
                "expression": "(request.resource.resource == 'namespaces' ? request.name : request.namespace)\
                               .startsWith('store-')",
                "message": "the runner may change stores only, whose namespaces begin with `store-`",
                "reason": "Forbidden",
            }],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": metadata,
        "spec": { "policyName": metadata["name"], "validationActions": ["Deny"] },
    });
    vec![policy, binding]
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn chart() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/runner")
    }

    /// An object without what only a release of helm's has.
    fn plain(mut object: Value) -> Value {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("labels");
        }
        object
    }

    #[test]
    fn a_right_stands_in_the_role_and_its_resource_in_the_policy() {
        let objects = objects(&chart()).unwrap();
        let kinds: Vec<_> = objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds[..3], ["Namespace", "ServiceAccount", "ClusterRole"]);
        let (rules, watched) =
            (&objects[2]["rules"], &objects[4]["spec"]["matchConstraints"]["resourceRules"]);
        let of = |list: &Value| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|each| each["resources"].clone()).collect()
        };
        assert_eq!(of(rules), of(watched));
        assert!(of(rules).contains(&json!(["externalsecrets"])));
    }

    #[test]
    #[ignore = "needs helm, which the local stack's tests have: make test"]
    fn the_chart_makes_the_same() {
        let output = Command::new("helm")
            .args(["template", ACCOUNT, ".", "--namespace", NAMESPACE, "--values", "values-local.yaml"])
            .args(["--set", "settings.SECRETS=external", "--set", "settings.TLS=issuer"])
            .current_dir(chart())
            .output()
            .expect("this test needs helm: `local-stack tools --tests` makes it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let rendered: Vec<Value> = serde_yaml_ng::Deserializer::from_str(&text)
            .map(|document| plain(Value::deserialize(document).unwrap()))
            .collect();
        for object in objects(&chart()).unwrap().into_iter().skip(1) {
            let kind = &object["kind"];
            let made = rendered.iter().find(|each| each["kind"] == *kind);
            assert_eq!(made, Some(&plain(object.clone())), "{kind}");
        }
    }
}
