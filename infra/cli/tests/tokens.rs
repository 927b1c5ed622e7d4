//! Tokens, given out with the operator's command.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    process::{Command, Output},
};

use serde_json::Value;
use uuid::Uuid;

/// The command, as somebody calls it who has this token, or none.
fn shopwright(token: Option<&str>, arguments: &[&str]) -> Output {
    assert!(env::var_os("API_URL").is_some(), "this test needs the local stack: run it with `make test`");
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopwright"));
    command.args(arguments).env_remove("ADMIN_TOKEN").env("USER", "tester");
    if let Some(token) = token {
        command.env("ADMIN_TOKEN", token);
    }
    command.output().unwrap()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A principal that no other test has.
fn principal() -> String {
    format!("test-{}", Uuid::new_v4().simple())
}

/// The middle part of a token's text.
fn id(token: &str) -> &str {
    token.split('_').nth(1).unwrap()
}

#[test]
#[ignore = "needs the local stack: make test"]
fn the_first_token_is_put_into_the_table_and_all_else_goes_through_the_api() {
    let (admin, owner) = (principal(), principal());
    let first = shopwright(None, &["token", "issue", "--principal", &admin, "--role", "admin"]);
    let text = succeeded(&first);
    // Alone on its line, so that a shell can take it.
    let first = text.strip_suffix('\n').unwrap();
    assert!(first.starts_with("swt_") && !first.contains(char::is_whitespace), "{text:?}");

    let issue = ["token", "issue", "--principal", &owner, "--expires", "90d", "--json"];
    let issued: Value = serde_json::from_str(&succeeded(&shopwright(Some(first), &issue))).unwrap();
    assert_eq!((issued["principal"].as_str(), issued["role"].as_str()), (Some(&*owner), Some("owner")));
    assert!(issued["expiresAt"].is_string());
    let theirs = issued["token"].as_str().unwrap();
    assert_eq!(succeeded(&shopwright(Some(theirs), &["list"])), "There are no stores.\n");
    assert!(refused(&shopwright(Some(theirs), &["token", "list"])).contains("admin"));

    let listed = succeeded(&shopwright(Some(first), &["token", "list"]));
    let line = listed.lines().find(|line| line.contains(&owner)).unwrap();
    assert!(line.starts_with(id(theirs)) && line.ends_with("good"), "{line}");
    assert!(!listed.contains(theirs) && !listed.contains(theirs.rsplit('_').next().unwrap()));

    succeeded(&shopwright(Some(first), &["token", "revoke", id(theirs)]));
    let listed = succeeded(&shopwright(Some(first), &["token", "list"]));
    assert!(listed.lines().any(|line| line.starts_with(id(theirs)) && line.ends_with("revoked")));
    // Nobody locks themselves out, and who is locked out gets in again.
    assert!(refused(&shopwright(Some(first), &["token", "revoke", id(first)])).contains("itself"));
    let again =
        shopwright(Some("lost"), &["token", "issue", "--principal", &admin, "--role", "admin", "--table"]);
    succeeded(&shopwright(Some(succeeded(&again).trim()), &["token", "revoke", id(first)]));
}

#[test]
fn without_a_token_and_without_a_table_it_is_said_what_is_missing() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopwright"));
    command.args(["token", "issue", "--principal", "ada"]).env_remove("ADMIN_TOKEN").env_remove("TABLE_NAME");
    let printed = refused(&command.output().unwrap());
    assert!(printed.contains("ADMIN_TOKEN") && printed.contains("TABLE_NAME"), "{printed}");
}
