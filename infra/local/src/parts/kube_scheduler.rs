//! kube-scheduler: binds pods to the simulated node.

use super::{LIMIT, Part};
use crate::cluster::pki::Pki;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

/// The user that Kubernetes' own bindings give its rights.
pub(crate) const USER: &str = "system:kube-scheduler";

pub(crate) fn part(tools: &Tools, port: u16, pki: &Pki) -> Part {
    Part {
        program: Program::new("kube-scheduler", tools.program("kube-scheduler"))
            .path_argument("--kubeconfig", pki.kubeconfig("kube-scheduler"))
            .argument("--leader-elect=false")
            .argument("--bind-address=127.0.0.1")
            .argument(format!("--secure-port={port}"))
            .path_argument("--tls-cert-file", pki.serving_certificate())
            .path_argument("--tls-private-key-file", pki.serving_key())
            .listens_on(port),
        probe: Probe::Succeeds(format!("https://127.0.0.1:{port}/healthz")),
        limit: LIMIT,
    }
}
