//! Pid files that can't hit a stranger: a pid alone is reused, a pid with its start time is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::layout::absent;

/// One process, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) pid: i32,
    /// In clock ticks since boot, field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)).
    started: u64,
}

impl Identity {
    /// The process that has this pid now, unless it has ended.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let started = start_time(&stat)?;
        Some(Self { pid, started })
    }

    /// Whether it is still this process, and running.
    pub(crate) fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let pid = words.next()?.parse().ok()?;
        let started = words.next()?.parse().ok()?;
        Some(Self { pid, started })
    }
}

/// The start time out of a line of `/proc/<pid>/stat`; none for a process that has ended.
fn start_time(stat: &str) -> Option<u64> {
    // The second field is the command's name in parentheses and may itself hold spaces and parentheses.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // Here the third field of the manual page comes first.
    let field = |number: usize| fields.get(number - 3).copied();
    let threads: u32 = field(20)?.parse().ok()?;
    // The first thread turns into a zombie before the others have let go of their sockets; a zombie alone
    // waits for nothing but its parent.
    if matches!(field(3)?, "Z" | "X") && threads <= 1 {
        return None;
    }
    field(22)?.parse().ok()
}

/// What a pid file says of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) part: String,
    pub(crate) identity: Identity,
    pub(crate) port: Option<u16>,
}

impl PidFile {
    /// Records a process that was just started.
    pub(crate) fn write(folder: &Path, part: &str, pid: i32, port: Option<u16>) -> Result<()> {
        // A process that has ended already leaves nothing to find again.
        let Some(identity) = Identity::of(pid) else {
            return Ok(());
        };
        let port = port.map(|port| port.to_string()).unwrap_or_default();
        let path = path(folder, part);
        fs::write(&path, format!("{} {} {port}\n", identity.pid, identity.started))
            .with_context(|| format!("{} can't be written", path.display()))
    }

    /// Forgets a process that has ended.
    pub(crate) fn remove(folder: &Path, part: &str) -> Result<()> {
        let path = path(folder, part);
        absent(fs::remove_file(&path)).with_context(|| format!("{} can't be removed", path.display()))
    }

    /// All that are recorded, by name.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let mut found: Vec<Self> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Self::read(&entry.path()))
            .collect();
        found.sort_by(|a, b| a.part.cmp(&b.part));
        found
    }

    fn read(path: &Path) -> Option<Self> {
        let part = path.file_name()?.to_str()?.strip_suffix(".pid")?.to_owned();
        let text = fs::read_to_string(path).ok()?;
        let identity = Identity::parse(&text)?;
        let port = text.split_whitespace().nth(2).and_then(|p| p.parse().ok());
        Some(Self { part, identity, port })
    }
}

fn path(folder: &Path, part: &str) -> PathBuf {
    folder.join(format!("{part}.pid"))
}

/// Ends every recorded process that is still the one recorded, and waits until all are gone.
/// This is for what a killed supervisor left; its own children a supervisor ends itself.
pub(crate) async fn end_leftovers(folder: &Path) -> Result<Vec<String>> {
    let recorded = PidFile::all(folder);
    let alive: Vec<&PidFile> = recorded.iter().filter(|file| file.identity.is_alive()).collect();
    for file in &alive {
        signal_group(file.identity.pid, Signal::SIGKILL)
            .with_context(|| format!("{} can't be ended", file.part))?;
    }
    for file in &alive {
        while file.identity.is_alive() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    for file in &recorded {
        PidFile::remove(folder, &file.part)?;
    }
    Ok(alive.iter().map(|file| file.part.clone()).collect())
}

/// Signals a part and whatever it started: every part leads a process group of its own.
pub(crate) fn signal_group(pid: i32, signal: Signal) -> Result<()> {
    match killpg(Pid::from_raw(pid), signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 1 2";

    #[test]
    fn the_start_time_is_found_behind_a_name_with_parentheses() {
        assert_eq!(start_time(STAT), Some(987_654));
    }

    #[test]
    fn a_zombie_has_ended_once_its_other_threads_have() {
        let zombie = STAT.replace(") S ", ") Z ");
        assert_eq!(start_time(&zombie), None);
        assert_eq!(start_time(&zombie.replace(" 20 0 1 0 ", " 20 0 7 0 ")), Some(987_654));
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let me = Identity::of(std::process::id() as i32).unwrap();
        let before = Identity { started: me.started - 1, ..me };
        assert!(me.is_alive());
        assert!(!before.is_alive());
    }

    #[test]
    fn a_pid_file_reads_back_as_written() {
        let folder = std::env::temp_dir().join(format!("pid-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let me = std::process::id() as i32;
        PidFile::write(&folder, "etcd", me, Some(9004)).unwrap();
        PidFile::write(&folder, "runner", me, None).unwrap();
        let found = PidFile::all(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].part.as_str(), found[0].port), ("etcd", Some(9004)));
        assert_eq!((found[1].part.as_str(), found[1].port), ("runner", None));
        assert_eq!(found[0].identity, Identity::of(me).unwrap());
    }
}
