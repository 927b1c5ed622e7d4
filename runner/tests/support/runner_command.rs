//! The runner's command, as a process of its own.

use domain::{queue::Queue, table::Table};
use testkit::account::Account;
use tokio::process::Command;

/// `runner run` over `table` and `queue`, on a free port, with the runner's own account. It is killed with its
/// handle.
pub(crate) fn runner_command(table: &Table, queue: &Queue) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command
        .args(["run", "--listen", "127.0.0.1:0"])
        .args(["--table-name", table.name(), "--queue-url", queue.url()])
        .env("KUBECONFIG", Account::Runner.kubeconfig())
        .kill_on_drop(true);
    command
}
