//! `exec`: a stack of its own for one command, for as long as that runs.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::timeout;

use crate::cluster::refusals;
use crate::cluster::rights;
use crate::cluster::{self, Cluster};
use crate::commands::interruption::{INTERRUPTED, Interruption};
use crate::commands::up::check_binaries;
use crate::console::say;
use crate::env_file;
use crate::layout::{Layout, absent};
use crate::parts::runner;
use crate::ports::Ports;
use crate::process::pid::{self, Identity};
use crate::supervisor;
use crate::supervisor::stack::Plan;
use crate::supervisor::supervision::Supervision;
use crate::tools::{Purpose, Tools};

/// Begins the name of a private stack's state; the pid of its `exec` follows.
const PREFIX: &str = "exec-";
/// What a command that was interrupted gets to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the command with a private stack, and ends with its code.
pub(crate) async fn run(
    layout: Layout,
    binaries: PathBuf,
    keep_logs: bool,
    existing_cluster: bool,
    command: Vec<OsString>,
) -> Result<ExitCode> {
    let mut interruption = Interruption::listen()?;
    let cluster = if existing_cluster { cluster::from_environment(&layout) } else { Cluster::Simulated };
    if existing_cluster && cluster.is_simulated() {
        say(format_args!("skipped: KUBECONFIG names no cluster with real pods"));
        return Ok(ExitCode::SUCCESS);
    }
    check_binaries(&binaries)?;
    clear_ended(&layout).await?;
    let pid = std::process::id();
    let private = layout.with_state(layout.state().join(format!("{PREFIX}{pid}")));
    let mut supervision = None;
    let outcome = tokio::select! {
        outcome = with_stack(&private, cluster, binaries, command, &mut supervision) => Some(outcome),
        () = interruption.received() => None,
    };
    if let Some(mut supervision) = supervision {
        supervision.stop().await?;
    }
    // A child dropped above has been signalled only; what it does while it ends is its own business.
    let code = match outcome {
        Some(Ok(code)) => code,
        Some(Err(error)) => {
            stdio::note(format_args!("local-stack: {error:#}"));
            1
        }
        None => INTERRUPTED,
    };
    if private.state().exists() {
        tidy(&private, keep_logs || !matches!(code, 0 | INTERRUPTED))?;
    }
    Ok(ExitCode::from(code))
}

/// Removes what earlier ones have left: logs that were kept until now, and what killed ones did not remove.
async fn clear_ended(layout: &Layout) -> Result<()> {
    for (owner, private) in private_stacks(layout) {
        if Identity::of(owner).is_some() || supervisor::is_held(&private)? {
            continue;
        }
        pid::end_leftovers(&private.run()).await?;
        absent(fs::remove_dir_all(private.state())).context("an ended stack's state can't be removed")?;
    }
    Ok(())
}

/// The private stacks' states, each with the pid of the `exec` it belongs to.
pub(crate) fn private_stacks(layout: &Layout) -> Vec<(i32, Layout)> {
    fs::read_dir(layout.state())
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let owner = entry.file_name().to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
            Some((owner, layout.with_state(entry.path())))
        })
        .collect()
}

async fn with_stack(
    layout: &Layout,
    cluster: Cluster,
    binaries: PathBuf,
    command: Vec<OsString>,
    supervision: &mut Option<Supervision>,
) -> Result<u8> {
    let simulated = cluster.is_simulated();
    let tools = Tools::make(layout, Purpose::Stack { simulated_cluster: simulated }).await?;
    let plan = Plan { layout: layout.clone(), ports: Ports::free(std::process::id())?, cluster, binaries };
    let supervision = supervision.insert(Supervision::start(&plan, true)?);
    if !supervision.wait_ready(|_| {}).await? {
        supervision.ended().await?;
        let reason = fs::read_to_string(layout.failure()).unwrap_or_default();
        bail!("the stack did not start: {}", reason.trim_end());
    }
    let (program, arguments) = command.split_first().context("no command")?;
    let mut command = Command::new(program);
    for proxy in runner::PROXIES {
        command.env_remove(proxy);
    }
    let mut child = command
        .args(arguments)
        .envs(env_file::read(&layout.env_file()).context("the env file can't be read")?)
        .env("PATH", tools.search_path())
        .spawn()
        .with_context(|| format!("{} could not be started", program.display()))?;
    let mut guard = Interruptible(child.id());
    let status = tokio::select! {
        status = child.wait() => status?,
        ended = supervision.ended() => {
            ended?;
            drop(guard);
            let _ = timeout(GRACE, child.wait()).await;
            let _ = child.kill().await;
            let reason = fs::read_to_string(layout.failure()).unwrap_or_default();
            bail!("the stack ended under the command: {}", reason.trim_end());
        }
    };
    guard.0 = None;
    if simulated {
        refusals::check(&layout.audit_log(), &rights::user())?;
    }
    Ok(code(status))
}

/// A command that has to end when we stop waiting for it. From a terminal it has got the Ctrl-C itself.
struct Interruptible(Option<u32>);

impl Drop for Interruptible {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill(Pid::from_raw(pid as i32), Signal::SIGTERM);
        }
    }
}

/// As a shell reports it: the code, or 128 and the signal.
fn code(status: ExitStatus) -> u8 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}

fn tidy(layout: &Layout, keep_logs: bool) -> Result<()> {
    if !keep_logs {
        return absent(fs::remove_dir_all(layout.state()))
            .context("the private stack's state can't be removed");
    }
    layout.discard()?;
    absent(fs::remove_dir_all(layout.run()))?;
    stdio::note(format_args!("local-stack: the stack's logs are in {}", layout.logs().display()));
    Ok(())
}
