//! The bench's command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures the runner beside a reference client that creates the same objects, and waits for them
/// by watch, but writes no table. Needs the local stack: `make bench` starts one. The exit code is 0
/// whatever the numbers are, and not 0 when something failed.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many stores each side makes alone, in turns, after three each to warm up
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pairs: u32,

    /// How many deletions of a store, in turns with those of an empty namespace; at most as many
    /// as `--pairs`
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) deletions: u32,

    /// How many stores are asked for at once
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) stores: u8,

    /// How often each side makes those
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// How many stores are worked on at a time, by either side
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) slots: u8,

    /// How long the runner's process has had nothing to do when its memory is read, in seconds
    #[arg(long, default_value_t = 10)]
    pub(crate) idle_seconds: u64,

    /// Write the report as JSON, too; a relative path starts at the folder `runner`, where cargo
    /// runs its benches
    #[arg(long, env = "BENCH_JSON", value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}
