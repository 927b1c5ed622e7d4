//! etcd: where the API server keeps its objects.

use super::{LIMIT, Part};
use crate::layout::Layout;
use crate::ports::Ports;
use crate::process::Program;
use crate::process::readiness::Probe;
use crate::tools::Tools;

pub(crate) fn part(tools: &Tools, ports: Ports, layout: &Layout) -> Part {
    let client = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    Part {
        program: Program::new("etcd", tools.program("etcd"))
            .path_argument("--data-dir", layout.data().join("etcd"))
            .argument(format!("--listen-client-urls={client}"))
            .argument(format!("--advertise-client-urls={client}"))
            .argument(format!("--listen-peer-urls={peer}"))
            .argument(format!("--initial-advertise-peer-urls={peer}"))
            .argument(format!("--initial-cluster=default={peer}"))
            .argument("--log-level=warn")
            // Its data does not outlive it, so nothing is gained by waiting for the disk.
            .argument("--unsafe-no-fsync")
            .listens_on(ports.etcd),
        probe: Probe::Succeeds(format!("{client}/readyz")),
        limit: LIMIT,
    }
}
