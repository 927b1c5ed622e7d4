//! What a process takes of the processors.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// The unit of the times in `/proc/<pid>/stat`: Linux shows them in hundredths of a second, whatever
/// its own clock is.
const TICK: Duration = Duration::from_millis(10);

/// The processor time of the process `pid` so far.
pub(crate) fn cpu_time(pid: i32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process ended")?;
    // The name, in parentheses, may hold anything; user and system time are the 12th and the 13th
    // field behind it (proc_pid_stat(5)).
    let (_, behind_name) = stat.rsplit_once(')').context("a stat without a name")?;
    let mut times = behind_name.split_whitespace().skip(11).map(str::parse::<u32>);
    let mut next = || times.next().context("a stat without times")?.context("a time that is no number");
    Ok(TICK * (next()? + next()?))
}
