//! kube-apiserver: authorisation by RBAC and the admission plugins of a real cluster.

use super::{LIMIT, Part};
use crate::cluster::pki::Pki;
use crate::layout::Layout;
use crate::ports::Ports;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
/// A /16: the usual /24 is used up by a hundred stores' services.
const SERVICES: &str = "10.96.0.0/16";

pub(crate) fn part(tools: &Tools, ports: Ports, layout: &Layout, pki: &Pki, token: &str) -> Part {
    let port = ports.kube_apiserver;
    Part {
        program: Program::new("kube-apiserver", tools.program("kube-apiserver"))
            .argument(format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd))
            .argument("--bind-address=127.0.0.1")
            .argument("--advertise-address=127.0.0.1")
            // There are no other API servers, and no pod that would follow the endpoint.
            .argument("--endpoint-reconciler-type=none")
            .argument(format!("--secure-port={port}"))
            .argument(format!("--service-cluster-ip-range={SERVICES}"))
            .argument("--authorization-mode=RBAC")
            .path_argument("--token-auth-file", pki.tokens())
            .path_argument("--tls-cert-file", pki.serving_certificate())
            .path_argument("--tls-private-key-file", pki.serving_key())
            .argument(format!("--service-account-issuer={ISSUER}"))
            .path_argument("--service-account-key-file", pki.service_account_public_key())
            .path_argument("--service-account-signing-key-file", pki.service_account_key())
            .path_argument("--audit-policy-file", layout.manifest("audit-policy.yaml"))
            .path_argument("--audit-log-path", layout.audit_log())
            .listens_on(port),
        probe: Probe::SucceedsAs { url: format!("https://127.0.0.1:{port}/readyz"), token: token.to_owned() },
        limit: LIMIT,
    }
}

/// Where it describes the kinds of `group_version`.
pub(crate) fn description(port: u16, group_version: &str) -> String {
    format!("https://127.0.0.1:{port}/openapi/v3/apis/{group_version}")
}
