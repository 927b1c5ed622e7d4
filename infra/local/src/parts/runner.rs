//! The runner, as its own service account.

use std::path::Path;
use std::time::Duration;

use super::{LIMIT, Part};
use crate::process::Program;
use crate::readiness::Probe;

pub(crate) fn part(folder: &Path, kubeconfig: &Path, variables: &[(&'static str, String)]) -> Part {
    let program = Program::new("runner", folder.join("runner"))
        .argument("run")
        .variable("KUBECONFIG", kubeconfig)
        .restarts();
    Part {
        program: with_platform(program, variables),
        // A wrong setting or a refused connection ends it sooner than this.
        probe: Probe::StaysUp(Duration::from_millis(700)),
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
