//! One store: made, sold from, taken away.

use std::{collections::BTreeMap, env, process::Command, time::Instant};

use anyhow::{Context as _, ensure};
use kube::Client;
use serde_json::Value;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    checkout::{Sales, buy},
    memory::{MemoryWatch, Peaks},
    visitor::{Visitor, way_in_namespace},
};

/// What was seen of one store.
pub(crate) struct Round {
    /// From the request until it was Ready, in seconds.
    pub(crate) ready: f64,
    /// Its steps, in seconds.
    pub(crate) steps: BTreeMap<String, f64>,
    /// How much memory its containers took until it was Ready, and until all was sold.
    pub(crate) made: Peaks,
    pub(crate) sold: Peaks,
    pub(crate) sales: Sales,
    /// How many processes wanted a processor when it was made: this says how far the numbers of another machine
    /// compare.
    pub(crate) load: f64,
}

impl Round {
    pub(crate) async fn play(client: &Client, buyers: u32, checkouts: u32) -> anyhow::Result<Self> {
        let name = format!("Ready {}", &Uuid::new_v4().simple().to_string()[..12]);
        let id = name.to_lowercase().replace(' ', "-");
        let namespace = format!("store-{id}");
        let load = load();
        let memory = MemoryWatch::of(client, &namespace);
        let began = Instant::now();
        shopwright(&["create", &name, "--email", "owner@example.com", "--follow", "--json"]).await?;
        let seen = began.elapsed().as_secs_f64();
        let made = memory.peaks().await;
        let events = shopwright(&["events", &id, "--json"]).await?;
        let (ready, steps) =
            times(&events).with_context(|| format!("its timeline is not whole: {events}"))?;
        ensure!(ready <= seen, "it was Ready before it was asked for");

        let host = format!("{id}.{}", env::var("STORE_DOMAIN").context("STORE_DOMAIN is not set")?);
        let ingress = way_in_namespace();
        let shop = format!("wordpress.{namespace}");
        let name = id.clone();
        let sales = spawn_blocking(move || {
            let visitor = Visitor::in_namespace(&ingress, &name);
            buy(&visitor, &shop, &host, buyers, checkouts)
        });
        let sales = sales.await?;
        let sold = memory.peaks().await;
        shopwright(&["delete", &id, "--follow"]).await?;
        Ok(Self { ready, steps, made, sold, sales, load })
    }
}

/// What the operator's command prints.
async fn shopwright(arguments: &[&str]) -> anyhow::Result<String> {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    spawn_blocking(move || {
        let output = Command::new(env!("CARGO_BIN_EXE_shopwright")).args(&arguments).output()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "shopwright {}: {printed}{complaint}", arguments.join(" "));
        Ok(printed)
    })
    .await?
}

/// The time from a timeline's first event to the store's being Ready, and that of each step.
fn times(events: &str) -> Option<(f64, BTreeMap<String, f64>)> {
    let events: Vec<Value> = serde_json::from_str(events).ok()?;
    let at = |event: &Value| event["at"].as_str()?.parse::<jiff::Timestamp>().ok();
    let first = at(events.first()?)?;
    let ready = at(events.iter().find(|event| event["kind"] == "store_ready")?)?;
    let completed = events.iter().filter(|event| event["kind"] == "step_completed");
    let step =
        |event: &Value| Some((event["step"].as_str()?.to_owned(), event["durationMs"].as_f64()? / 1000.0));
    Some((ready.duration_since(first).as_secs_f64(), completed.map(step).collect::<Option<_>>()?))
}

/// The machine's load, averaged over a minute.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}
