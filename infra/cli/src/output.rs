//! What the command prints, for people and for programs.

use std::io::{self, IsTerminal as _};

use domain::logs::{LogExcerpt, LogLine};
use serde::Serialize;

use crate::api::{Event, IssuedToken, Operation, Store, Token};

/// Prints `value` as indented JSON, or as `for_people` does.
pub(crate) fn print<T: Serialize>(value: &T, as_json: bool, for_people: fn(&T)) -> anyhow::Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(value)?);
    } else {
        for_people(value);
    }
    Ok(())
}

/// Prints a table of stores.
pub(crate) fn stores(stores: &[Store]) {
    if stores.is_empty() {
        println!("There are no stores.");
        return;
    }
    println!("{:<30} {:<13} {:<14} URL", "ID", "STATUS", "CREATED");
    for store in stores {
        let created = store.created_at.strftime("%d %b %H:%M");
        println!(
            "{:<30} {:<13} {created:<14} {}",
            store.id,
            store.status,
            store.url.as_deref().unwrap_or("-")
        );
    }
}

/// Prints what there is to know of one store.
pub(crate) fn store(store: &Store) {
    println!();
    line("Store", &format!("{} ({})", store.name, store.id));
    line("Status", &store.status);
    if let Some(step) = &store.step {
        line("Step", step);
    }
    if let Some(url) = &store.url {
        line("URL", url);
    }
    line("Namespace", &store.namespace);
    line("Owner", &store.owner);
    line("E-mail", &store.admin_email);
    line("Created", &store.created_at.to_string());
    if store.retries > 0 {
        line("Retries", &store.retries.to_string());
    }
    if let Some(failure) = &store.failure {
        line("Failed in", &failure.step);
        line("Code", &failure.code);
        line("Reason", &failure.message);
        let state = &failure.cleanup.state;
        let message = failure.cleanup.message.as_ref().map(|message| format!(": {message}"));
        line("Clean-up", &format!("{state}{}", message.unwrap_or_default()));
        if let Some(log) = &failure.log {
            line("Log", &format!("{} of pod {}", log.container, log.pod));
            log_lines(log);
        }
    }
}

/// Prints the lines of a log, each with its time.
pub(crate) fn log_lines(log: &LogExcerpt) {
    let for_a_terminal = io::stdout().is_terminal();
    for LogLine { at, text } in &log.lines {
        let text = if for_a_terminal { harmless(text) } else { text.clone() };
        match at {
            Some(at) => println!("{at} {text}"),
            None => println!("{text}"),
        }
    }
}

/// What a store's plugins write must not steer the terminal of whoever reads it.
fn harmless(text: &str) -> String {
    let steers = |letter: char| letter.is_control() && letter != '\t';
    text.chars().map(|letter| if steers(letter) { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// Prints a table of operations.
pub(crate) fn operations(operations: &[Operation]) {
    if operations.is_empty() {
        println!("Nothing was asked for yet.");
        return;
    }
    println!("{:<37} {:<18} {:<10} {:<24} REQUESTED", "ID", "ACTION", "STATUS", "BY");
    for operation in operations {
        let requested = operation.requested_at.strftime("%d %b %H:%M:%S");
        let Operation { id, status, requested_by, .. } = operation;
        println!("{id:<37} {:<18} {status:<10} {requested_by:<24} {requested}", action(operation));
    }
}

/// Prints what there is to know of one operation.
pub(crate) fn operation(operation: &Operation) {
    println!();
    line("Operation", &operation.id);
    line("Action", &action(operation));
    line("Status", &operation.status);
    line("Asked for", &format!("{} by {}", operation.requested_at, operation.requested_by));
    for (name, at) in [("Begun", operation.started_at), ("Ended", operation.ended_at)] {
        if let Some(at) = at {
            line(name, &at.to_string());
        }
    }
    if let Some(failure) = &operation.failure {
        line("Code", &failure.code);
        line("Reason", &failure.message);
    }
}

fn action(operation: &Operation) -> String {
    match operation.target.as_ref().or(operation.component.as_ref()) {
        Some(about) => format!("{} {about}", operation.action),
        None => operation.action.clone(),
    }
}

/// Prints a token's text alone, so that a script can take it.
pub(crate) fn issued_token(issued: &IssuedToken) {
    println!("{}", issued.token);
}

/// Prints a table of tokens.
pub(crate) fn tokens(tokens: &[Token]) {
    if tokens.is_empty() {
        println!("There are no tokens.");
        return;
    }
    println!("{:<17} {:<24} {:<6} {:<14} {:<14} STATE", "ID", "PRINCIPAL", "ROLE", "CREATED", "EXPIRES");
    let now = jiff::Timestamp::now();
    for Token { id, principal, role, created_at, expires_at, disabled } in tokens {
        let created = created_at.strftime("%d %b %H:%M");
        let expires = expires_at.map_or("never".into(), |at| at.strftime("%d %b %Y").to_string());
        let state = match (disabled, expires_at) {
            (true, _) => "revoked",
            (false, Some(at)) if *at <= now => "expired",
            (false, _) => "good",
        };
        println!("{id:<17} {principal:<24} {role:<6} {created:<14} {expires:<14} {state}");
    }
}

/// Prints a whole timeline.
pub(crate) fn events(events: &[Event]) {
    let Some(first) = events.first() else {
        println!("Nothing has happened yet.");
        return;
    };
    for each in events {
        event(each, first.at);
    }
}

/// Prints one event, with its time since `start`.
pub(crate) fn event(event: &Event, start: jiff::Timestamp) {
    let seconds = event.at.duration_since(start).as_secs_f64().max(0.0);
    let mark = match event.kind.as_str() {
        "step_started" => '>',
        "step_failed" | "operation_failed" | "certificate_pending" => '!',
        _ => '+',
    };
    let took = event.duration_ms.map(|milliseconds| format!(" ({milliseconds} ms)")).unwrap_or_default();
    println!("{seconds:>8.2} s {mark} {:<24} {}{took}", event.step.as_deref().unwrap_or(""), event.message);
}

/// Prints one thing that there is to know.
pub(crate) fn line(name: &str, value: &str) {
    println!("{name:<10} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_can_not_steer_a_terminal() {
        assert_eq!(harmless("a\tb \u{1b}[2Jc\u{9b}é\r"), "a\tb \u{fffd}[2Jc\u{fffd}é\u{fffd}");
    }
}
