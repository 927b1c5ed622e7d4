//! Whoever reads what the command prints may stop at any time (`| head -1`), and a disk may be full.

use std::{
    fs::File,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::scripted_api::{
    ScriptedApi, attention, event, json_answer, list, operation, shopwright, store, summary, text,
};

/// A pipe that nobody reads from.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A disk that is full.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn health() -> Value {
    json!({ "status": "Healthy", "reasons": [], "since": null, "observedAt": null, "pods": [], "volumes": [], "quota": [] })
}

const WEBHOOK: &str = "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a12";

fn webhook() -> Value {
    json!({
        "id": WEBHOOK, "owner": "ada", "url": "https://receiver.example/", "events": ["*"], "description": null,
        "enabled": true, "disabledAt": null, "disabledReason": null, "failingSince": null,
        "secretRotatedAt": null, "createdAt": "2026-01-31T09:30:00Z",
    })
}

fn delivery() -> Value {
    json!({
        "id": "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a13", "event": "store.ready", "store": "a", "status": "Due",
        "at": "2026-01-31T09:30:05Z", "createdAt": "2026-01-31T09:30:00Z",
        "tries": [{
            "at": "2026-01-31T09:30:00Z", "durationMs": 12, "responseStatus": 500, "excerpt": "no", "error": null,
        }],
    })
}

/// Each command that prints, with what it gets.
fn printing() -> Vec<(Vec<&'static str>, Value)> {
    let ended = Some("2026-01-31T09:30:05Z");
    let token = json!({
        "id": "8c3f0e5d7a1b2c94", "principal": "ada", "role": "owner", "createdAt": "2026-01-31T09:30:00Z",
        "expiresAt": null, "disabled": true,
    });
    let commands = [
        (vec!["list"], list(&[store("a", "Ready")])),
        (vec!["show", "a"], store("a", "Ready")),
        (vec!["events", "a"], list(&[event("1", "All is there.")])),
        (vec!["health", "a"], health()),
        (vec!["attention"], list(&[attention()])),
        (vec!["mute", "a", "--until", "4h", "--reason", "known"], list(&[attention()])),
        (vec!["unmute", "a"], list(&[attention()])),
        (vec!["summary"], summary()),
        (vec!["restart", "a", "--follow"], operation("Succeeded", ended)),
        (vec!["operations", "a"], list(&[operation("Succeeded", ended)])),
        (vec!["delete", "a"], store("a", "Deleting")),
        (vec!["token", "list"], list(std::slice::from_ref(&token))),
        (vec!["token", "revoke", "8c3f0e5d7a1b2c94"], token),
        (vec!["webhook", "list"], list(&[webhook()])),
        (vec!["webhook", "show", WEBHOOK], webhook()),
        (vec!["webhook", "deliveries", WEBHOOK], list(&[delivery()])),
        (vec!["webhook", "test", WEBHOOK], delivery()),
        (vec!["webhook", "replay", WEBHOOK, "--since", "2h"], json!({ "replayed": 1, "next": null })),
    ];
    let as_json = commands.clone().map(|(mut arguments, answer)| {
        arguments.push("--json");
        (arguments, answer)
    });
    commands.into_iter().chain(as_json).collect()
}

fn run(command: &mut Command, output: Stdio) -> Output {
    command.stdout(output).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn a_reader_that_is_gone_is_a_quiet_end() {
    for (arguments, answer) in printing() {
        let api = ScriptedApi::start([json_answer("200 OK", &answer)]);
        let output = run(&mut api.command(&arguments), closed());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
    for arguments in [["--help"], ["--version"]] {
        let output = run(shopwright().args(arguments), closed());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    for (arguments, answer) in printing() {
        let api = ScriptedApi::start([json_answer("200 OK", &answer)]);
        let output = run(&mut api.command(&arguments), full());
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {printed}");
        assert!(
            printed.starts_with("shopwright: standard output can't be written: "),
            "{arguments:?}: {printed}"
        );
    }
}

#[test]
fn what_failed_has_failed_also_where_nobody_reads_it() {
    let failed = json!({ "code": "crash_loop", "message": "It does not stay up." });
    let mut ended = operation("Failed", Some("2026-01-31T09:30:05Z"));
    ended["failure"] = failed;
    let api = ScriptedApi::start([json_answer("200 OK", &ended)]);
    assert_eq!(run(&mut api.command(&["restart", "a", "--follow"]), closed()).status.code(), Some(1));
}

#[test]
fn following_ends_when_nobody_reads_any_more() {
    let api = ScriptedApi::start([
        json_answer("200 OK", &store("a", "Provisioning")),
        json_answer("200 OK", &store("a", "Provisioning")),
        json_answer("200 OK", &list(&[event("1", "One is there.")])),
    ]);
    let output = run(&mut api.command(&["events", "a", "--follow"]), closed());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    assert_eq!(api.requests().len(), 3);
}

#[test]
fn an_error_that_nobody_reads_is_still_one() {
    for nobody in [closed, full] {
        let output = shopwright().args(["list"]).stderr(nobody()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_token_whose_text_reached_nobody_is_named() {
    let issued = json!({
        "id": "8c3f0e5d7a1b2c94", "principal": "ada", "role": "owner", "createdAt": "2026-01-31T09:30:00Z",
        "expiresAt": null, "disabled": false, "token": "swt_8c3f0e5d7a1b2c94_secret",
    });
    for nobody in [closed, full] {
        let api = ScriptedApi::start([json_answer("201 Created", &issued)]);
        let output = run(&mut api.command(&["token", "issue", "--principal", "ada"]), nobody());
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            printed.contains("shopwright token revoke 8c3f0e5d7a1b2c94") && !printed.contains("secret"),
            "{printed}"
        );
    }
}
