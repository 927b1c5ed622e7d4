//! What the command prints, for people and for programs.

use std::{
    fmt::{self, Formatter},
    io::{self, IsTerminal as _},
};

use domain::operation::{
    Activity,
    logs::{LogExcerpt, LogLine},
};
use serde::Serialize;
use stdio::Reader;

use crate::api::answers::{Event, IssuedToken, Operation, Store, Token, Waiting};

/// Prints `value` as indented JSON, or as `for_people` writes it. Where nobody reads, that is no error: the
/// exit code says the same as ever.
pub(crate) fn print<T: Serialize + ?Sized>(
    value: &T,
    as_json: bool,
    for_people: fn(&T, &mut Formatter<'_>) -> fmt::Result,
) -> anyhow::Result<Reader> {
    let printed = if as_json {
        stdio::print(format_args!("{}\n", serde_json::to_string_pretty(value)?))
    } else {
        stdio::print(format_args!("{}", fmt::from_fn(|f| for_people(value, f))))
    };
    Ok(printed?)
}

/// Prints a sentence for people; programs have the exit code.
pub(crate) fn sentence(text: &str, as_json: bool) -> io::Result<Reader> {
    if as_json { Ok(Reader::Present) } else { stdio::print(format_args!("{text}\n")) }
}

/// Writes a table of stores.
pub(crate) fn stores(stores: &[Store], f: &mut Formatter<'_>) -> fmt::Result {
    if stores.is_empty() {
        writeln!(f, "There are no stores.")?;
        return Ok(());
    }
    writeln!(f, "{:<30} {:<13} {:<14} URL", "ID", "STATUS", "CREATED")?;
    for store in stores {
        let created = store.created_at.strftime("%d %b %H:%M");
        writeln!(
            f,
            "{:<30} {:<13} {created:<14} {}",
            store.id.as_str(),
            standing(store),
            store.url.as_deref().unwrap_or("-")
        )?;
    }
    Ok(())
}

/// How a store stands, in a word: what keeps visitors out of one that is up says more than that it was made.
fn standing(store: &Store) -> &str {
    let Some(power) = &store.power else { return &store.status };
    if store.suspension.is_some() {
        "Suspended"
    } else if power == "Running" {
        &store.status
    } else {
        power
    }
}

/// Writes what there is to know of one store.
pub(crate) fn store(store: &Store, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f)?;
    line(f, "Store", &format!("{} ({})", store.name, store.id))?;
    line(f, "Status", &store.status)?;
    if let Some(power) = &store.power {
        line(f, "Power", power)?;
    }
    if let Some(suspension) = &store.suspension {
        line(f, "Suspended", &format!("since {}: {}", suspension.since, harmless(&suspension.reason)))?;
    }
    if let Some(step) = &store.step {
        line(f, "Step", step)?;
    }
    if let Some(url) = &store.url {
        line(f, "URL", url)?;
    }
    line(f, "Namespace", &store.namespace)?;
    if let Some(release) = &store.release {
        line(f, "Image", &release.store)?;
        if let Some(versions) = &release.versions {
            let woocommerce = versions.woocommerce.as_ref();
            let woocommerce = woocommerce.map(|version| format!(", WooCommerce {version}"));
            line(
                f,
                "Versions",
                &format!("WordPress {}{}", versions.wordpress, woocommerce.unwrap_or_default()),
            )?;
        }
        line(f, "Database", &release.database)?;
    }
    line(f, "Owner", &store.owner)?;
    line(f, "E-mail", &store.admin_email)?;
    if let Some(locale) = &store.locale {
        line(f, "Language", locale)?;
    }
    if let Some(country) = &store.country {
        line(f, "Country", country)?;
    }
    if let Some(currency) = &store.currency {
        line(f, "Currency", currency)?;
    }
    line(f, "Created", &store.created_at.to_string())?;
    if store.retries > 0 {
        line(f, "Retries", &store.retries.to_string())?;
    }
    if let Some(failure) = &store.failure {
        line(f, "Failed in", &failure.step)?;
        line(f, "Code", &failure.code)?;
        line(f, "Reason", &failure.message)?;
        let state = &failure.cleanup.state;
        let message = failure.cleanup.message.as_ref().map(|message| format!(": {message}"));
        line(f, "Clean-up", &format!("{state}{}", message.unwrap_or_default()))?;
        if let Some(log) = &failure.log {
            line(f, "Log", &format!("{} of pod {}", log.container, log.pod))?;
            log_lines(log, f)?;
        }
    }
    Ok(())
}

/// Writes the lines of a log, each with its time.
pub(crate) fn log_lines(log: &LogExcerpt, f: &mut Formatter<'_>) -> fmt::Result {
    let for_a_terminal = io::stdout().is_terminal();
    for LogLine { at, text } in &log.lines {
        let text = if for_a_terminal { harmless(text) } else { text.clone() };
        match at {
            Some(at) => writeln!(f, "{at} {text}")?,
            None => writeln!(f, "{text}")?,
        }
    }
    Ok(())
}

