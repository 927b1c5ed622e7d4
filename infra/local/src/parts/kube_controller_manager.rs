//! kube-controller-manager: deployments, jobs, namespaces' deletion, service accounts.

use super::{LIMIT, Part};
use crate::cluster::pki::Pki;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

/// The user that Kubernetes' own bindings give its rights.
pub(crate) const USER: &str = "system:kube-controller-manager";

pub(crate) fn part(tools: &Tools, port: u16, pki: &Pki) -> Part {
    let program = tools.program("kube-controller-manager");
    Part {
        program: Program::new("kube-controller-manager", program)
            .path_argument("--kubeconfig", pki.kubeconfig("kube-controller-manager"))
            .argument("--leader-elect=false")
            // Each controller has the rights of its own role only, as in a real cluster.
            .argument("--use-service-account-credentials")
            .path_argument("--service-account-private-key-file", pki.service_account_key())
            .path_argument("--root-ca-file", pki.authority())
            .argument("--bind-address=127.0.0.1")
            .argument(format!("--secure-port={port}"))
            .path_argument("--tls-cert-file", pki.serving_certificate())
            .path_argument("--tls-private-key-file", pki.serving_key())
            .listens_on(port),
        probe: Probe::Succeeds(format!("https://127.0.0.1:{port}/healthz")),
        limit: LIMIT,
    }
}
