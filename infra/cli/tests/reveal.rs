//! What a shop's administrator gets in with, revealed at a terminal and in what a browser has.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    process::{Command, Output},
};

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, Client};
use serde_json::{Value, json};
use testkit::account::Account;
use uuid::Uuid;

fn shopwright(arguments: &[&str]) -> Output {
    assert!(env::var_os("API_URL").is_some(), "this test needs the local stack: run it with `make test`");
    Command::new(env!("CARGO_BIN_EXE_shopwright")).args(arguments).output().unwrap()
}

/// What a program prints that succeeds: JSON.
fn printed(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same with fetch and WebCrypto.
fn in_a_browser(id: &str) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/webcrypto/reveal.mjs");
    let node = Command::new("node").arg(script).arg(id).output();
    node.expect("this test needs Node.js 20 or later (https://nodejs.org)")
}

/// The administrator's password as the store's Secret has it.
async fn password(id: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let admin = Client::try_from(Account::Administrator.config().await).unwrap();
    let secrets: Api<Secret> = Api::namespaced(admin, &format!("store-{id}"));
    let data = secrets.get("wordpress-credentials").await.unwrap().data.unwrap();
    let ByteString(password) = &data["admin-password"];
    String::from_utf8(password.clone()).unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_terminal_and_a_browser_get_what_the_secret_has() {
    let name = format!("Shop {}", Uuid::new_v4().simple());
    let created =
        printed(&shopwright(&["create", &name, "--email", "owner@example.com", "--follow", "--json"]));
    let id = created["id"].as_str().unwrap();
    let first = json!({ "user": "admin", "password": password(id).await });
    assert_eq!(printed(&shopwright(&["reveal", id, "--json"])), first);
    assert_eq!(printed(&in_a_browser(id)), first);

    printed(&shopwright(&["reset-password", id, "--follow", "--json"]));
    let second = json!({ "user": "admin", "password": password(id).await });
    assert_ne!(second, first);
    assert_eq!(printed(&in_a_browser(id)), second);
    let for_people = shopwright(&["reveal", id]);
    let text = String::from_utf8(for_people.stdout).unwrap();
    let password = second["password"].as_str().unwrap();
    assert_eq!(text, format!("User       admin\nPassword   {password}\n"));

    // What was asked for is on record, and what was answered is not.
    let listed = printed(&shopwright(&["operations", id, "--json"]));
    let actions: Vec<_> = listed.as_array().unwrap().iter().map(|each| each["action"].as_str()).collect();
    let reveal = Some("reveal-credentials");
    assert_eq!(actions, [reveal, reveal, Some("reset-password"), reveal, reveal]);
    for record in [listed, printed(&shopwright(&["events", id, "--json"]))] {
        assert!(!record.to_string().contains(password), "{id}");
    }
    shopwright(&["delete", id, "--follow"]);
    let refused = shopwright(&["reveal", id]);
    assert!(!refused.status.success() && refused.stdout.is_empty());
}