/// What others write, as a store's plugins do, must not steer the terminal of whoever reads it.
pub(crate) fn harmless(text: &str) -> String {
    let steers = |letter: char| letter.is_control() && letter != '\t';
    text.chars().map(|letter| if steers(letter) { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// Writes a table of operations.
pub(crate) fn operations(operations: &[Operation], f: &mut Formatter<'_>) -> fmt::Result {
    if operations.is_empty() {
        writeln!(f, "Nothing was asked for yet.")?;
        return Ok(());
    }
    writeln!(f, "{:<37} {:<18} {:<10} {:<24} REQUESTED", "ID", "ACTION", "STATUS", "BY")?;
    for operation in operations {
        let requested = operation.requested_at.strftime("%d %b %H:%M:%S");
        let Operation { id, status, requested_by, .. } = operation;
        let id = id.to_string();
        writeln!(f, "{id:<37} {:<18} {status:<10} {requested_by:<24} {requested}", action(operation))?;
    }
    Ok(())
}

/// Writes what there is to know of one operation.
pub(crate) fn operation(operation: &Operation, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f)?;
    line(f, "Operation", &operation.id.to_string())?;
    line(f, "Action", &action(operation))?;
    line(f, "Status", &operation.status)?;
    line(f, "Asked for", &format!("{} by {}", operation.requested_at, operation.requested_by))?;
    for (name, at) in [("Begun", operation.started_at), ("Ended", operation.ended_at)] {
        if let Some(at) = at {
            line(f, name, &at.to_string())?;
        }
    }
    if let Some(Waiting { until, orders, checkouts, .. }) = &operation.waiting {
        let busy = Activity { orders: *orders, checkouts: *checkouts };
        line(f, "Waiting", &format!("for a quiet moment until {until}: the shop had {busy}"))?;
    }
    if let Some(reason) = &operation.reason {
        line(f, "Because", &harmless(reason))?;
    }
    if let Some(failure) = &operation.failure {
        line(f, "Code", &failure.code)?;
        line(f, "Reason", &failure.message)?;
    }
    Ok(())
}

fn action(operation: &Operation) -> String {
    let about = operation.target.as_ref().or(operation.component.as_ref()).or(operation.image.as_ref());
    match about {
        Some(about) => format!("{} {about}", operation.action),
        None => operation.action.clone(),
    }
}

/// Writes a token's text alone, so that a script can take it.
pub(crate) fn issued_token(issued: &IssuedToken, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "{}", issued.token)?;
    Ok(())
}

/// Writes a table of tokens.
pub(crate) fn tokens(tokens: &[Token], f: &mut Formatter<'_>) -> fmt::Result {
    if tokens.is_empty() {
        writeln!(f, "There are no tokens.")?;
        return Ok(());
    }
    writeln!(f, "{:<17} {:<24} {:<6} {:<14} {:<14} STATE", "ID", "PRINCIPAL", "ROLE", "CREATED", "EXPIRES")?;
    let now = jiff::Timestamp::now();
    for Token { id, principal, role, created_at, expires_at, disabled } in tokens {
        let created = created_at.strftime("%d %b %H:%M");
        let expires = expires_at.map_or("never".into(), |at| at.strftime("%d %b %Y").to_string());
        let state = match (disabled, expires_at) {
            (true, _) => "revoked",
            (false, Some(at)) if *at <= now => "expired",
            (false, _) => "good",
        };
        writeln!(f, "{id:<17} {principal:<24} {role:<6} {created:<14} {expires:<14} {state}")?;
    }
    Ok(())
}

/// Writes a whole timeline.
pub(crate) fn events(events: &[Event], f: &mut Formatter<'_>) -> fmt::Result {
    let Some(first) = events.first() else {
        writeln!(f, "Nothing has happened yet.")?;
        return Ok(());
    };
    for each in events {
        event_line(each, first.at, f)?;
    }
    Ok(())
}

/// Prints one event, with its time since `start`.
pub(crate) fn event(event: &Event, start: jiff::Timestamp) -> io::Result<Reader> {
    stdio::print(format_args!("{}", fmt::from_fn(|f| event_line(event, start, f))))
}

fn event_line(event: &Event, start: jiff::Timestamp, f: &mut Formatter<'_>) -> fmt::Result {
    let seconds = event.at.duration_since(start).as_secs_f64().max(0.0);
    let mark = match event.kind.as_str() {
        "step_started" => '>',
        "step_failed" | "operation_failed" | "certificate_pending" => '!',
        _ => '+',
    };
    let took = event.duration_ms.map(|milliseconds| format!(" ({milliseconds} ms)")).unwrap_or_default();
    let step = event.step.as_deref().unwrap_or("");
    writeln!(f, "{seconds:>8.2} s {mark} {step:<24} {}{took}", event.message)
}

/// Writes one thing that there is to know.
pub(crate) fn line(f: &mut Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{name:<10} {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_can_not_steer_a_terminal() {
        assert_eq!(harmless("a\tb \u{1b}[2Jc\u{9b}é\r"), "a\tb \u{fffd}[2Jc\u{fffd}é\u{fffd}");
    }
}
