//! API Gateway and Lambda's invocations, played by `cargo lambda watch`. It compiles nothing: the
//! functions join it as Lambda's runtimes do.

use super::{LIMIT, Part};
use crate::layout::Layout;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

pub(crate) fn part(tools: &Tools, port: u16, layout: &Layout) -> Part {
    Part {
        program: Program::new("gateway", tools.program("cargo-lambda"))
            .arguments(["lambda", "watch", "--only-lambda-apis", "--ignore-changes"])
            .arguments(["--invoke-address", "127.0.0.1", "--invoke-port"])
            .argument(port.to_string())
            // Who may call from a browser is for the API to say, not for its stand-in.
            .argument("--disable-cors")
            .path_argument("--manifest-path", layout.functions_manifest())
            // Without a package it reads no routes: the workspace has more than one.
            .arguments(["--package", "functions"])
            .listens_on(port),
        // A path that takes POST only: refused at once, where most others would wait for a function.
        probe: Probe::Answers(format!("http://127.0.0.1:{port}/2015-03-31/functions/_/invocations")),
        limit: LIMIT,
    }
}

/// What `cargo lambda` calls the function that gets whatever no route takes: API Gateway's `$default`.
pub(crate) const DEFAULT_FUNCTION: &str = "_";

/// Where a function's runtime asks for work: what Lambda gives in `AWS_LAMBDA_RUNTIME_API`.
pub(crate) fn runtime_api(port: u16, function: &str) -> String {
    format!("http://127.0.0.1:{port}/.rt/{function}")
}
