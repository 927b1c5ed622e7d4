//! API Gateway and Lambda's invocations, played by `cargo lambda watch`. It compiles nothing: the
//! functions join it as Lambda's runtimes do.

use std::time::Duration;

use anyhow::Result;
use reqwest::{Client, Response};

use super::{LIMIT, Part};
use crate::layout::Layout;
use crate::process::Program;
use crate::readiness::Probe;
use crate::supervisor::note;
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

/// Where a function's runtime asks for work: what Lambda gives in `AWS_LAMBDA_RUNTIME_API`.
pub(crate) fn runtime_api(port: u16, function: &str) -> String {
    format!("http://127.0.0.1:{port}/.rt/{function}")
}

/// Answers what no route takes as API Gateway does. `cargo lambda` hands it to a default function that
/// nobody runs, and the caller would wait for ever.
pub(crate) async fn answer_unrouted(client: Client, port: u16) {
    loop {
        if let Err(error) = answer_one(&client, port).await {
            note(&format!("the answer to a call without route failed: {error:#}"));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

async fn answer_one(client: &Client, port: u16) -> Result<()> {
    const REQUEST: &str = "lambda-runtime-aws-request-id";
    let base = format!("http://127.0.0.1:{port}/.rt/2018-06-01/runtime/invocation");
    let invocation = client.get(format!("{base}/next")).send().await.and_then(Response::error_for_status)?;
    let Some(request) = invocation.headers().get(REQUEST) else {
        return Ok(());
    };
    let answer = serde_json::json!({
        "statusCode": 404,
        "headers": { "content-type": "application/json" },
        "body": r#"{"message":"Not Found"}"#,
        "isBase64Encoded": false,
        "cookies": [],
    });
    client
        .post(format!("{base}/{}/response", request.to_str()?))
        .json(&answer)
        .send()
        .await
        .and_then(Response::error_for_status)?;
    Ok(())
}
