//! Logs at a terminal.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    process::{Command, Output},
};

use serde_json::Value;
use uuid::Uuid;

fn shopwright(arguments: &[&str]) -> Output {
    assert!(env::var_os("API_URL").is_some(), "this test needs the local stack: run it with `make test`");
    Command::new(env!("CARGO_BIN_EXE_shopwright")).args(arguments).output().unwrap()
}

/// What it prints where it succeeds, and has nothing to add.
fn printed(arguments: &[&str]) -> String {
    let output = shopwright(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs the local stack: make test"]
fn a_terminal_gets_lines_with_their_times() {
    let name = format!("Shop {}", Uuid::new_v4().simple());
    let created = printed(&["create", &name, "--email", "owner@example.com", "--follow", "--json"]);
    let created: Value = serde_json::from_str(created.trim().rsplit("\n\n").next().unwrap()).unwrap();
    let id = created["id"].as_str().unwrap();

    let output = printed(&["logs", id, "mysql"]);
    let (at, line) = output.trim_end().split_once(' ').unwrap();
    at.parse::<jiff::Timestamp>().unwrap();
    assert_eq!(line, "KWOK runs no containers: this line stands in for the log of mysql.");
    let as_json: Value = serde_json::from_str(&printed(&["logs", id, "mysql", "--json"])).unwrap();
    assert_eq!(as_json["lines"][0]["text"], line);
    assert_eq!(printed(&["logs", id, "mysql", "--since", "7d", "--tail", "1"]), output);
    assert_eq!(printed(&["logs", id, "mysql", "--since", "2999-01-31T09:30:00Z"]), "");
    let previous = printed(&["logs", id, "setup", "--previous"]);
    assert!(previous.contains("the log of the setup before it"), "{previous}");

    for wrong in [&["logs", id, "mysql", "--tail", "0"][..], &["logs", id, "seed"], &["logs", id]] {
        let refused = shopwright(wrong);
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{wrong:?}");
    }
    shopwright(&["delete", id, "--follow"]);
    assert!(!shopwright(&["logs", id, "mysql"]).status.success());
}
