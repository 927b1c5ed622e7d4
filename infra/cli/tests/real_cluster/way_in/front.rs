//! The front of this test: the process runs on this machine, and a Service leads there, so that it reads the table
//! of the private stack.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    kubectl::{apply, attempt},
    visitor::is_https,
};

/// A kind of way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routing {
    Gateway,
    Ingress,
}

impl Routing {
    /// What `ROUTING` says.
    pub(crate) fn of_the_platform() -> Self {
        let by_profile = env::var("PROFILE").is_ok_and(|profile| profile == "production");
        match env::var("ROUTING").as_deref() {
            Ok("gateway") => Self::Gateway,
            Ok(_) => Self::Ingress,
            Err(_) if by_profile => Self::Gateway,
            Err(_) => Self::Ingress,
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Gateway => Self::Ingress,
            Self::Ingress => Self::Gateway,
        }
    }

    /// As `ROUTING` has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Ingress => "ingress",
        }
    }

    /// The kind of object that a store has then, and the other one.
    pub(crate) fn kinds(self) -> [&'static str; 2] {
        match self {
            Self::Gateway => ["httproute", "ingress"],
            Self::Ingress => ["ingress", "httproute"],
        }
    }
}

/// A front, and the namespace of what leads to it.
pub(crate) struct Front {
    namespace: String,
    process: Child,
}

impl Front {
    /// Starts one, where the environment names an address of this machine at which pods reach it; else says so.
    pub(crate) fn begin(name: &str) -> Option<Self> {
        let Ok(address) = env::var("FRONT_ADDRESS") else {
            println!("skipped in part: FRONT_ADDRESS names no address of this machine that pods reach");
            return None;
        };
        let mut process = runner_command()
            .arg("front")
            .args([
                "--front-listen",
                &format!("{address}:0"),
                "--listen",
                "127.0.0.1:0",
                "--log-format",
                "json",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let up: Value = serde_json::from_str(&line).unwrap();
        let visitors = up["visitors"].as_str().unwrap();
        let port: u16 = visitors.rsplit_once(':').unwrap().1.parse().unwrap();
        // What it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));

        let namespace = format!("front-{name}");
        apply(&json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": namespace, "labels": { "app.kubernetes.io/part-of": "shopwright" } },
        }));
        apply(&json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "front", "namespace": namespace },
            "spec": { "ports": [{ "name": "visitors", "port": 80, "targetPort": port }] },
        }));
        apply(&json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "front", "namespace": namespace, "labels": { "kubernetes.io/service-name": "front" },
            },
            "addressType": "IPv4",
            "endpoints": [{ "addresses": [address], "conditions": { "ready": true } }],
            "ports": [{ "name": "visitors", "port": port, "protocol": "TCP" }],
        }));
        Some(Self { namespace, process })
    }

    /// Has all names below the domain lead to it, as the runner's chart does where `ROUTING` is this.
    pub(crate) fn catch_all(&self, routing: Routing) {
        let hosts = format!("*.{}", env::var("STORE_DOMAIN").unwrap());
        match routing {
            Routing::Gateway => {
                let section = named("GATEWAY_SECTION", if is_https() { "https" } else { "http" });
                let to_front = json!([{ "backendRefs": [{ "name": "front", "port": 80 }] }]);
                apply(&self.route("front", &section, &hosts, &to_front));
                if is_https() {
                    let to_https = json!({ "scheme": "https", "statusCode": 301 });
                    let filters = json!([{ "type": "RequestRedirect", "requestRedirect": to_https }]);
                    apply(&self.route("redirect", "http", &hosts, &json!([{ "filters": filters }])));
                }
            }
            Routing::Ingress => {
                let service = json!({ "name": "front", "port": { "name": "visitors" } });
                let path = json!({ "path": "/", "pathType": "Prefix", "backend": { "service": service } });
                let tls = if is_https() { json!([{ "hosts": [hosts] }]) } else { json!([]) };
                let class = named("INGRESS_CLASS", "nginx");
                apply(&json!({
                    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                    "metadata": { "name": "front", "namespace": self.namespace },
                    "spec": {
                        "ingressClassName": class,
                        "rules": [{ "host": hosts, "http": { "paths": [path] } }],
                        "tls": tls,
                    },
                }));
            }
        }
    }

    /// Takes that away again.
    pub(crate) fn leave(&self, routing: Routing) {
        let namespace = ["-n", self.namespace.as_str(), "delete"];
        let what: &[&str] = match routing {
            Routing::Gateway => &["httproute", "--all"],
            Routing::Ingress => &["ingress", "--all"],
        };
        assert!(attempt(&[&namespace[..], what].concat()).status.success());
    }

    fn route(&self, name: &str, section: &str, hosts: &str, rules: &Value) -> Value {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": { "name": name, "namespace": self.namespace },
            "spec": {
                "parentRefs": [{
                    "name": named("GATEWAY_NAME", "stores"),
                    "namespace": named("GATEWAY_NAMESPACE", "gateway"),
                    "sectionName": section,
                }],
                "hostnames": [hosts],
                "rules": rules,
            },
        })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // A test that fails has its own message, which a panic here would hide.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = attempt(&["delete", "namespace", &self.namespace, "--wait=false"]);
    }
}

/// The setting of this name, as the runner has it too.
pub(crate) fn named(setting: &str, default: &str) -> String {
    env::var(setting).unwrap_or_else(|_| default.into())
}

/// The runner's binary, which lies beside the operator's command.
pub(crate) fn runner_command() -> Command {
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_shopwright"));
    Command::new(folder.parent().unwrap().join("runner"))
}
