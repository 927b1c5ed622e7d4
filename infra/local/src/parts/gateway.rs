//! API Gateway and Lambda's invocations, played by `cargo lambda watch`. It compiles nothing: the
//! functions join it as Lambda's runtimes do.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::{LIMIT, Part, function::FUNCTIONS};
use crate::layout::Layout;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

pub(crate) fn part(tools: &Tools, port: u16, layout: &Layout) -> Result<Part> {
    Ok(Part {
        program: Program::new("gateway", tools.program("cargo-lambda"))
            .arguments(["lambda", "watch", "--only-lambda-apis", "--ignore-changes"])
            .arguments(["--invoke-address", "127.0.0.1", "--invoke-port"])
            .argument(port.to_string())
            // Who may call from a browser is for the API to say, not for its stand-in.
            .argument("--disable-cors")
            .path_argument("--manifest-path", manifest(layout)?)
            .arguments(["--package", PACKAGE])
            .listens_on(port),
        // A path that takes POST only: refused at once, where most others would wait for a function.
        probe: Probe::Answers(format!("http://127.0.0.1:{port}/2015-03-31/functions/_/invocations")),
        limit: LIMIT,
    })
}

/// The package that has nothing but routes.
const PACKAGE: &str = "gateway";

/// The function that serves the page over the API.
pub(crate) const DASHBOARD: &str = "dashboard";

/// Its paths, of which the API's description of itself does not tell: they are no part of the API.
const DASHBOARD_PATHS: [&str; 3] = ["/", "/assets/{file}", "/settings.json"];

/// Writes the manifest whose metadata holds the routes, as `cargo lambda watch` wants them: those that the API
/// describes itself with, and the dashboard's.
fn manifest(layout: &Layout) -> Result<PathBuf> {
    let description = layout.description();
    let routes = fs::read_to_string(&description)
        .map_err(anyhow::Error::from)
        .and_then(|text| routes(&text))
        .with_context(|| format!("the API's description {} can't be read", description.display()))?;
    let folder = layout.data().join("gateway");
    let file = folder.join("Cargo.toml");
    // It takes a function for one only where the package has a program of that name.
    let programs = FUNCTIONS.map(|name| format!("[[bin]]\nname = \"{name}\"\npath = \"none.rs\"\n\n"));
    let text = format!(
        "[package]\nname = \"{PACKAGE}\"\n\n{}[workspace]\n\n[package.metadata.lambda.watch.router]\n{routes}",
        programs.concat()
    );
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, text))
        .with_context(|| format!("{} can't be written", file.display()))?;
    Ok(file)
}

/// A line for each path that is described, in TOML. What only reads is for `queries`, as it is at API Gateway.
fn routes(description: &str) -> Result<String> {
    let description: Value = serde_json::from_str(description)?;
    let paths = description["paths"].as_object().context("it has no paths")?;
    let mut lines = String::new();
    for (path, methods) in paths {
        let methods = methods.as_object().map(Map::keys).into_iter().flatten();
        let targets: Vec<_> = methods.map(|method| target(function(method), method)).collect();
        // A text in JSON is one in TOML.
        writeln!(lines, "{} = [{}]", Value::from(path.as_str()), targets.join(", "))?;
    }
    for path in DASHBOARD_PATHS {
        writeln!(lines, "\"{path}\" = [{}]", target(DASHBOARD, "get"))?;
    }
    Ok(lines)
}

/// The function of the API that answers `method`.
fn function(method: &str) -> &'static str {
    if method == "get" { "queries" } else { "commands" }
}

fn target(function: &str, method: &str) -> String {
    format!("{{ function = \"{function}\", method = \"{}\" }}", method.to_uppercase())
}

/// What `cargo lambda` calls the function that gets whatever no route takes: API Gateway's `$default`.
pub(crate) const DEFAULT_FUNCTION: &str = "_";

/// Where a function's runtime asks for work: what Lambda gives in `AWS_LAMBDA_RUNTIME_API`.
pub(crate) fn runtime_api(port: u16, function: &str) -> String {
    format!("http://127.0.0.1:{port}/.rt/{function}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_that_is_described_leads_to_the_function_that_answers_its_methods() {
        let description = r#"{"paths": {"/v1/a/{id}": {"get": {}, "delete": {}}, "/healthz": {"get": {}}}}"#;
        assert_eq!(
            routes(description).unwrap(),
            "\"/healthz\" = [{ function = \"queries\", method = \"GET\" }]\n\
             \"/v1/a/{id}\" = [{ function = \"commands\", method = \"DELETE\" }, { function = \"queries\", method = \"GET\" }]\n\
             \"/\" = [{ function = \"dashboard\", method = \"GET\" }]\n\
             \"/assets/{file}\" = [{ function = \"dashboard\", method = \"GET\" }]\n\
             \"/settings.json\" = [{ function = \"dashboard\", method = \"GET\" }]\n"
        );
        assert!(routes("{}").is_err(), "without routes nothing would be answered");
    }
}
