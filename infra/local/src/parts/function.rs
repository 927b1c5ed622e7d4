//! One runtime of a Lambda function: the same binary that is deployed.

use std::path::Path;

use super::{LIMIT, Part, gateway};
use crate::process::Program;
use crate::process::readiness::{self, Probe};

/// The functions, each a binary: those behind the API, and those that a queue or the schedule calls.
pub(crate) const FUNCTIONS: [&str; 6] = ["commands", "queries", gateway::DASHBOARD, FAN_OUT, DELIVER, SWEEP];

/// Gets hints at notices.
pub(crate) const FAN_OUT: &str = "fan-out";
/// Gets hints at deliveries.
pub(crate) const DELIVER: &str = "deliver";
/// Is called each minute.
pub(crate) const SWEEP: &str = "sweep";

/// How many runtimes of `deliver` there are: how many batches are delivered at once.
pub(crate) const DELIVERERS: usize = 2;

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
    /// Batches of messages, or what the schedule says.
    Events,
}

/// All of them. One runtime takes one request at a time, so there are two of each function; Lambda would
/// start as many as are needed.
pub(crate) const RUNTIMES: [Runtime; 10] = [
    Runtime { function: "commands", takes: Takes::Routes, number: 1 },
    Runtime { function: "commands", takes: Takes::Routes, number: 2 },
    Runtime { function: "queries", takes: Takes::Routes, number: 1 },
    Runtime { function: "queries", takes: Takes::Routes, number: 2 },
    Runtime { function: "queries", takes: Takes::Unrouted, number: 3 },
    Runtime { function: gateway::DASHBOARD, takes: Takes::Routes, number: 1 },
    Runtime { function: FAN_OUT, takes: Takes::Events, number: 1 },
    Runtime { function: DELIVER, takes: Takes::Events, number: 1 },
    Runtime { function: DELIVER, takes: Takes::Events, number: 2 },
    Runtime { function: SWEEP, takes: Takes::Events, number: 1 },
];

/// How often this machine may create stores, and change what it likes, in a minute. All tests of the
/// whole chain, and whoever plays with the stack, call from its one address, and would use up what a
/// deployed API gives to an address.
const CALLS_PER_MINUTE: &str = "100000";

pub(crate) fn part(
    Runtime { function, takes, number }: Runtime,
    folder: &Path,
    port: u16,
    variables: &[(&'static str, String)],
) -> Part {
    let route = match takes {
        Takes::Routes | Takes::Events => function,
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
        // Nobody buys here.
        .variable("ORDER_GUARD", "none")
        .restarts();
    Part {
        program: super::runner::with_platform(program, variables),
        probe: Probe::Invoked {
            url: invocations(port, route),
            event: match takes {
                Takes::Events => serde_json::json!({ "Records": [] }),
                Takes::Routes if function == gateway::DASHBOARD => readiness::get("/"),
                Takes::Routes | Takes::Unrouted => readiness::get("/healthz"),
            },
        },
        limit: LIMIT,
    }
}

/// Where a function is invoked.
pub(crate) fn invocations(port: u16, function: &str) -> String {
    format!("http://127.0.0.1:{port}/2015-03-31/functions/{function}/invocations")
}
