//! What needs attention, as the command tells it and asks for it.

use serde_json::json;

use crate::scripted_api::{ScriptedApi, attention, json_answer, list, summary, text};

#[test]
fn each_entry_says_why_and_what_helps_and_until_when_it_is_muted() {
    let api = ScriptedApi::start([json_answer("200 OK", &list(&[attention()]))]);
    let output = api.run(&["attention", "--muted", "--owner", "ada"]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<_> = printed.lines().collect();
    assert!(
        lines[1].starts_with("a ") && lines[1].contains("down") && lines[1].ends_with("restart"),
        "{printed}"
    );
    assert_eq!(lines[2], "  There is no pod of mysql.");
    assert_eq!(lines[3], "  Muted until 2026-01-31T13:30:00Z by ada: known");
    assert_eq!(api.lines(), ["GET /v1/attention?owner=ada&muted=true&limit=100"]);
}

#[test]
fn where_nothing_needs_attention_it_is_shown_how_fresh_that_is() {
    let none = list(&[]);
    let api = ScriptedApi::start([json_answer("200 OK", &none), json_answer("200 OK", &summary())]);
    let printed = text(&api.run(&["attention"]).stdout);
    assert_eq!(
        printed,
        "Nothing needs attention.\nA runner last looked at all stores at 2026-01-31T09:30:00Z.\n"
    );
    assert_eq!(api.lines(), ["GET /v1/attention?muted=false&limit=100", "GET /v1/summary"]);
}

#[test]
fn a_mute_is_asked_for_once_with_its_end_and_its_reason() {
    let api = ScriptedApi::start([json_answer("200 OK", &json!({ "items": [attention()] }))]);
    let output = api.run(&["mute", "a", "--until", "2026-01-31T13:30:00Z", "--reason", "known"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(api.run(&["unmute", "a"]).status.success());
    assert_eq!(api.lines(), ["POST /v1/stores/a/actions/mute", "POST /v1/stores/a/actions/unmute"]);
    assert!(api.requests().iter().all(|request| request.header("idempotency-key").is_some()));
    let wrong = api.run(&["mute", "a", "--until", "soon", "--reason", "known"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(api.lines().len(), 2, "nothing was sent");
}

#[test]
fn the_counts_are_reported_by_status_power_and_health() {
    let api = ScriptedApi::start([json_answer("200 OK", &summary())]);
    let printed = text(&api.run(&["summary"]).stdout);
    for line in [
        "Stores     12",
        "Status     1 Provisioning, 10 Ready, 1 Failed, 0 Deleting",
        "Power      9 Running, 0 Hibernating, 1 Hibernated, 0 Resuming, 0 Upgrading",
        "Health     7 Healthy, 0 Degraded, 1 Down, 0 Missing, 1 Unknown",
        "A runner last looked at all stores at 2026-01-31T09:30:00Z.",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
}

#[test]
fn a_list_is_asked_for_by_what_its_filters_say() {
    let api = ScriptedApi::start([json_answer("200 OK", &list(&[]))]);
    assert!(api.run(&["list", "--prefix", "my-", "--power", "Running", "--health", "Down"]).status.success());
    assert_eq!(api.lines(), ["GET /v1/stores?prefix=my-&power=Running&health=Down&limit=100"]);
}
