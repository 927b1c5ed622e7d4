//! DynamoDB Local, in memory.

use super::{JAVA_FLAGS, LIMIT, Part};
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

pub(crate) fn part(tools: &Tools, port: u16) -> Part {
    let jars = tools.folder("dynamodb");
    let mut class_path = jars.clone().into_os_string();
    class_path.push(":");
    class_path.push(jars.join("*"));
    Part {
        program: Program::new("dynamodb", "java")
            .arguments(JAVA_FLAGS)
            .path_argument("-Djava.library.path", &jars)
            .argument("-cp")
            .argument(class_path)
            // In place of DynamoDB Local's own main, which listens on every address.
            .argument("LoopbackServer")
            .arguments(["-inMemory", "-sharedDb", "-disableTelemetry", "-port"])
            .argument(port.to_string())
            .listens_on(port),
        // It answers an unsigned request with 400.
        probe: Probe::Answers(format!("http://127.0.0.1:{port}/")),
        limit: LIMIT,
    }
}
