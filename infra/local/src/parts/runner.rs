//! The runner, as its own service account.

use std::path::Path;

use super::{LIMIT, Part};
use crate::process::Program;
use crate::process::readiness::Probe;

pub(crate) fn part(
    folder: &Path,
    port: u16,
    kubeconfig: &Path,
    variables: &[(&'static str, String)],
) -> Part {
    let program = Program::new("runner", folder.join("runner"))
        .argument("run")
        .argument(format!("--listen=127.0.0.1:{port}"))
        // Whoever stops a local stack wants it stopped: the next one goes on where this one was.
        .variable("SHUTDOWN_GRACE_SECONDS", "1")
        .variable("KUBECONFIG", kubeconfig)
        .listens_on(port)
        .restarts();
    Part {
        program: with_platform(program, variables),
        // Table, queue and API server have answered it.
        probe: Probe::Succeeds(format!("http://127.0.0.1:{port}/readyz")),
        limit: LIMIT,
    }
}

/// The variables that lead to table and queue. A developer's own profile, session or proxy must not get
/// between: what our programs call is on this machine, or is the cluster that KUBECONFIG names.
pub(super) fn with_platform(program: Program, variables: &[(&'static str, String)]) -> Program {
    let program = program.without("AWS_PROFILE").without("AWS_SESSION_TOKEN");
    let program = PROXIES.into_iter().fold(program, Program::without);
    variables.iter().fold(program, |program, (name, value)| program.variable(name, value))
}

/// The variables that name proxies, as most programs read them.
pub(crate) const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
