//! A long command that is never silent, whose output goes to a file, and that ends when we do.

use std::fs::File;
use std::io::{IsTerminal, Write, stdout};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::process::Command;
use tokio::time::Instant;

use crate::console::say;
use crate::log_file;
use crate::process::pid::signal_group;

/// Runs a command while telling how long it has taken.
pub(super) async fn run(activity: &str, command: &mut Command, log: &Path) -> Result<()> {
    let output = File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("{} can't be written", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{activity}: it could not be started"))?;
    // Compilers are its children, and must end with it where this future is dropped.
    let group = child.id().map(|pid| Group(pid as i32));

    let started = Instant::now();
    let terminal = stdout().is_terminal();
    let mut tick = tokio::time::interval(Duration::from_secs(if terminal { 1 } else { 10 }));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = tick.tick() => show(activity, started.elapsed(), terminal),
        }
    };
    if let Some(group) = group {
        group.ended();
    }
    if terminal {
        say(format_args!(""));
    }
    if !status.success() {
        bail!("{activity} failed ({status}); the log is {}\n{}", log.display(), log_file::tail(log));
    }
    say(format_args!("{activity} … done in {}", duration(started.elapsed())));
    Ok(())
}

fn show(activity: &str, elapsed: Duration, terminal: bool) {
    let line = format!("{activity} … {}", duration(elapsed));
    if terminal {
        // A terminal that has gone must not end the work.
        let _ = write!(stdout(), "\r{line}").and_then(|()| stdout().flush());
    } else {
        say(format_args!("{line}"));
    }
}

fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m{:02}s", seconds % 60),
    }
}

struct Group(i32);

impl Group {
    fn ended(self) {
        std::mem::forget(self);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Best effort on the way out: there is nobody left to tell.
        let _ = signal_group(self.0, Signal::SIGKILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(Duration::from_secs(9)), "9s");
        assert_eq!(duration(Duration::from_secs(80)), "1m20s");
    }
}
