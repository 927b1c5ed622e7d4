//! The parts: one file each, with its arguments and what makes it ready.

pub(crate) mod dynamodb;
pub(crate) mod elasticmq;
pub(crate) mod etcd;
pub(crate) mod function;
pub(crate) mod gateway;
pub(crate) mod kube_apiserver;
pub(crate) mod kube_controller_manager;
pub(crate) mod kube_scheduler;
pub(crate) mod kwok;
pub(crate) mod runner;

use std::time::Duration;

use crate::process::Program;
use crate::process::readiness::Probe;

/// A program, and when it counts as started.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) program: Program,
    pub(crate) probe: Probe,
    pub(crate) limit: Duration,
}

/// Both Java parts hold little and compile little: a small heap, the quick compiler, and a collector
/// without threads start sooner and leave the cores to the rest.
const JAVA_FLAGS: [&str; 3] = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/// On a loaded machine of two cores, with much to spare.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);
