//! A supervisor as its starter sees it: started, waited for, ended.

use std::env;
use std::fs::File;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::cluster::Cluster;
use crate::process::pid::signal_group;
use crate::supervisor::READY;
use crate::supervisor::stack::Plan;

/// A supervisor that was just started.
#[derive(Debug)]
pub(crate) struct Supervision {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Supervision {
    /// Starts this very program as a supervisor. With `owned`, the stack ends with this process.
    pub(crate) fn start(plan: &Plan, owned: bool) -> Result<Self> {
        let layout = &plan.layout;
        layout.create()?;
        let log = File::create(layout.log("supervisor")).context("the supervisor's log can't be written")?;
        let executable = env::current_exe().context("this executable's path can't be read")?;
        let mut command = Command::new(executable);
        command
            .arg("supervise")
            .arg("--root")
            .arg(layout.root())
            .arg("--state")
            .arg(layout.state())
            .arg("--ports")
            .arg(plan.ports.to_argument())
            .arg("--bin-dir")
            .arg(&plan.binaries);
        if let Cluster::Existing(kubeconfig) = &plan.cluster {
            command.arg("--kubeconfig").arg(kubeconfig);
        }
        if owned {
            command.arg("--owner").arg(std::process::id().to_string());
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("the supervisor could not be started")?;
        let stdout = child.stdout.take().context("the supervisor has no output")?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    /// Shows each line until the stack is up; false where the supervisor ended before.
    pub(crate) async fn wait_ready(&mut self, show: impl Fn(&str)) -> Result<bool> {
        while let Some(line) = self.lines.next_line().await? {
            if line == READY {
                return Ok(true);
            }
            show(&line);
        }
        Ok(false)
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Has it end the stack, and waits until all is gone.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        if let Some(pid) = self.child.id() {
            // Before it leads a session of its own, it can only be reached by its pid.
            let pid = pid as i32;
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGTERM);
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// Ends a supervisor that this process did not start.
pub(crate) fn ask_to_end(pid: i32) -> Result<()> {
    signal_group(pid, Signal::SIGTERM)
}
