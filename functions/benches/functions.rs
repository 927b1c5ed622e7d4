//! How large the functions are, and how soon each asks for its first event, beside the least that a
//! function can be. They take turns, so that a busy moment of the machine meets all of them.
//!
//! Nothing asserts on these numbers: `make bench-functions` prints them.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::{
    env, fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::Command,
    time::timeout,
};

const ROUNDS: usize = 40;
/// A function that does nothing.
const BASELINE: &str = "hello";
/// After this long, a function is taken not to start.
const PATIENCE: Duration = Duration::from_secs(30);
const SIZE_GOAL: f64 = 8.0;
const START_GOAL: f64 = 10.0;

/// One start of a function, until it asks for its first event.
#[derive(Clone, Copy)]
struct Start {
    milliseconds: f64,
    /// Of a processor, which Lambda hands out by memory.
    processor_milliseconds: f64,
    megabytes: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // What `sam deploy` would deploy: cargo's own build for a bench has the features of all tests in it.
    let built = env::current_exe().unwrap().parent().unwrap().join("../../lambda");
    let programs = ["commands", "queries", "sweep", "dashboard", BASELINE].map(|name| {
        let program = built.join(name).join("bootstrap");
        assert!(program.is_file(), "{} is missing: run this by `make bench-functions`", program.display());
        (name, program)
    });
    let mut starts: [Vec<Start>; 5] = Default::default();
    for _ in 0..ROUNDS {
        for ((_, program), starts) in programs.iter().zip(&mut starts) {
            starts.push(timeout(PATIENCE, start(program)).await.expect("it starts"));
        }
    }
    println!(
        "{ROUNDS} starts each, in turns; medians, with quartiles in parentheses; {BASELINE} is the baseline\n"
    );
    println!("| function | size, stripped | first poll | processor time until then | memory then |");
    println!("| --- | --- | --- | --- | --- |");
    for ((name, program), starts) in programs.iter().zip(&starts) {
        let size = fs::metadata(program).unwrap().len() as f64 / 1e6;
        println!(
            "| {name} | {size:.2} MB | {} ms | {} ms | {} MB |",
            quartiles(starts, |start| start.milliseconds),
            quartiles(starts, |start| start.processor_milliseconds),
            quartiles(starts, |start| start.megabytes),
        );
    }
    let size = fs::metadata(&programs[0].1).unwrap().len() as f64 / 1e6;
    let (_, first_poll, _) = quartile_values(&starts[0], |start| start.milliseconds);
    println!("\ncommands, at most {SIZE_GOAL} MB: {}", verdict(size <= SIZE_GOAL));
    println!("commands, first poll within {START_GOAL} ms: {}", verdict(first_poll <= START_GOAL));
}

fn verdict(within: bool) -> &'static str {
    if within { "within" } else { "above" }
}

/// Starts the program as Lambda does, and waits until it asks for an event.
async fn start(program: &Path) -> Start {
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = api.local_addr().unwrap().to_string();
    let started = Instant::now();
    let running = Command::new(program)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("TABLE_NAME", "bench"),
            ("QUEUE_URL", "http://127.0.0.1:1/bench"),
            ("NOTICES_QUEUE_URL", "http://127.0.0.1:1/notices"),
            ("DELIVERIES_QUEUE_URL", "http://127.0.0.1:1/deliveries"),
            ("WEBHOOK_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
        ])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (mut connection, _) = api.accept().await.unwrap();
    let mut line = String::new();
    BufReader::new(&mut connection).read_line(&mut line).await.unwrap();
    assert_eq!(line.trim_end(), "GET /2018-06-01/runtime/invocation/next HTTP/1.1");
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;

    let process = Path::new("/proc").join(running.id().unwrap().to_string());
    Start {
        milliseconds,
        processor_milliseconds: processor_milliseconds(&process),
        megabytes: megabytes(&process),
    }
}

/// The time that its threads have run, all together, which the scheduler counts in nanoseconds.
fn processor_milliseconds(process: &Path) -> f64 {
    let threads = fs::read_dir(process.join("task")).unwrap();
    let nanoseconds = threads.map(|thread| -> f64 {
        let counted = fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        counted.split(' ').next().unwrap().parse().unwrap()
    });
    nanoseconds.sum::<f64>() / 1e6
}

/// The most memory it has had.
fn megabytes(process: &Path) -> f64 {
    let status = fs::read_to_string(process.join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0 / 1e6
}

fn quartiles(starts: &[Start], figure: impl Fn(&Start) -> f64) -> String {
    let (first, median, third) = quartile_values(starts, figure);
    format!("{median:.1} ({first:.1} to {third:.1})")
}

fn quartile_values(starts: &[Start], figure: impl Fn(&Start) -> f64) -> (f64, f64, f64) {
    let mut figures: Vec<_> = starts.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    (at(0.25), at(0.5), at(0.75))
}
