//! `up`: a stack in the background.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::time::sleep;

use crate::cluster::{self, Cluster, Kubectl};
use crate::commands::interruption::{INTERRUPTED, Interruption};
use crate::console::say;
use crate::env_file;
use crate::layout::{Layout, absent};
use crate::lock;
use crate::parts::function;
use crate::ports::Ports;
use crate::process::pid;
use crate::supervisor;
use crate::supervisor::stack::Plan;
use crate::supervisor::supervision::Supervision;
use crate::tools::{Purpose, Tools};

const INTERVAL: Duration = Duration::from_millis(200);

/// Starts the stack, unless it is up, and leaves it in the background.
pub(crate) async fn run(layout: Layout, ports: Ports, binaries: PathBuf) -> Result<ExitCode> {
    let mut interruption = Interruption::listen()?;
    let mut supervision = None;
    layout.create()?;
    let up = async {
        let _turn = take_turn(&layout).await?;
        if is_up(&layout).await? {
            return Ok(ExitCode::SUCCESS);
        }
        let plan = prepare(&layout, ports, binaries).await?;
        let started = Instant::now();
        let supervision = supervision.insert(Supervision::start(&plan, false)?);
        if supervision.wait_ready(|line| say(format_args!("{line}"))).await? {
            announce(&layout, started.elapsed())?;
            return Ok(ExitCode::SUCCESS);
        }
        supervision.ended().await?;
        let reason = fs::read_to_string(layout.failure()).unwrap_or_else(|_| {
            format!("the supervisor ended; see {}", layout.log(supervisor::NAME).display())
        });
        stdio::note(format_args!(
            "local-stack: {}\neverything that was started has been stopped",
            reason.trim_end()
        ));
        absent(fs::remove_file(layout.failure()))?;
        Ok(ExitCode::FAILURE)
    };
    tokio::select! {
        result = up => return result,
        () = interruption.received() => {}
    }
    stdio::note(format_args!("local-stack: interrupted, stopping what was started"));
    if let Some(mut supervision) = supervision {
        supervision.stop().await?;
    }
    Ok(ExitCode::from(INTERRUPTED))
}

/// Whether it is up. One that is going is waited for.
async fn is_up(layout: &Layout) -> Result<bool> {
    let mut printed = false;
    while supervisor::is_held(layout)? {
        if let Ok(variables) = env_file::read(&layout.env_file()) {
            say(format_args!("the stack is up: {}", api_url(&variables)));
            say(format_args!("  source {}", layout.env_file().display()));
            return Ok(true);
        }
        if !printed {
            say(format_args!("the last stack is still ending; waiting for it"));
            printed = true;
        }
        sleep(INTERVAL).await;
    }
    Ok(false)
}

/// One `up` at a time: the second finds what the first has started.
async fn take_turn(layout: &Layout) -> Result<File> {
    let mut printed = false;
    loop {
        if let Some(turn) = lock::take(&layout.run().join("up.lock"))? {
            return Ok(turn);
        }
        if !printed {
            say(format_args!("another `up` is at work; waiting for it"));
            printed = true;
        }
        sleep(INTERVAL).await;
    }
}

/// Everything that can go wrong before anything is started, cheapest first.
async fn prepare(layout: &Layout, ports: Ports, binaries: PathBuf) -> Result<Plan> {
    if let Ok(reason) = fs::read_to_string(layout.failure()) {
        say(format_args!("the last stack ended by itself: {}", reason.lines().next().unwrap_or_default()));
        fs::remove_file(layout.failure())?;
    }
    let left = pid::end_leftovers(&layout.run()).await?;
    if !left.is_empty() {
        say(format_args!("ended what a killed supervisor had left: {}", left.join(", ")));
    }
    layout.discard()?;
    let cluster = cluster::from_environment(layout);
    ports.check_free(cluster.is_simulated())?;
    check_binaries(&binaries)?;
    let tools = Tools::make(layout, Purpose::Stack { simulated_cluster: cluster.is_simulated() }).await?;
    if let Cluster::Existing(kubeconfig) = &cluster {
        let kubectl = Kubectl::new(&tools, layout, &cluster);
        let described = kubectl
            .describe()
            .await
            .with_context(|| format!("the cluster of KUBECONFIG={} is of no use", kubeconfig.display()))?;
        say(format_args!(
            "KUBECONFIG is set, so stores go to that cluster: {described}.\n\
             `env -u KUBECONFIG make up` starts a simulated one instead."
        ));
    }
    // Logs of the last stack would be taken for this one's.
    absent(fs::remove_dir_all(layout.logs())).context("old logs can't be removed")?;
    Ok(Plan { layout: layout.clone(), ports, cluster, binaries })
}

/// The programs of this repository must have been built.
pub(crate) fn check_binaries(folder: &std::path::Path) -> Result<()> {
    let missing: Vec<&str> = function::FUNCTIONS
        .into_iter()
        .chain(["runner"])
        .filter(|name| !folder.join(name).is_file())
        .collect();
    if !missing.is_empty() {
        bail!(
            "{} not found in {}: build with `cargo build --workspace`, or name their folder with --bin-dir",
            missing.join(", "),
            folder.display()
        );
    }
    Ok(())
}

fn announce(layout: &Layout, time: Duration) -> Result<()> {
    let variables = env_file::read(&layout.env_file()).context("the env file can't be read")?;
    say(format_args!("up after {:.1} s: {}", time.as_secs_f64(), api_url(&variables)));
    say(format_args!("  source {}", layout.env_file().display()));
    say(format_args!("  logs are in {}", layout.logs().display()));
    Ok(())
}

fn api_url(variables: &[(String, String)]) -> &str {
    variables.iter().find(|(name, _)| name == "API_URL").map_or("", |(_, url)| url)
}
