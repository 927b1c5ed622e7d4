//! The runner, as its own service account.

use std::path::Path;

use super::{LIMIT, Part};
use crate::process::Program;
use crate::readiness::Probe;

pub(crate) fn part(
    folder: &Path,
    port: u16,
    kubeconfig: &Path,
    variables: &[(&'static str, String)],
) -> Part {
    let program = Program::new("runner", folder.join("runner"))
        .argument("run")
        .argument(format!("--listen=127.0.0.1:{port}"))
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

/// The variables that lead to table and queue. A developer's own profile or session must not get between.
pub(super) fn with_platform(program: Program, variables: &[(&'static str, String)]) -> Program {
    variables
        .iter()
        .fold(program.without("AWS_PROFILE").without("AWS_SESSION_TOKEN"), |program, (name, value)| {
            program.variable(name, value)
        })
}
