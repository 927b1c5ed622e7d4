//! What the API server, its controllers and external-secrets add to a store's objects: no drift.

use serde_json::Value;

/// What Kubernetes 1.34 sets where a manifest says nothing: kind, field, value as JSON. A field that is
/// set to something else by hand is drift, so a field is not left out because it has a default.
///
/// <https://kubernetes.io/docs/reference/kubernetes-api/>
const DEFAULTS: [(&str, &str, &str); 21] = [
    ("Deployment", "spec.progressDeadlineSeconds", "600"),
    ("Deployment", "spec.revisionHistoryLimit", "10"),
    ("Deployment", "spec.template.spec.restartPolicy", r#""Always""#),
    ("ExternalSecret", "spec.data[].remoteRef.conversionStrategy", r#""Default""#),
    ("ExternalSecret", "spec.data[].remoteRef.decodingStrategy", r#""None""#),
    ("ExternalSecret", "spec.data[].remoteRef.metadataPolicy", r#""None""#),
    ("ExternalSecret", "spec.refreshInterval", r#""1h0m0s""#),
    ("ExternalSecret", "spec.target.deletionPolicy", r#""Retain""#),
    ("Job", "spec.completionMode", r#""NonIndexed""#),
    ("Job", "spec.completions", "1"),
    ("Job", "spec.manualSelector", "false"),
    ("Job", "spec.parallelism", "1"),
    ("Job", "spec.podReplacementPolicy", r#""TerminatingOrFailed""#),
    ("Job", "spec.suspend", "false"),
    ("Namespace", "spec", r#"{"finalizers":["kubernetes"]}"#),
    ("PersistentVolumeClaim", "spec.volumeMode", r#""Filesystem""#),
    ("Service", "spec.internalTrafficPolicy", r#""Cluster""#),
    ("Service", "spec.ipFamilyPolicy", r#""SingleStack""#),
    ("Service", "spec.ipFamilies", r#"["IPv4"]"#),
    ("Service", "spec.sessionAffinity", r#""None""#),
    ("Service", "spec.type", r#""ClusterIP""#),
];

/// The same in a pod's template, below `spec.template.spec`; of init containers as of others.
const POD_DEFAULTS: [(&str, &str); 8] = [
    ("containers[].ports[].protocol", r#""TCP""#),
    ("containers[].terminationMessagePath", r#""/dev/termination-log""#),
    ("dnsPolicy", r#""ClusterFirst""#),
    ("schedulerName", r#""default-scheduler""#),
    ("terminationGracePeriodSeconds", "30"),
    // In every kind of probe.
    ("containers[].Probe.failureThreshold", "3"),
    ("containers[].Probe.httpGet.scheme", r#""HTTP""#),
    ("containers[].Probe.successThreshold", "1"),
];

/// What is assigned to one object, and to no two the same: kind and field.
const ASSIGNED: [(&str, &str); 4] = [
    ("Job", "spec.selector"),
    ("PersistentVolumeClaim", "spec.volumeName"),
    ("Service", "spec.clusterIP"),
    ("Service", "spec.clusterIPs"),
];

/// Whether a field with this value, which no manifest of the kind has, is none that somebody set by hand.
pub(super) fn is_added(kind: &str, field: &str, value: &Value) -> bool {
    field == "status"
        || is_metadata(kind, field)
        || ASSIGNED.contains(&(kind, field))
        || DEFAULTS.contains(&(kind, field, value.to_string().as_str()))
        || field.strip_prefix("spec.template.spec.").is_some_and(|field| is_pod_default(field, value))
}

/// Who writes labels and annotations of their own beside a store's is not in its way: `kubectl rollout
/// restart` and controllers do.
fn is_metadata(kind: &str, field: &str) -> bool {
    field.starts_with("metadata.")
        || field.starts_with("spec.template.metadata.annotations")
        || (kind == "Job" && field.starts_with("spec.template.metadata.labels."))
}

fn is_pod_default(field: &str, value: &Value) -> bool {
    let mut field = field.replace("initContainers[]", "containers[]");
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        field = field.replace(probe, "Probe");
    }
    POD_DEFAULTS.contains(&(field.as_str(), value.to_string().as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_default_is_expected_of_its_kind_and_with_its_value() {
        assert!(is_added("Job", "spec.suspend", &json!(false)));
        assert!(!is_added("Job", "spec.suspend", &json!(true)));
        assert!(!is_added("Deployment", "spec.suspend", &json!(false)));
        let scheme = "spec.template.spec.containers[].livenessProbe.httpGet.scheme";
        assert!(is_added("Deployment", scheme, &json!("HTTP")));
        let path = "spec.template.spec.initContainers[].terminationMessagePath";
        assert!(is_added("Deployment", path, &json!("/dev/termination-log")));
    }

    #[test]
    fn what_opens_a_store_is_expected_of_none() {
        for (kind, field, value) in [
            ("NetworkPolicy", "spec.ingress[].from[].namespaceSelector", json!({})),
            ("Deployment", "spec.template.spec.hostNetwork", json!(true)),
            ("Deployment", "spec.template.spec.containers[].securityContext.privileged", json!(true)),
            ("Service", "spec.externalIPs", json!(["1.2.3.4"])),
            ("Service", "spec.type", json!("LoadBalancer")),
        ] {
            assert!(!is_added(kind, field, &value), "{field}");
        }
    }
}
