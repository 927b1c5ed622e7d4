//! `down`: nothing is left running, whatever state it was in.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::commands::exec::private_stacks;
use crate::console::say;
use crate::env_file;
use crate::layout::{Layout, absent};
use crate::process::pid::{self, Identity, PidFile};
use crate::supervisor;
use crate::supervisor::supervision::ask_to_end;

/// Longer than the grace that the supervisor gives its parts.
const LIMIT: Duration = Duration::from_secs(30);

/// Ends the stack, and what killed ones have left.
pub(crate) async fn run(layout: Layout) -> Result<ExitCode> {
    let started = Instant::now();
    let existing_cluster = existing_cluster(&layout);
    let mut ended = end(&layout).await?;
    absent(fs::remove_file(layout.failure()))?;
    for (owner, private) in private_stacks(&layout) {
        if Identity::of(owner).is_none() && !supervisor::is_held(&private)? {
            ended |= !pid::end_leftovers(&private.run()).await?.is_empty();
            private.discard()?;
        }
    }
    if !ended {
        say(format_args!("nothing was up"));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("down after {:.1} s", started.elapsed().as_secs_f64()));
    if let Some(kubeconfig) = existing_cluster {
        say(format_args!(
            "Nothing was removed from the cluster of {kubeconfig}: its stores keep running, and the runner's \
             account and rights stay (infra/README.md says what they are)."
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn end(layout: &Layout) -> Result<bool> {
    let mut ended = false;
    if let Some(supervisor) = supervisor_of(layout) {
        ask_to_end(supervisor.pid)?;
        wait_gone(supervisor).await?;
        ended = true;
    }
    ended |= !pid::end_leftovers(&layout.run()).await?.is_empty();
    layout.discard()?;
    Ok(ended)
}

fn supervisor_of(layout: &Layout) -> Option<Identity> {
    PidFile::all(&layout.run())
        .into_iter()
        .find(|file| file.part == supervisor::NAME)
        .map(|file| file.identity)
        .filter(|identity| identity.is_alive())
}

async fn wait_gone(supervisor: Identity) -> Result<()> {
    let deadline = Instant::now() + LIMIT;
    while supervisor.is_alive() {
        if Instant::now() > deadline {
            bail!("the supervisor (pid {}) does not end; `kill -9` it and call `down` again", supervisor.pid);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The kubeconfig of a stack that runs against a cluster which is not its own.
fn existing_cluster(layout: &Layout) -> Option<String> {
    let variables = env_file::read(&layout.env_file()).ok()?;
    let (_, kubeconfig) = variables.into_iter().find(|(name, _)| name == "KUBECONFIG")?;
    (Path::new(&kubeconfig) != layout.admin_kubeconfig()).then_some(kubeconfig)
}
