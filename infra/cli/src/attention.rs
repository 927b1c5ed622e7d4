//! What needs somebody, for people.

use std::{
    fmt::{self, Formatter},
    process::ExitCode,
};

use anyhow::Context as _;
use domain::values::timestamp::Timestamp;

use crate::{
    api::{
        Api, AttentionFilter,
        answers::{Attention, Summary},
    },
    output::{self, line},
};

/// Prints what needs somebody; where nothing does, of how many stores that is known, and since when.
pub(crate) async fn list(api: &Api, filter: &AttentionFilter, json: bool) -> anyhow::Result<ExitCode> {
    let found = api.attention(filter).await?;
    output::print(found.as_slice(), json, entries)?;
    if found.is_empty() && !json {
        output::print(&api.summary().await?, json, seen)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the entries: each in a line, with why and what helps below.
pub(crate) fn entries(entries: &[Attention], f: &mut Formatter<'_>) -> fmt::Result {
    if entries.is_empty() {
        return writeln!(f, "Nothing needs attention.");
    }
    writeln!(f, "{:<30} {:<17} {:<14} HELPS", "STORE", "CAUSE", "SINCE")?;
    for Attention { store, cause, since, why, action, muted, .. } in entries {
        let since = since.strftime("%d %b %H:%M");
        writeln!(f, "{:<30} {cause:<17} {since:<14} {action}", store.as_str())?;
        writeln!(f, "  {why}")?;
        if let Some(mute) = muted {
            writeln!(f, "  Muted until {} by {}: {}", mute.until, mute.by, mute.reason)?;
        }
    }
    Ok(())
}

/// Writes how many stores there are.
pub(crate) fn summary(summary: &Summary, f: &mut Formatter<'_>) -> fmt::Result {
    let Summary { total, status, power, health, .. } = summary;
    line(f, "Stores", &total.to_string())?;
    let groups: [(&str, &[(&str, u32)]); 3] = [
        (
            "Status",
            &[
                ("Provisioning", status.provisioning),
                ("Ready", status.ready),
                ("Failed", status.failed),
                ("Deleting", status.deleting),
            ],
        ),
        (
            "Power",
            &[
                ("Running", power.running),
                ("Hibernating", power.hibernating),
                ("Hibernated", power.hibernated),
                ("Resuming", power.resuming),
                ("Upgrading", power.upgrading),
            ],
        ),
        (
            "Health",
            &[
                ("Healthy", health.healthy),
                ("Degraded", health.degraded),
                ("Down", health.down),
                ("Missing", health.missing),
                ("Unknown", health.unknown),
            ],
        ),
    ];
    for (name, counts) in groups {
        let counted: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        line(f, name, &counted.join(", "))?;
    }
    seen(summary, f)
}

/// Writes how fresh what is known of the stores' health is.
fn seen(Summary { observed_at, is_health_current, .. }: &Summary, f: &mut Formatter<'_>) -> fmt::Result {
    match (observed_at, is_health_current) {
        (Some(at), true) => writeln!(f, "A runner last looked at all stores at {at}."),
        (Some(at), false) => {
            writeln!(f, "No runner has looked at the stores since {at}: see to the runners.")
        }
        (None, _) => writeln!(f, "No runner has looked at the stores' health yet."),
    }
}

/// An instant to come, or how long from now it is.
pub(crate) fn parse_until(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(until) = text.parse() {
        return Ok(until);
    }
    let span: jiff::Span = text.parse().context("must be a time such as 4h, or one as of RFC 3339")?;
    let until = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).checked_add(span.abs())?;
    Ok(until.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_mute_is_reported_or_how_long_it_lasts() {
        let instant = "2027-01-31T09:30:00.000Z";
        assert_eq!(parse_until(instant).unwrap().to_string(), instant);
        let (soon, later) = (parse_until("10m").unwrap(), parse_until("2d").unwrap());
        let now = Timestamp::now();
        assert!(now < soon && soon < later);
        assert_eq!(
            (soon.since(now).as_secs().div_ceil(60), later.since(now).as_secs().div_ceil(3600)),
            (10, 48)
        );
        for wrong in ["", "tomorrow", "10", "2027-01-31"] {
            assert!(parse_until(wrong).is_err(), "{wrong:?}");
        }
    }
}
