//! How a store does in the cluster, for people.

use std::fmt::{self, Formatter};

use crate::{
    api::answers::{LastExit, MailHealth, Omitted, PodHealth, QuotaUse, StoreHealth, VolumeHealth},
    output::line,
};

/// Writes it.
pub(crate) fn show(health: &StoreHealth, f: &mut Formatter<'_>) -> fmt::Result {
    let StoreHealth { status, reasons, since, observed_at, pods, volumes, quota, mail, omitted } = health;
    writeln!(f)?;
    line(f, "Health", status)?;
    for (name, at) in [("Since", since), ("Seen", observed_at)] {
        if let Some(at) = at {
            line(f, name, &at.to_string())?;
        }
    }
    for reason in reasons {
        line(f, "Reason", reason)?;
    }
    if let Some(MailHealth { failed, failure }) = mail {
        let why = failure.as_ref().map_or_else(String::new, |failure| format!(": {failure}"));
        line(f, "Mails", &format!("{failed} not sent{why}"))?;
    }
    if !pods.is_empty() {
        writeln!(
            f,
            "\n{:<32} {:<10} {:<6} {:<9} {:<20} {:<5} IMAGE",
            "POD", "PHASE", "READY", "RESTARTS", "LAST EXIT", "AGE"
        )?;
    }
    for pod in pods {
        let PodHealth { name, restarts, image, .. } = pod;
        let (phase, exit, age) = (phase(pod), exit(pod), age(pod.created_at));
        let ready = if pod.ready { "yes" } else { "no" };
        writeln!(f, "{name:<32} {phase:<10} {ready:<6} {restarts:<9} {exit:<20} {age:<5} {image}")?;
    }
    if !volumes.is_empty() {
        writeln!(f, "\n{:<32} {:<10} SIZE", "VOLUME", "PHASE")?;
    }
    for VolumeHealth { name, size, phase, leaving, .. } in volumes {
        writeln!(f, "{name:<32} {:<10} {size}", if *leaving { "leaving" } else { phase })?;
    }
    if !quota.is_empty() {
        writeln!(f, "\n{:<32} {:<10} HARD", "RESOURCE", "USED")?;
    }
    for QuotaUse { resource, used, hard } in quota {
        writeln!(f, "{resource:<32} {:<10} {hard}", used.as_deref().unwrap_or("-"))?;
    }
    if let Some(Omitted { pods, volumes, quota }) = omitted {
        writeln!(f, "\nNot shown: {pods} pods, {volumes} volumes, {quota} resources of the quota")?;
    }
    Ok(())
}

fn phase(pod: &PodHealth) -> &str {
    if pod.leaving { "leaving" } else { pod.reason.as_ref().unwrap_or(&pod.phase) }
}

fn exit(pod: &PodHealth) -> String {
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
