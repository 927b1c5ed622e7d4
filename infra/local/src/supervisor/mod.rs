//! The process that holds a stack: starts it, watches it, ends it.

pub(crate) mod mapping;
pub(crate) mod stack;
pub(crate) mod supervision;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use self::stack::{Plan, Stack};
use crate::layout::{Layout, absent, write_secret};
use crate::lock;
use crate::log_file;
use crate::process::Exit;
use crate::process::pid::{self, Identity, PidFile};

/// The last line on standard output of a supervisor whose stack is up.
pub(crate) const READY: &str = "::ready";
/// Its name among the pid files.
pub(crate) const NAME: &str = "supervisor";

/// How a stack that was up came to end.
enum End {
    Asked,
    Failed(String),
}

/// Holds a stack until it is asked to end it, its owner has gone, or a part it can't do without has ended.
pub(crate) async fn run(plan: Plan, owner: Option<i32>) -> Result<ExitCode> {
    // Away from the terminal of whoever started it, so that neither Ctrl-C nor its closing ends the stack.
    nix::unistd::setsid().context("no session of its own")?;
    let layout = plan.layout.clone();
    layout.create()?;
    let Some(_lock) = lock::take(&lock_path(&layout))? else {
        bail!("another stack holds {}", layout.state().display());
    };
    pid::end_leftovers(&layout.run()).await?;
    let me = std::process::id() as i32;
    PidFile::write(&layout.run(), NAME, me, None)?;

    let (sender, mut exits) = mpsc::unbounded_channel();
    let stack = Stack::new(plan, sender);
    let end = hold(&stack, &mut exits, owner, &layout).await;
    // First of all, so that nobody takes a stack that is going for one that is up.
    absent(fs::remove_file(layout.env_file())).context("the env file can't be removed")?;
    stack.stop().await;
    layout.discard()?;
    let code = match end? {
        End::Asked => ExitCode::SUCCESS,
        End::Failed(reason) => {
            stdio::note(format_args!("{reason}"));
            write_secret(&layout.failure(), &format!("{reason}\n"))?;
            ExitCode::FAILURE
        }
    };
    PidFile::remove(&layout.run(), NAME)?;
    Ok(code)
}

async fn hold(
    stack: &Stack,
    exits: &mut mpsc::UnboundedReceiver<Exit>,
    owner: Option<i32>,
    layout: &Layout,
) -> Result<End> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let owner = owner_gone(owner);
    tokio::pin!(owner);
    let start = stack.start();
    tokio::pin!(start);
    let mut up = false;
    loop {
        tokio::select! {
            // A part that ended explains a start that failed by it, so it is looked at first.
            biased;
            _ = terminate.recv() => return Ok(End::Asked),
            _ = interrupt.recv() => return Ok(End::Asked),
            () = &mut owner => return Ok(End::Asked),
            Some(Exit { part, status }) = exits.recv() => {
                let log = layout.log(&part);
                return Ok(End::Failed(format!(
                    "{part} ended ({status}), and the stack with it; its log is {}\n{}",
                    log.display(),
                    log_file::tail(&log)
                )));
            }
            started = &mut start, if !up => match started {
                Ok(()) => {
                    up = true;
                    say(READY);
                }
                Err(error) => return Ok(End::Failed(format!("{error:#}"))),
            }
        }
    }
}

/// Ends when the owner has; never where there is none. A private stack must not outlive even a killed owner.
async fn owner_gone(owner: Option<i32>) {
    let Some(owner) = owner else {
        return std::future::pending().await;
    };
    let identity = Identity::of(owner);
    while identity.is_some_and(Identity::is_alive) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Whether a supervisor holds this stack.
pub(crate) fn is_held(layout: &Layout) -> Result<bool> {
    lock::is_held(&lock_path(layout))
}

fn lock_path(layout: &Layout) -> PathBuf {
    layout.run().join("supervisor.lock")
}

/// A line for whoever waits for the stack, and for the log, which is standard error. Nobody may be there any
/// more.
pub(crate) fn say(line: &str) {
    let _ = stdio::print(format_args!("{line}\n"));
    stdio::note(format_args!("{line}"));
}
