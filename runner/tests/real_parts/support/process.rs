//! The runner's process, over a harness's table and queue.

use std::process::Stdio;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::mpsc,
};

use crate::{runner_command::runner_command, support::harness::Harness};

pub(crate) struct Process {
    child: Child,
    log: mpsc::UnboundedReceiver<Value>,
}

impl Process {
    /// Starts it on a free port, with these flags beside.
    pub(crate) fn start(harness: &Harness, flags: &[&str]) -> Self {
        Self::start_with(harness, flags, &[])
    }

    /// The same, with these environment variables too.
    pub(crate) fn start_with(harness: &Harness, flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = runner_command(&harness.fixture.table, &harness.fixture.queue);
        command.args(["--log-format", "json"]).args(flags).envs(variables.iter().copied());
        Self::of(command)
    }

    /// Starts `command`, which logs in JSON.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, log) = mpsc::unbounded_channel();
        // Read as it comes: a pipe that is full would hold the runner up.
        tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, log }
    }

    /// Reads its log until the line that names where it listens.
    pub(crate) async fn address(&mut self) -> String {
        loop {
            let line = self.log.recv().await.expect("it says where it listens before it ends");
            if let Some(address) = line["address"].as_str() {
                return address.to_owned();
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    /// Waits until it has ended, and returns what it had still to say and whether it ended well.
    pub(crate) async fn ended(mut self) -> (Vec<Value>, bool) {
        let mut lines = Vec::new();
        while let Some(line) = self.log.recv().await {
            lines.push(line);
        }
        (lines, self.child.wait().await.unwrap().success())
    }
}
