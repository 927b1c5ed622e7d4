//! KWOK: plays the kubelet and the volume provisioner; no container runs. What is executed in one runs on
//! this machine, with stand-ins for what the store's image brings, and logs are files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use domain::values::timestamp::Timestamp;
use serde_json::{Value, json};

use super::{LIMIT, Part};
use crate::cluster::pki::Pki;
use crate::layout::Layout;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

/// Room for as many pods as the node takes.
const PODS: &str = "10.128.0.0/16";

/// The kinds of others that its stages and files are about. It ends where the API server does not describe them when it
/// starts, which comes a moment after that serves them.
pub(crate) const GROUP_VERSIONS: [&str; 2] = ["gateway.networking.k8s.io/v1", "kwok.x-k8s.io/v1alpha1"];

pub(crate) fn part(tools: &Tools, port: u16, pki: &Pki, layout: &Layout) -> Result<Part> {
    let configurations = configurations(tools, layout)?;
    let program = Program::new("kwok", tools.program("kwok"))
        .path_argument("--kubeconfig", pki.kubeconfig("kwok"))
        .argument("--manage-all-nodes=false")
        .argument("--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake")
        .argument("--node-lease-duration-seconds=40")
        // A single pod's log, for whoever has one to give: before that of all containers of its name.
        .argument("--enable-crds=Logs")
        .argument(format!("--cidr={PODS}"))
        // Where the API server finds the node's kubelet.
        .argument("--node-ip=127.0.0.1")
        .argument(format!("--node-port={port}"))
        .argument(format!("--server-address=127.0.0.1:{port}"))
        .listens_on(port);
    Ok(Part {
        program: configurations.iter().fold(program, |program, file| program.path_argument("--config", file)),
        probe: Probe::Succeeds(format!("http://127.0.0.1:{port}/healthz")),
        limit: LIMIT,
    })
}

/// The files that say how KWOK plays: by their paths from where it is started, which is the stack's state.
/// KWOK takes a path for a list, in which commas and quotes have a meaning, and the checkout may lie anywhere.
fn configurations(tools: &Tools, layout: &Layout) -> Result<Vec<PathBuf>> {
    let mut stages = fs::read_dir(tools.folder("kwok"))
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .context("KWOK's stages can't be read")?
        .into_iter()
        .map(|entry| entry.path())
        .collect::<Vec<_>>();
    stages.push(layout.manifest("chaos-stages.yaml"));
    stages.push(layout.manifest("gateway-stages.yaml"));
    stages.sort();
    let folder = layout.data().join("kwok");
    fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let mut files = Vec::new();
    for stage in stages {
        let file = folder.join(stage.file_name().unwrap_or_default());
        fs::copy(&stage, &file).with_context(|| format!("{} can't be copied", stage.display()))?;
        files.push(file);
    }
    files.push(executions(layout)?);
    files.push(logs(layout)?);
    let from_state = |file: PathBuf| file.strip_prefix(layout.state()).map(Path::to_path_buf);
    files.into_iter().map(from_state).collect::<Result<_, _>>().context("a stack's data lies in its state")
}

/// The file that says how commands are executed in containers: with the stand-ins in front of all else.
fn executions(layout: &Layout) -> Result<PathBuf> {
    let (stand_ins, state) = (layout.manifest("stand-ins"), layout.wordpress_stand_in());
    fs::create_dir_all(&state).with_context(|| format!("{} can't be made", state.display()))?;
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", stand_ins.display());
    let executions = json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterExec",
        "metadata": { "name": "stand-ins" },
        "spec": { "execs": [{ "local": { "workDir": state, "envs": [
            { "name": "PATH", "value": path },
            { "name": "WORDPRESS_STAND_IN", "value": state },
        ] } }] },
    });
    written(layout, "kwok-executions.yaml", &executions)
}

/// The containers of a store.
const CONTAINERS: [&str; 6] = ["mysql", "seed", "await-setup", "setup", "wordpress", "schedule"];

/// The file that says where containers' logs are: in a file for all of one name.
fn logs(layout: &Layout) -> Result<PathBuf> {
    let folder = layout.container_logs();
    fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let logs = CONTAINERS.map(|container| {
        let log = |file: &str, line: String| {
            let path = folder.join(file);
            // As container runtimes write it, which is what KWOK reads.
            let text = format!("{} stdout F {line}\n", Timestamp::now());
            fs::write(&path, text).with_context(|| format!("{} can't be written", path.display()))?;
            anyhow::Ok(path)
        };
        let present = format!("KWOK runs no containers: this line stands in for the log of {container}.");
        let previous = format!("This one stands in for the log of the {container} before it.");
        Ok(json!({
            "containers": [container],
            "logsFile": log(&format!("{container}.log"), present)?,
            "previousLogsFile": log(&format!("{container}.previous.log"), previous)?,
        }))
    });
    let logs = json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterLogs",
        "metadata": { "name": "stand-ins" },
        "spec": { "logs": logs.into_iter().collect::<Result<Vec<_>>>()? },
    });
    written(layout, "kwok-logs.yaml", &logs)
}

/// JSON is YAML.
fn written(layout: &Layout, name: &str, object: &Value) -> Result<PathBuf> {
    let file = layout.data().join(name);
    fs::write(&file, object.to_string()).with_context(|| format!("{} can't be written", file.display()))?;
    Ok(file)
}
