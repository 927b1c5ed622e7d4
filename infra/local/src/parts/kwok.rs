//! KWOK: plays the kubelet and the volume provisioner; no container runs.

use std::fs;

use anyhow::{Context, Result};

use super::{LIMIT, Part};
use crate::layout::Layout;
use crate::pki::Pki;
use crate::process::Program;
use crate::readiness::Probe;
use crate::tools::Tools;

/// Room for as many pods as the node takes.
const PODS: &str = "10.128.0.0/16";

pub(crate) fn part(tools: &Tools, port: u16, pki: &Pki, layout: &Layout) -> Result<Part> {
    let mut stages = fs::read_dir(tools.folder("kwok"))
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .context("KWOK's stages can't be read")?
        .into_iter()
        .map(|entry| entry.path())
        .collect::<Vec<_>>();
    stages.push(layout.manifest("chaos-stages.yaml"));
    stages.sort();
    let program = Program::new("kwok", tools.program("kwok"))
        .path_argument("--kubeconfig", pki.kubeconfig("kwok"))
        .argument("--manage-all-nodes=false")
        .argument("--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake")
        .argument("--node-lease-duration-seconds=40")
        .argument(format!("--cidr={PODS}"))
        .argument(format!("--server-address=127.0.0.1:{port}"))
        .listens_on(port);
    Ok(Part {
        program: stages.iter().fold(program, |program, stage| program.path_argument("--config", stage)),
        probe: Probe::Succeeds(format!("http://127.0.0.1:{port}/healthz")),
        limit: LIMIT,
    })
}
