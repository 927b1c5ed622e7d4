//! The audit trail, checked with the operator's command.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::{Command, Output};

use domain::store::Store;
use serde_json::{Value, json};
use testkit::fixture::Fixture;

fn verify(fixture: &Fixture, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shopwright"))
        .args(["audit", "verify"])
        .args(arguments)
        .env("TABLE_NAME", fixture.table.name())
        .output()
        .unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Takes the first entry about `store` out of the table.
async fn remove_first_entry(fixture: &Fixture, store: &Store) {
    let (partition, place) = (format!("STORE#{}", store.id), format!("AUDIT#{}#{:012}", store.uid, 1));
    fixture.delete_item((&partition, &place)).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn damage_to_the_trail_is_named_and_is_a_failure_of_the_command() {
    let fixture = Fixture::new().await;
    let (sound, damaged) = (fixture.store().await, fixture.store().await);
    fixture.request_deletion(&damaged).await;
    let whole = verify(&fixture, &["--all"]);
    assert!(whole.status.success(), "{whole:?}");
    assert_eq!(
        printed(&whole),
        "Checked 3 entries about 2 stores and tokens: all are as they were written.\n"
    );

    remove_first_entry(&fixture, &damaged).await;
    for arguments in [&["--all"][..], &[damaged.id.as_str()]] {
        let found = verify(&fixture, arguments);
        assert_eq!(found.status.code(), Some(1));
        let fault = format!("! store {}: entry 1 of {} is missing.", damaged.id, damaged.uid);
        assert!(printed(&found).starts_with(&fault), "{}", printed(&found));
    }
    let json: Value = serde_json::from_str(&printed(&verify(&fixture, &["--all", "--json"]))).unwrap();
    assert_eq!((&json["subjects"], &json["entries"]), (&json!(2), &json!(2)));
    assert_eq!(json["faults"].as_array().unwrap().len(), 1);
    assert!(verify(&fixture, &[sound.id.as_str()]).status.success());
    assert!(!verify(&fixture, &["no-shop"]).status.success());
    assert!(!verify(&fixture, &[]).status.success(), "it says what to check");
}
