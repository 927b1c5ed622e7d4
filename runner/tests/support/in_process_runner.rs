//! A runner in the test's own process.

use clap::Parser as _;
use domain::{queue::Queue, table::Table};
use kube::Client;
use runner::{config::Config, runner::Runner};

/// A runner over `table` and `queue` that reaches the cluster through `client`, with `flags` beside the defaults.
///
/// # Panics
/// When the runner's command does not take the flags.
pub(crate) fn in_process_runner(
    table: Table,
    queue: Queue,
    client: Client,
    holder: &str,
    flags: impl IntoIterator<Item: AsRef<str>>,
) -> Runner {
    let mut arguments =
        ["runner", "--table-name", table.name(), "--queue-url", queue.url()].map(str::to_owned).to_vec();
    arguments.extend(flags.into_iter().map(|flag| flag.as_ref().to_owned()));
    let Config { store, limits, .. } =
        Config::try_parse_from(arguments).expect("the runner takes these flags");
    Runner {
        table,
        queue,
        client,
        https: runner::visit::HttpsCheck::of(&store),
        settings: store,
        limits,
        holder: holder.to_owned(),
        metrics: runner::observe::metrics::Metrics::new(),
        readiness: runner::observe::readiness::Readiness::default(),
    }
}
