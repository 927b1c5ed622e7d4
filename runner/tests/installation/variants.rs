//! The settings of stores, each as the runner and as the chart are told it.

use serde_json::{Value, json};

/// Of the mail relay, as long as the passwords that are generated.
const PASSWORD: &str = "the relay's own of 32 characters";

/// Every other setting, as both are told it.
pub(crate) fn variants() -> Vec<(&'static [&'static str], Value)> {
    vec![
        (&["--tls", "none"], json!({ "ingress": { "tls": "none" } })),
        (&["--tls", "wildcard"], json!({ "ingress": { "tls": "wildcard" } })),
        (
            &["--routing", "ingress", "--tls", "wildcard"],
            json!({ "routing": "ingress", "ingress": { "tls": "wildcard" } }),
        ),
        (
            &["--routing", "ingress", "--tls", "issuer", "--certificate-issuer", "zerossl"],
            json!({ "routing": "ingress", "ingress": { "tls": "issuer", "issuer": "zerossl" } }),
        ),
        (
            &[
                "--routing",
                "ingress",
                "--ingress-class",
                "traefik",
                "--ingress-namespace",
                "kube-system",
                "--ingress-labels",
                "app.kubernetes.io/name=traefik,no=1",
                "--upload-limit-mib",
                "7",
            ],
            json!({ "routing": "ingress", "ingress": {
                "class": "traefik", "namespace": "kube-system", "uploadLimitMib": 7,
                "labels": { "app.kubernetes.io/name": "traefik", "no": "1" },
            } }),
        ),
        (
            &[
                "--routing",
                "ingress",
                "--ingress-flavour",
                "traefik",
                "--way-in-cidrs",
                "10.0.0.0/16,192.0.2.7",
            ],
            json!({
                "routing": "ingress",
                "ingress": { "flavour": "traefik", "cidrs": ["10.0.0.0/16", "192.0.2.7"] },
            }),
        ),
        (
            &["--routing", "ingress", "--ingress-flavour", "haproxy"],
            json!({ "routing": "ingress", "ingress": { "flavour": "haproxy" } }),
        ),
        (
            &["--routing", "ingress", "--ingress-flavour", "f5-nginx"],
            json!({ "routing": "ingress", "ingress": { "flavour": "f5-nginx" } }),
        ),
        (&["--runner-namespace", "shopwright"], json!({ "runner": { "namespace": "shopwright" } })),
        (
            &["--runner-namespace", "shopwright", "--runner-labels", "app.kubernetes.io/name=runner"],
            json!({ "runner": {
                "namespace": "shopwright", "labels": { "app.kubernetes.io/name": "runner" },
            } }),
        ),
        (&["--routing", "gateway"], json!({ "routing": "gateway" })),
        (
            &[
                "--routing",
                "gateway",
                "--gateway-name",
                "shops",
                "--gateway-namespace",
                "traefik",
                "--gateway-section",
                "stores",
            ],
            json!({
                "routing": "gateway",
                "gateway": { "name": "shops", "namespace": "traefik", "section": "stores" },
            }),
        ),
        (&["--database-start-seconds", "901"], json!({ "database": { "startSeconds": 901 } })),
        (&["--egress", "closed"], json!({ "egress": { "mode": "closed" } })),
        (
            &["--egress-except", "10.0.0.0/8", "--dns-namespace", "dns", "--dns-labels", "dns=yes"],
            json!({
                "egress": { "except": ["10.0.0.0/8"] },
                "dns": { "namespace": "dns", "labels": { "dns": "yes", "k8s-app": null } },
            }),
        ),
        (
            &["--dns-addresses", "169.254.20.10,fd00:10:96::a,10.96.0.0/24", "--dns-ports", "53,5353"],
            json!({ "dns": {
                "addresses": ["169.254.20.10", "fd00:10:96::a", "10.96.0.0/24"], "ports": [53, 5353],
            } }),
        ),
        (
            &[
                "--egress",
                "closed",
                "--smtp-host",
                "relay.mail.svc",
                "--smtp-port",
                "25",
                "--mail-from",
                "shops@example.com",
                "--smtp-user",
                "shops",
                "--smtp-password",
                PASSWORD,
                "--smtp-namespace",
                "mail",
                "--smtp-labels",
                "app=relay",
                "--smtp-pod-port",
                "2525",
            ],
            json!({
                "egress": { "mode": "closed" },
                "mail": {
                    "host": "relay.mail.svc", "port": 25, "from": "shops@example.com", "user": "shops",
                    "password": PASSWORD, "namespace": "mail", "labels": { "app": "relay" },
                    "podPort": 2525,
                },
            }),
        ),
        (
            &[
                "--smtp-host",
                "192.0.2.25",
                "--smtp-tls",
                "implicit",
                "--smtp-addresses",
                "192.0.2.25,2001:db8::/64",
                "--mail-from",
                "shops@example.com",
            ],
            json!({ "mail": {
                "host": "192.0.2.25", "port": 465, "tls": "implicit", "from": "shops@example.com",
                "addresses": ["192.0.2.25", "2001:db8::/64"],
            } }),
        ),
        (
            &[
                "--secrets",
                "external",
                "--smtp-host",
                "relay.example.com",
                "--smtp-user",
                "shops",
                "--smtp-namespace",
                "mail",
                "--mail-from",
                "shops@example.com",
            ],
            json!({
                "secrets": { "source": "external" },
                "mail": {
                    "host": "relay.example.com", "user": "shops", "namespace": "mail",
                    "from": "shops@example.com",
                },
            }),
        ),
        (
            &["--secrets", "external", "--secret-store", "vault", "--secret-path", "shops"],
            json!({ "secrets": { "source": "external", "store": "vault", "path": "shops" } }),
        ),
        (
            &[
                "--store-domain",
                "a.example",
                "--mysql-image",
                "mysql:9",
                "--image-pull-policy",
                "IfNotPresent",
            ],
            json!({ "domain": "a.example", "images": { "mysql": "mysql:9", "pullPolicy": "IfNotPresent" } }),
        ),
        (
            &["--storage-class", "longhorn", "--volume-size", "1Gi", "--quota-storage", "8Gi"],
            json!({ "storage": { "class": "longhorn", "size": "1Gi" }, "quota": { "storage": "8Gi" } }),
        ),
        (
            &[
                "--cpu-request",
                "1m",
                "--cpu-limit",
                "2m",
                "--memory-request",
                "3Mi",
                "--memory-limit",
                "4Mi",
                "--database-buffer-pool-mib",
                "8",
                "--quota-cpu-requests",
                "11",
                "--quota-cpu-limits",
                "12",
                "--quota-memory-requests",
                "13Gi",
                "--quota-memory-limits",
                "14Gi",
            ],
            json!({
                "resources": {
                    "requests": { "cpu": "1m", "memory": "3Mi" }, "limits": { "cpu": "2m", "memory": "4Mi" },
                },
                "database": { "bufferPoolMib": 8 },
                "quota": {
                    "requests": { "cpu": "11", "memory": "13Gi" }, "limits": { "cpu": "12", "memory": "14Gi" },
                },
            }),
        ),
    ]
}
