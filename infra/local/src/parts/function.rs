//! One runtime of a Lambda function: the same binary that is deployed.

use std::path::Path;

use super::{LIMIT, Part, gateway};
use crate::process::Program;
use crate::process::readiness::Probe;

/// The functions behind the API, each a binary.
pub(crate) const FUNCTIONS: [&str; 2] = ["commands", "queries"];

/// One process of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runtime {
    function: &'static str,
    /// What it gets: the routes of its function, or what no route takes.
    takes: Takes,
    number: usize,
}

#[derive(Clone, Copy, Debug)]
enum Takes {
    Routes,
    Unrouted,
}

/// All of them. One runtime takes one request at a time, so there are two of each function; Lambda would
/// start as many as are needed.
pub(crate) const RUNTIMES: [Runtime; 5] = [
    Runtime { function: "commands", takes: Takes::Routes, number: 1 },
    Runtime { function: "commands", takes: Takes::Routes, number: 2 },
    Runtime { function: "queries", takes: Takes::Routes, number: 1 },
    Runtime { function: "queries", takes: Takes::Routes, number: 2 },
    Runtime { function: "queries", takes: Takes::Unrouted, number: 3 },
];

/// How often this machine may create stores, and change what it likes, in a minute. All tests of the
/// whole chain, and whoever plays with the stack, call from its one address, and would use up what a
/// deployed API gives to an address.
const CALLS_PER_MINUTE: &str = "1000";

pub(crate) fn part(
    Runtime { function, takes, number }: Runtime,
    folder: &Path,
    port: u16,
    variables: &[(&'static str, String)],
) -> Part {
    let route = match takes {
        Takes::Routes => function,
        Takes::Unrouted => gateway::DEFAULT_FUNCTION,
    };
    let program = Program::new(format!("{function}-{number}"), folder.join(function))
        .variable("AWS_LAMBDA_RUNTIME_API", gateway::runtime_api(port, route))
        .variable("AWS_LAMBDA_FUNCTION_NAME", function)
        .variable("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .variable("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}"))
        .variable("AWS_LAMBDA_LOG_STREAM_NAME", number.to_string())
        .variable("RATE_CREATES_PER_MINUTE", CALLS_PER_MINUTE)
        .variable("RATE_ACTIONS_PER_MINUTE", CALLS_PER_MINUTE)
        .restarts();
    Part {
        program: super::runner::with_platform(program, variables),
        probe: Probe::Invoked(format!("http://127.0.0.1:{port}/2015-03-31/functions/{route}/invocations")),
        limit: LIMIT,
    }
}
