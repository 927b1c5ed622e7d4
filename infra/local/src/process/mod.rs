//! One child process: started with a log of its own, watched, started again or not, ended for sure.

pub(crate) mod pid;
pub(crate) mod readiness;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use self::pid::{PidFile, signal_group};
use crate::layout::Layout;

/// How long a function or the runner stays down, as Lambda and a Deployment would hold it back.
const PAUSE: Duration = Duration::from_secs(1);

/// What follows when a part ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnExit {
    /// It is ours and may crash: start it again.
    Restart,
    /// The others can't work without it.
    EndStack,
}

/// What to start.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    path: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    without: Vec<&'static str>,
    port: Option<u16>,
    on_exit: OnExit,
}

impl Program {
    pub(crate) fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            without: Vec::new(),
            port: None,
            on_exit: OnExit::EndStack,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// An argument of the form `--name=path`.
    pub(crate) fn path_argument(self, name: &str, path: impl AsRef<OsStr>) -> Self {
        let mut argument = OsString::from(name);
        argument.push("=");
        argument.push(path);
        self.argument(argument)
    }

    pub(crate) fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Keeps a variable of the caller's environment from it.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.without.push(name);
        self
    }

    pub(crate) fn listens_on(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    pub(crate) fn restarts(mut self) -> Self {
        self.on_exit = OnExit::Restart;
        self
    }

    fn spawn(&self, layout: &Layout) -> Result<Child> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(layout.log(&self.name))
            .with_context(|| format!("the log of {} can't be written", self.name))?;
        let mut command = Command::new(&self.path);
        for name in &self.without {
            command.env_remove(name);
        }
        let child = command
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(layout.state())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Of its own, so that a Ctrl-C at the terminal reaches us alone and we end all in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} could not be started ({})", self.name, self.path.display()))?;
        if let Some(pid) = child.id() {
            PidFile::write(&layout.run(), &self.name, pid as i32, self.port)?;
        }
        Ok(child)
    }
}

/// A part that ended by itself and takes the stack with it.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) part: String,
    pub(crate) status: String,
}

/// How often a process was started again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) restarts: u32,
}

/// A started program.
#[derive(Debug)]
pub(crate) struct Process {
    on_exit: OnExit,
    life: Arc<Mutex<Life>>,
    stop: oneshot::Sender<Duration>,
    task: JoinHandle<()>,
}

impl Process {
    pub(crate) fn start(
        program: Program,
        layout: &Layout,
        exits: mpsc::UnboundedSender<Exit>,
    ) -> Result<Self> {
        let child = program.spawn(layout)?;
        let life = Arc::new(Mutex::new(Life { restarts: 0 }));
        let on_exit = program.on_exit;
        let (stop, stopped) = oneshot::channel();
        let keeper = Keeper { program, layout: layout.clone(), exits, life: Arc::clone(&life) };
        let task = tokio::spawn(keeper.keep(child, stopped));
        Ok(Self { on_exit, life, stop, task })
    }

    pub(crate) fn life(&self) -> Arc<Mutex<Life>> {
        Arc::clone(&self.life)
    }

    /// Whether it is one of ours and deserves time to finish what it does.
    pub(crate) fn is_ours(&self) -> bool {
        self.on_exit == OnExit::Restart
    }

    /// Asks it to end, insists after `grace`, and waits until it is gone.
    pub(crate) async fn stop(self, grace: Duration) {
        // Where the keeper has ended already, so has the process.
        let _ = self.stop.send(grace);
        let _ = self.task.await;
    }
}

/// The task that waits for one child.
struct Keeper {
    program: Program,
    layout: Layout,
    exits: mpsc::UnboundedSender<Exit>,
    life: Arc<Mutex<Life>>,
}

impl Keeper {
    async fn keep(self, mut child: Child, mut stop: oneshot::Receiver<Duration>) {
        loop {
            let pid = child.id();
            let status = tokio::select! {
                status = child.wait() => describe(status),
                grace = &mut stop => {
                    end(&mut child, grace.unwrap_or_default()).await;
                    self.forget();
                    return;
                }
            };
            if let Some(pid) = pid {
                // What it had started must not outlive it.
                let _ = signal_group(pid as i32, Signal::SIGKILL);
            }
            self.forget();
            let part = self.program.name().to_owned();
            if self.program.on_exit == OnExit::EndStack {
                // Where nobody listens the stack is ending already.
                let _ = self.exits.send(Exit { part, status });
                return;
            }
            stdio::note(format_args!("{part} ended ({status}); starting it again in {PAUSE:?}"));
            child = loop {
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    _ = &mut stop => return,
                }
                match self.program.spawn(&self.layout) {
                    Ok(child) => break child,
                    Err(error) => stdio::note(format_args!("{error:#}")),
                }
            };
            self.life().restarts += 1;
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        if let Err(error) = PidFile::remove(&self.layout.run(), self.program.name()) {
            stdio::note(format_args!("{error:#}"));
        }
    }
}

async fn end(child: &mut Child, grace: Duration) {
    let Some(pid) = child.id() else {
        return;
    };
    if !grace.is_zero() {
        let _ = signal_group(pid as i32, Signal::SIGTERM);
        // Its children are ended below, whether it had the time or not.
        let _ = timeout(grace, child.wait()).await;
    }
    let _ = signal_group(pid as i32, Signal::SIGKILL);
    let _ = child.wait().await;
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}
