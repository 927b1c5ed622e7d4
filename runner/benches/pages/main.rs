//! What the checks of shops' pages cost a minute as shops grow, beside a client that asks one shop after the other.
//! `make bench-pages` runs it; it needs no stack.
//!
//! All shops are one server in a process of its own, whose pages take as long and are as long as those of a small shop.
//! The numbers are reported, never judged by the exit code; that each shop was asked once is asserted.

#[path = "../provisioning/cpu_time.rs"]
mod cpu_time;

use std::{
    env, fs,
    io::Write as _,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use axum::Router;
use clap::Parser;
use runner::{
    health::{Asker, PageCounts, Pages},
    visit::Target,
};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::cpu_time::cpu_time;

/// The pages that a check asks for.
const PATHS: [&str; 3] = ["/", "/checkout/", "/status.php"];
/// A variable that makes this program the shops.
const SHOPS: &str = "BENCH_PAGES_SHOPS";

/// Measures the checks of shops' pages.
#[derive(Debug, Parser)]
struct Options {
    /// How many shops
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    stores: u32,

    /// How long a shop takes for a page, in milliseconds
    #[arg(long, default_value_t = 200)]
    milliseconds: u64,

    /// How long a page is, in bytes
    #[arg(long, default_value_t = 60_000)]
    bytes: usize,

    /// How many rounds, in turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a round took.
struct Round {
    time: Duration,
    processor: Duration,
    /// The most memory that the process has had so far, in KiB.
    memory: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if env::var_os(SHOPS).is_some() {
        return serve(Duration::from_millis(options.milliseconds), options.bytes).await;
    }
    let mut shops = Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(SHOPS, "yes")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let mut out = std::io::BufReader::new(shops.stdout.take().context("it says where it listens")?);
    std::io::BufRead::read_line(&mut out, &mut line)?;
    let address: SocketAddr = line.trim().parse()?;
    let measured = measure(&options, address).await;
    shops.kill()?;
    shops.wait()?;
    measured
}

async fn measure(options: &Options, address: SocketAddr) -> anyhow::Result<()> {
    let target =
        |number: u32| Target { address, host: format!("shop-{number}.example.com"), is_https: false };
    let pages = Pages::default();
    let asker = Asker { pods: true, https: None };
    pages.follow((0..options.stores).map(|number| (Uuid::now_v7(), target(number), None)));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
    let stores = usize::try_from(options.stores)?;
    let requests = stores * PATHS.len();
    println!("{stores} shops, pages of {} bytes after {} ms", options.bytes, options.milliseconds);
    println!(
        "| | requests | time of a round | processor | of a processor a minute | most memory |\n|{}",
        " --- |".repeat(6)
    );
    for _ in 0..options.rounds {
        let round = timed(async {
            let counts = pages.check(&asker).await;
            ensure!(counts == PageCounts { served: stores, failed: 0, unreachable: 0 }, "{counts:?}");
            Ok(())
        });
        print("page checks", requests, &round.await?);
    }
    // A tenth, since one after the other they take ten times as long.
    let few = options.stores.div_ceil(10);
    let round = timed(async {
        for number in 0..few {
            for path in PATHS {
                let request = client.get(format!("http://{address}{path}"));
                let request = request.header("host", format!("shop-{number}.example.com"));
                request.send().await?.bytes().await?;
            }
        }
        Ok(())
    });
    let Round { time, processor, memory } = round.await?;
    let whole = Round { time: time * 10, processor: processor * 10, memory };
    print("one after the other, of a tenth", requests, &whole);
    Ok(())
}

async fn timed(round: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Round> {
    let pid = i32::try_from(std::process::id())?;
    let (before, start) = (cpu_time(pid)?, Instant::now());
    round.await?;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("a status without memory")?;
    let memory = peak.trim().trim_end_matches(" kB").parse()?;
    Ok(Round { time: start.elapsed(), processor: cpu_time(pid)? - before, memory })
}

fn print(name: &str, requests: usize, Round { time, processor, memory }: &Round) {
    let share = 100.0 * processor.as_secs_f64() / 60.0;
    println!(
        "| {name} | {requests} | {:.1} s | {:.2} s | {share:.1} % | {:.0} MiB |",
        time.as_secs_f64(),
        processor.as_secs_f64(),
        *memory as f64 / 1024.0
    );
}

/// All shops.
async fn serve(pause: Duration, bytes: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let page = "<p>A page. ".repeat(bytes.div_ceil(11));
    let router = Router::new()
        .route(
            "/status.php",
            axum::routing::get(|| async { r#"{"checkout": "/checkout/", "mail": {"failed": 0}}"# }),
        )
        .fallback(move || {
            let page = page[..bytes].to_owned();
            async move {
                tokio::time::sleep(pause).await;
                page
            }
        });
    axum::serve(listener, router).await?;
    Ok(())
}
