//! How a store does in the cluster, for people.

use serde::{Deserialize, Serialize};

use crate::output::line;

/// A store's health, as far as this command shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    status: String,
    reasons: Vec<String>,
    since: Option<jiff::Timestamp>,
    observed_at: Option<jiff::Timestamp>,
    pods: Vec<Pod>,
    volumes: Vec<Volume>,
    quota: Vec<QuotaUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<Omitted>,
}

/// How many more there are of each than are listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Omitted {
    pods: u64,
    volumes: u64,
    quota: u64,
}

/// A pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pod {
    name: String,
    component: String,
    phase: String,
    ready: bool,
    leaving: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    restarts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_exit: Option<LastExit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<jiff::Timestamp>,
    created_at: jiff::Timestamp,
    image: String,
}

/// How a container ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LastExit {
    exit_code: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<jiff::Timestamp>,
}

/// A volume.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Volume {
    name: String,
    component: String,
    size: String,
    phase: String,
    leaving: bool,
}

/// How much of a resource is used, and may be.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct QuotaUse {
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<String>,
    hard: String,
}

/// Prints it.
pub(crate) fn show(health: &Health) {
    let Health { status, reasons, since, observed_at, pods, volumes, quota, omitted } = health;
    println!();
    line("Health", status);
    for (name, at) in [("Since", since), ("Seen", observed_at)] {
        if let Some(at) = at {
            line(name, &at.to_string());
        }
    }
    for reason in reasons {
        line("Reason", reason);
    }
    if !pods.is_empty() {
        println!(
            "\n{:<32} {:<10} {:<6} {:<9} {:<20} {:<5} IMAGE",
            "POD", "PHASE", "READY", "RESTARTS", "LAST EXIT", "AGE"
        );
    }
    for pod in pods {
        let Pod { name, restarts, image, .. } = pod;
        let (phase, exit, age) = (phase(pod), exit(pod), age(pod.created_at));
        let ready = if pod.ready { "yes" } else { "no" };
        println!("{name:<32} {phase:<10} {ready:<6} {restarts:<9} {exit:<20} {age:<5} {image}");
    }
    if !volumes.is_empty() {
        println!("\n{:<32} {:<10} SIZE", "VOLUME", "PHASE");
    }
    for Volume { name, size, phase, leaving, .. } in volumes {
        println!("{name:<32} {:<10} {size}", if *leaving { "leaving" } else { phase });
    }
    if !quota.is_empty() {
        println!("\n{:<32} {:<10} HARD", "RESOURCE", "USED");
    }
    for QuotaUse { resource, used, hard } in quota {
        println!("{resource:<32} {:<10} {hard}", used.as_deref().unwrap_or("-"));
    }
    if let Some(Omitted { pods, volumes, quota }) = omitted {
        println!("\nNot shown: {pods} pods, {volumes} volumes, {quota} resources of the quota");
    }
}

fn phase(pod: &Pod) -> &str {
    if pod.leaving { "leaving" } else { pod.reason.as_ref().unwrap_or(&pod.phase) }
}

fn exit(pod: &Pod) -> String {
    match &pod.last_exit {
        None => "-".into(),
        Some(LastExit { exit_code, reason: Some(reason), .. }) => format!("{exit_code} ({reason})"),
        Some(LastExit { exit_code, reason: None, .. }) => exit_code.to_string(),
    }
}

/// In the one unit that says most of it.
fn age(since: jiff::Timestamp) -> String {
    let seconds = jiff::Timestamp::now().duration_since(since).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}
