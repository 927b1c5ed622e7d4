//! How many visitors a front answers in a second and how soon, beside nginx with a file of the same size on the same
//! machine. `make bench-front` runs it on a stack of its own.
//!
//! The two take turns, each as one process with one thread. The numbers are reported, never judged by the exit code.
//! Visitors run in this process, on the same machine: what they take is taken from both.

#[path = "../provisioning/cpu_time.rs"]
mod cpu_time;
mod load;
#[path = "../provisioning/sample.rs"]
#[expect(dead_code, reason = "the other bench uses more of it")]
mod sample;

use std::{env, fs, net::TcpListener, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, bail};
use clap::Parser;
use testkit::{fixture::Fixture, wait};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::{cpu_time::cpu_time, load::Load, sample::Sample};

const DOMAIN: &str = "shops.test";

/// Measures the front beside a static file server. Needs the local stack: `make bench-front` starts one.
#[derive(Debug, Parser)]
struct Options {
    /// How many visitors ask at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,

    /// How long each measurement takes, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,

    /// How many measurements of each, in turns
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// The static file server: `apt-get download nginx` and `dpkg -x` are enough to have one
    #[arg(long, env = "NGINX", default_value = "nginx")]
    nginx: String,

    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// Who is measured. Killed when it is dropped.
struct Server {
    name: &'static str,
    process: Child,
    address: String,
    host: String,
    status: u16,
    rounds: Vec<Round>,
}

struct Round {
    load: Load,
    processor: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if env::var_os("AWS_ENDPOINT_URL_DYNAMODB").is_none() {
        bail!("the bench needs the local stack: run it with `make bench-front`");
    }
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let made = Server::front(&fixture, format!("{}.{DOMAIN}", store.id)).await?;
    let page = made.page().await?;
    let folder = env::temp_dir().join(format!("bench-front-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("index.html"), &page)?;
    let mut servers = vec![made, Server::nginx(&options.nginx, &folder).await?];
    for round in 1..=options.rounds {
        for server in &mut servers {
            server.measure(usize::from(options.connections), Duration::from_secs(options.seconds)).await?;
        }
        eprintln!("bench: round {round} of {}", options.rounds);
    }
    println!("{} visitors at once, an answer of {} bytes", options.connections, page.len());
    println!("| | requests a second | median | p99 | processor time a request |\n|{}", " --- |".repeat(5));
    for server in &servers {
        server.print();
    }
    drop(servers);
    fs::remove_dir_all(&folder)?;
    Ok(())
}

impl Server {
    async fn front(fixture: &Fixture, host: String) -> anyhow::Result<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_runner"))
            .args(["front", "--table-name", fixture.table.name(), "--store-domain", DOMAIN])
            .args(["--front-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut log = BufReader::new(process.stdout.take().context("it has a log")?).lines();
        let address = loop {
            let line = log.next_line().await?.context("the front ended at its start")?;
            let line: serde_json::Value = serde_json::from_str(&line)?;
            if let Some(visitors) = line["visitors"].as_str() {
                break visitors.to_owned();
            }
        };
        // Read on, so that it is never held up.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Ok(Self { name: "the front", process, address, host, status: 503, rounds: Vec::new() })
    }

    /// nginx with what lies in `folder`, as one process, without a log.
    async fn nginx(program: &str, folder: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let root = folder.display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {root}/{kind};"))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {root}/pid; error_log stderr crit;\n\
             events {{ worker_connections 2048; }}\n\
             http {{ access_log off; {temporary} keepalive_requests 100000000; tcp_nodelay on;\n\
             open_file_cache max=10; types {{ text/html html; }}\n\
             server {{ listen {address}; root {root}; }} }}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, config)?;
        let process = Command::new(program)
            .arg("-e")
            .arg("stderr")
            .arg("-c")
            .arg(&file)
            // It would take that for sockets of an nginx before it.
            .env_remove("NGINX")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("`{program}` can't be started: --nginx (NGINX) says where one is"))?;
        wait::until("nginx takes visitors", async || TcpStream::connect(&address).await.is_ok()).await;
        let (host, name) = ("files.test".to_owned(), "nginx, a file");
        Ok(Self { name, process, address, host, status: 200, rounds: Vec::new() })
    }

    /// The page that visitors get.
    async fn page(&self) -> anyhow::Result<Vec<u8>> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().get(format!("http://{}", self.address));
        let request = request.header("host", &self.host).header("accept-language", "de");
        Ok(request.send().await?.bytes().await?.to_vec())
    }

    async fn measure(&mut self, connections: usize, time: Duration) -> anyhow::Result<()> {
        let pid = i32::try_from(self.process.id().context("it ended")?)?;
        let before = cpu_time(pid)?;
        let load = Load::of(&self.address, &self.host, self.status, connections, time).await?;
        self.rounds.push(Round { load, processor: cpu_time(pid)? - before });
        Ok(())
    }

    fn print(&self) {
        let sample = |value: fn(&Round) -> f64| Sample::new(self.rounds.iter().map(value));
        let spread = |sample: &Sample, digits: usize| {
            let Sample { median, lower_quartile, upper_quartile, .. } = sample;
            format!("{median:.digits$} ({lower_quartile:.digits$} to {upper_quartile:.digits$})")
        };
        println!(
            "| {} | {} | {} ms | {} ms | {} µs |",
            self.name,
            spread(&sample(|round| round.load.a_second()), 0),
            spread(&sample(|round| round.load.within(0.5)), 2),
            spread(&sample(|round| round.load.within(0.99)), 2),
            spread(&sample(|round| round.processor.as_secs_f64() * 1e6 / round.load.count() as f64), 1),
        );
    }
}
