//! Starts and stops the local stack: the real parts, from package registries, no container engine.

mod cluster;
mod commands;
mod console;
mod env_file;
mod layout;
mod lock;
mod log_file;
mod parts;
mod platform;
mod ports;
mod process;
mod supervisor;
mod tools;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use cluster::Cluster;
use commands::interruption::{INTERRUPTED, Interruption};
use commands::{down, exec, status, up};
use layout::Layout;
use ports::Ports;
use supervisor::stack::Plan;
use tools::{Purpose, Tools};

/// Starts and stops the local stack: the real parts, no container engine.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// The checkout, if this is not run inside it.
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the stack in the background and write `.local/env`.
    Up {
        /// The API's port; the other parts take the eight that follow.
        #[arg(long, env = "SHOPWRIGHT_BASE_PORT", default_value_t = 9000)]
        base_port: u16,
        #[command(flatten)]
        binaries: Binaries,
    },
    /// Stop the stack and whatever is left of a killed one.
    Down,
    /// Show what runs. Exit code 3 where the stack is not up.
    Status,
    /// Run a command with a private stack on free ports, beside any other.
    Exec {
        /// Keep the logs of the stack where the command succeeds, too.
        #[arg(long)]
        keep_logs: bool,
        /// Use the cluster that KUBECONFIG names; where it names none, say so and run nothing.
        #[arg(long)]
        existing_cluster: bool,
        #[command(flatten)]
        binaries: Binaries,
        /// The command and its arguments.
        #[arg(required = true, last = true)]
        command: Vec<OsString>,
    },
    /// Build and fetch what the stack is made of, and start nothing.
    Tools {
        /// The linters and AWS SAM instead: what `make lint` and `make sam-build` use.
        #[arg(long)]
        checks: bool,
        /// What `make sbom` uses instead.
        #[arg(long, conflicts_with = "checks")]
        sbom: bool,
        /// What `make test` uses beside the stack instead.
        #[arg(long, conflicts_with_all = ["checks", "sbom"])]
        tests: bool,
    },
    /// Hold a stack. `up` and `exec` start this.
    #[command(hide = true)]
    Supervise(Supervise),
}

#[derive(Debug, Args)]
struct Binaries {
    /// Where `commands`, `queries` and `runner` lie [default: beside this program].
    #[arg(long)]
    bin_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Supervise {
    #[arg(long)]
    state: PathBuf,
    #[arg(long)]
    ports: String,
    #[arg(long)]
    bin_dir: PathBuf,
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
    #[arg(long)]
    owner: Option<i32>,
}

impl Binaries {
    fn folder(self) -> Result<PathBuf> {
        let folder = match self.bin_dir {
            Some(folder) => folder,
            None => env::current_exe()
                .context("this executable's path can't be read")?
                .parent()
                .context("this executable has no folder")?
                .to_path_buf(),
        };
        // Parts are started elsewhere.
        std::path::absolute(folder).context("the programs' folder")
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            stdio::note(format_args!("local-stack: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    // Two users of `rustls` in one program: neither may choose for both.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let layout = Layout::find(cli.root)?;
    match cli.command {
        Command::Up { base_port, binaries } => {
            up::run(layout, Ports::from_base(base_port)?, binaries.folder()?).await
        }
        Command::Down => down::run(layout).await,
        Command::Status => status::run(&layout),
        Command::Exec { keep_logs, existing_cluster, binaries, command } => {
            exec::run(layout, binaries.folder()?, keep_logs, existing_cluster, command).await
        }
        Command::Tools { checks, sbom, tests } => {
            let purpose = match (checks, sbom, tests) {
                (true, _, _) => Purpose::Checks,
                (_, true, _) => Purpose::BillOfMaterials,
                (_, _, true) => Purpose::Tests,
                (false, false, false) => Purpose::Stack { simulated_cluster: true },
            };
            let mut interruption = Interruption::listen()?;
            tokio::select! {
                made = Tools::make(&layout, purpose) => made.map(|_| ExitCode::SUCCESS),
                () = interruption.received() => Ok(ExitCode::from(INTERRUPTED)),
            }
        }
        Command::Supervise(Supervise { state, ports, bin_dir, kubeconfig, owner }) => {
            let plan = Plan {
                layout: layout.with_state(state),
                ports: Ports::from_argument(&ports)?,
                cluster: kubeconfig.map_or(Cluster::Simulated, Cluster::Existing),
                binaries: bin_dir,
            };
            supervisor::run(plan, owner).await
        }
    }
}
