//! ElasticMQ: SQS's protocol, in memory.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{JAVA_FLAGS, LIMIT, Part};
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

pub(crate) fn part(tools: &Tools, port: u16, data: &Path) -> Result<Part> {
    let configuration = data.join("elasticmq.conf");
    fs::write(&configuration, text(port)).context("ElasticMQ's configuration can't be written")?;
    Ok(Part {
        program: Program::new("elasticmq", "java")
            .arguments(JAVA_FLAGS)
            .path_argument("-Dconfig.file", configuration)
            .argument("-cp")
            .argument(tools.folder("elasticmq").join("*"))
            .argument("org.elasticmq.server.Main")
            .listens_on(port),
        probe: Probe::Succeeds(format!("http://127.0.0.1:{port}/?Action=ListQueues")),
        limit: LIMIT,
    })
}

/// The queues are made through the API, as in AWS. `rest-stats` is a page on one more port, on every address.
fn text(port: u16) -> String {
    format!(
        r#"include classpath("application.conf")
node-address {{ protocol = http, host = "127.0.0.1", port = {port}, context-path = "" }}
rest-sqs {{ enabled = true, bind-hostname = "127.0.0.1", bind-port = {port}, sqs-limits = strict }}
rest-stats {{ enabled = false }}
aws {{ region = us-east-1, accountId = 000000000000 }}
"#
    )
}
