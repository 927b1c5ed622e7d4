//! A pod that calls at a store, from somewhere.

use std::env;

use serde_json::json;

use crate::kubectl::{apply, attempt, kubectl};

/// Seconds after which a call is taken to be dropped, as a policy drops it.
const DROPPED_AFTER: &str = "8";

/// A place in the cluster to call from.
pub(crate) struct Visitor {
    namespace: String,
    pod: String,
    leaves: Leaves,
}

/// The namespace from which stores are reached, as the runner's settings have it.
pub(crate) fn way_in_namespace() -> String {
    let setting = |name| env::var(name).ok();
    let of_gateway = || setting("GATEWAY_NAMESPACE").unwrap_or_else(|| "gateway".into());
    setting("INGRESS_NAMESPACE").unwrap_or_else(|| match setting("ROUTING").as_deref() {
        Some("gateway") => of_gateway(),
        Some(_) | None => "ingress-nginx".into(),
    })
}

/// Whether stores have https addresses.
pub(crate) fn is_https() -> bool {
    env::var("TLS").is_ok_and(|tls| tls != "none")
}

/// The headers of a call to this host as a controller passes it on.
pub(crate) fn passed_on(host: &str) -> [String; 2] {
    let scheme = if is_https() { "https" } else { "http" };
    [format!("Host: {host}"), format!("X-Forwarded-Proto: {scheme}")]
}

/// What goes when a visitor goes.
enum Leaves {
    /// A pod of the store stays.
    Nothing,
    /// Where the namespace was there before, it stays.
    Pod,
    Namespace,
}

impl Visitor {
    /// A pod of its own in `namespace`, which is made where it is not there.
    pub(crate) fn in_namespace(namespace: &str, name: &str) -> Self {
        let there = kubectl(&["get", "namespace", namespace, "--ignore-not-found", "-o", "name"]);
        let leaves = if there.is_empty() {
            kubectl(&["create", "namespace", namespace]);
            Leaves::Namespace
        } else {
            Leaves::Pod
        };
        let pod = format!("visitor-{name}");
        let visitor = Self { namespace: namespace.into(), pod: format!("pod/{pod}"), leaves };
        // The store's image has `curl` and `bash`, and the nodes have it already.
        apply(&json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": pod, "namespace": namespace },
            "spec": {
                "automountServiceAccountToken": false,
                "terminationGracePeriodSeconds": 0,
                "securityContext": {
                    "runAsNonRoot": true, "runAsUser": 33, "seccompProfile": { "type": "RuntimeDefault" },
                },
                "containers": [{
                    "name": "visitor",
                    "image": env::var("STORE_IMAGE").unwrap_or_else(|_| "shopwright/store:local".into()),
                    "imagePullPolicy": env::var("IMAGE_PULL_POLICY").unwrap_or_else(|_| "Never".into()),
                    "command": ["sleep", "3600"],
                    "securityContext": {
                        "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] },
                    },
                }],
            },
        }));
        kubectl(&["-n", namespace, "wait", "--for=condition=Ready", &visitor.pod, "--timeout=120s"]);
        visitor
    }

    /// A pod that is there.
    pub(crate) fn existing(namespace: &str, pod: &str) -> Self {
        Self { namespace: namespace.into(), pod: pod.into(), leaves: Leaves::Nothing }
    }

    /// The page and, on a last line, its status; `None` where the call is dropped. The call is one that a controller
    /// passes on.
    pub(crate) fn get(&self, service: &str, host: &str, path: &str) -> Option<String> {
        let ([host, scheme], url) = (passed_on(host), format!("http://{service}{path}"));
        let curl =
            ["curl", "-s", "-m", DROPPED_AFTER, "-w", "\n%{http_code}", "-H", &host, "-H", &scheme, &url];
        self.run(&curl)
    }

    /// The status of a page.
    pub(crate) fn status(&self, service: &str, host: &str, path: &str) -> String {
        self.get(service, host, path).unwrap().lines().last().unwrap().to_owned()
    }

    /// Whether a connection comes about.
    pub(crate) fn reaches(&self, host: &str, port: u16) -> bool {
        let connect = format!("exec 3<>/dev/tcp/{host}/{port}");
        self.run(&["timeout", DROPPED_AFTER, "bash", "-c", &connect]).is_some()
    }

    pub(crate) fn run(&self, command: &[&str]) -> Option<String> {
        let exec = ["-n", &self.namespace, "exec", &self.pod, "--"];
        let output = attempt(&[exec.as_slice(), command].concat());
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        let arguments: &[&str] = match self.leaves {
            Leaves::Nothing => return,
            Leaves::Pod => &["-n", &self.namespace, "delete", &self.pod, "--wait=false"],
            Leaves::Namespace => &["delete", "namespace", &self.namespace, "--wait=false"],
        };
        // A test that fails has its own message, which a panic here would hide.
        let _ = attempt(arguments);
    }
}
