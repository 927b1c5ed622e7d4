//! `status`: what runs, and what has ended.

use std::fmt;
use std::fs;
use std::process::ExitCode;

use anyhow::Result;

use crate::layout::Layout;
use crate::process::pid::PidFile;
use crate::supervisor;

/// The code of an init script for "is not running" (LSB).
const NOT_RUNNING: u8 = 3;

/// Prints a table of the parts; fails where the stack is not up.
pub(crate) fn run(layout: &Layout) -> Result<ExitCode> {
    let held = supervisor::is_held(layout)?;
    let up = held && layout.env_file().exists();
    let files = PidFile::all(&layout.run());
    let state = match (up, held, files.is_empty()) {
        (true, _, _) => "up",
        (false, true, _) => "starting or stopping",
        (false, false, true) => "down",
        (false, false, false) => "down, but its supervisor was killed: `down` or `up` cleans up",
    };
    let failure = fs::read_to_string(layout.failure()).ok();
    let table = fmt::from_fn(|f| {
        writeln!(f, "{state}")?;
        if let Some(reason) = &failure {
            writeln!(f, "the last stack ended by itself: {}", reason.trim_end())?;
        }
        if !files.is_empty() {
            writeln!(f, "{:<24} {:>8} {:>6}  STATE", "PART", "PID", "PORT")?;
        }
        for PidFile { part, identity, port } in &files {
            let port = port.map_or_else(|| "-".to_owned(), |port| port.to_string());
            let state = if identity.is_alive() { "running" } else { "gone" };
            writeln!(f, "{part:<24} {:>8} {port:>6}  {state}", identity.pid)?;
        }
        Ok(())
    });
    // It is what this was called for, so unlike what is said beside other work it must be written.
    stdio::print(format_args!("{table}"))?;
    Ok(if up { ExitCode::SUCCESS } else { ExitCode::from(NOT_RUNNING) })
}
