//! An upgrade, as the command asks for it, and how a try of a store whose upgrade was left half done is followed.

use serde_json::{Value, json};

use crate::scripted_api::{ScriptedApi, json_answer, list, store, text};

fn operation() -> Value {
    json!({
        "id": "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a11", "action": "upgrade", "image": "r.example/store:2", "status": "Pending",
        "requestedBy": "ada", "requestedAt": "2026-01-31T09:30:00Z", "startedAt": null, "endedAt": null,
        "target": null, "reason": null, "component": null, "result": null, "answer": null, "failure": null,
    })
}

#[test]
fn an_upgrade_is_asked_for_to_what_new_stores_get_or_to_an_image_by_its_digest() {
    let api = ScriptedApi::start([json_answer("202 Accepted", &operation())]);
    let output = api.run(&["upgrade", "a"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("upgrade r.example/store:2"), "{}", text(&output.stdout));
    let image = format!("r.example/store@sha256:{}", "a".repeat(64));
    assert!(api.run(&["upgrade", "a", "--image", &image]).status.success());
    let bodies: Vec<Value> =
        api.requests().iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
    assert_eq!(bodies, [json!({}), json!({ "image": image })]);
    assert_eq!(api.lines(), ["POST /v1/stores/a/actions/upgrade"; 2]);

    let wrong = api.run(&["upgrade", "a", "--image", "r.example/store:2"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("must be an image by its digest"), "{}", text(&wrong.stderr));
    assert_eq!(api.lines().len(), 2, "nothing was sent");
}

#[test]
fn what_closes_a_shop_waits_as_it_is_asked_to_and_says_so() {
    let mut waiting = operation();
    waiting["guard"] = json!("orders");
    waiting["waiting"] = json!({
        "since": "2026-01-31T09:30:00Z", "until": "2026-01-31T09:40:00Z", "orders": 2, "checkouts": 1,
    });
    let api = ScriptedApi::start([json_answer("202 Accepted", &waiting)]);
    let output = api.run(&["upgrade", "a", "--guard", "orders"]);
    let said = "for a quiet moment until 2026-01-31T09:40:00Z: the shop had 2 orders and 1 checkout";
    assert!(text(&output.stdout).contains(said), "{}{}", text(&output.stdout), text(&output.stderr));
    for arguments in [
        &["restart", "a", "--guard", "none"][..],
        &["hibernate", "a", "--guard", "none"],
        &["hibernate", "a"],
        &["restart", "a"],
    ] {
        assert!(api.run(arguments).status.success(), "{arguments:?}");
    }
    let bodies: Vec<_> = api.requests().into_iter().map(|request| request.body).collect();
    let sent: Vec<_> =
        bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap_or_default()).collect();
    let (waits, goes_on) = (json!({ "guard": "orders" }), json!({ "guard": "none" }));
    let restart = json!({ "target": "all", "guard": "none" });
    assert_eq!(sent, [waits, restart, goes_on, Value::Null, json!({ "target": "all" })]);
    assert_eq!(api.run(&["restart", "a", "--guard", "off"]).status.code(), Some(2));
}

#[test]
fn a_failed_store_that_is_upgraded_again_is_followed_until_that_has_ended() {
    let busy = |status: &str, operation: Value| {
        let mut store = store("a", status);
        store["operation"] = operation;
        let failure = json!({
            "step": "upgrade_shop", "code": "upgrade_failed", "message": "half", "at": "2026-01-31T09:30:00Z",
            "cleanup": { "state": "kept" },
        });
        store["failure"] = if status == "Failed" { failure } else { Value::Null };
        store
    };
    let running = busy("Failed", json!("01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a11"));
    let events = json_answer("200 OK", &list(&[]));
    let api = ScriptedApi::start([
        json_answer("202 Accepted", &running),
        events.clone(),
        json_answer("200 OK", &running),
        events.clone(),
        json_answer("200 OK", &busy("Ready", Value::Null)),
        events,
    ]);
    let output = api.run(&["retry", "a", "--follow"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(api.lines().len(), 6, "it was looked at again: {:?}", api.lines());
}
