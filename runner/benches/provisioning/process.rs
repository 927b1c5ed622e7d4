//! The runner as a process of its own, as it is deployed, and what it takes of the machine.

use std::{fs, process::Stdio, time::Duration};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::Child;

use crate::{cpu_time::cpu_time, runner_command::runner_command, stage::Stage};

/// How long the process may take to end: a poll of its queue, and some time to spare.
const END: Duration = Duration::from_secs(15);
/// A running runner. Killed when it is dropped.
pub(crate) struct RunnerProcess {
    child: Child,
    pid: i32,
}

/// What a process holds of the memory, in megabytes.
pub(crate) struct Memory {
    pub(crate) resident: f64,
    /// The most that it ever held.
    pub(crate) peak: f64,
}

impl RunnerProcess {
    /// Starts one over the stage's table and queue, which leaves its log nowhere.
    pub(crate) fn start(stage: &Stage, slots: u8) -> anyhow::Result<Self> {
        let child = runner_command(&stage.fixture.table, &stage.fixture.queue)
            .args(["--slots", &slots.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("the runner could not be started")?;
        let pid = child.id().context("the runner ended at once")?;
        Ok(Self { child, pid: i32::try_from(pid)? })
    }

    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        cpu_time(self.pid)
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.pid)).context("the runner's process ended")?;
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            kibibytes
                .map(|kibibytes| kibibytes * 1024.0 / 1e6)
                .with_context(|| format!("no {name} in {status}"))
        };
        Ok(Memory { resident: megabytes("VmRSS:")?, peak: megabytes("VmHWM:")? })
    }

    /// Ends it as an operator would.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        kill(Pid::from_raw(self.pid), Signal::SIGTERM)?;
        let status =
            tokio::time::timeout(END, self.child.wait()).await.context("the runner does not end")??;
        anyhow::ensure!(status.success(), "the runner ended with {status}");
        Ok(())
    }
}

/// The processor time of this process so far.
pub(crate) fn own_cpu_time() -> anyhow::Result<Duration> {
    cpu_time(i32::try_from(std::process::id())?)
}
