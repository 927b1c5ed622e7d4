//! Trouble that passes is gone through, and said; a caller's own fault is not.

use std::{collections::BTreeSet, net::TcpListener, thread, time::Instant};

use serde_json::json;

use crate::scripted_api::{
    Answer, ScriptedApi, answer, cut_short, event, json_answer, list, operation, store, text,
};

const CREATE: [&str; 5] = ["create", "My Shop", "--email", "owner@example.com", "--follow"];

/// Trouble in the forms in which it comes, each of another part between the command and the store.
fn troubles() -> Vec<Answer> {
    let gateway = |status, message: &str| json_answer(status, &json!({ "message": message }));
    vec![
        gateway("503 Service Unavailable", "Service Unavailable"),
        gateway("429 Too Many Requests", "Too Many Requests"),
        gateway("500 Internal Server Error", "Internal Server Error"),
        gateway("502 Bad Gateway", "Bad Gateway"),
        gateway("504 Gateway Timeout", "Endpoint request timed out"),
        answer("502 Bad Gateway", "content-type: text/html\r\n", "<html>Bad Gateway</html>"),
        answer("503 Service Unavailable", "retry-after: 0\r\n", ""),
        answer("408 Request Timeout", "", ""),
        answer("200 OK", "", ""),
        answer("200 OK", "", r#"{"id": "my-sh"#),
        json_answer("503 Service Unavailable", &json!({ "title": "Try again later", "detail": "Soon." })),
        cut_short(&store("my-shop", "Ready")),
        Answer::Cut,
    ]
}

#[test]
fn a_create_that_is_followed_goes_through_trouble_at_every_request() {
    // Side by side: each waits for its pauses most of the time.
    thread::scope(|scope| {
        for trouble in troubles() {
            scope.spawn(move || creates_through(&trouble));
        }
    });
}

fn creates_through(trouble: &Answer) {
    let api = ScriptedApi::start([
        trouble.clone(),
        json_answer("202 Accepted", &store("my-shop", "Provisioning")),
        trouble.clone(),
        json_answer("200 OK", &store("my-shop", "Ready")),
        trouble.clone(),
        json_answer("200 OK", &list(&[event("1", "All is there.")])),
    ]);
    let output = api.run(&CREATE);
    assert!(output.status.success(), "{trouble:?}: {output:?}");
    let (printed, warned) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(printed.matches("All is there.").count(), 1, "{printed}");
    assert!(printed.contains("Status     Ready"), "{printed}");
    assert_eq!(warned.lines().count(), 3, "{warned}");
    assert!(warned.lines().all(|line| line.ends_with("; trying again")), "{warned}");
    // Made again under the same key, it is done once.
    let keys: BTreeSet<_> = api.requests()[..2]
        .iter()
        .map(|request| request.header("idempotency-key").unwrap().to_owned())
        .collect();
    assert_eq!(keys.len(), 1);
    assert!(api.requests()[2..].iter().all(|request| request.header("idempotency-key").is_none()));
}

#[test]
fn each_command_goes_through_trouble() {
    let ended = Some("2026-01-31T09:30:05Z");
    let done = json_answer("200 OK", &operation("Succeeded", ended));
    let ready = json_answer("200 OK", &store("a", "Ready"));
    let empty = json_answer("200 OK", &list(&[]));
    for (arguments, good) in [
        (&["show", "a"][..], &ready),
        (&["list"], &empty),
        (&["events", "a"], &empty),
        (&["operations", "a"], &empty),
        (&["retry", "a"], &ready),
        (&["restart", "a", "--follow"], &done),
        (&["reset-password", "a", "--follow"], &done),
        (&["delete", "a"], &ready),
        (&["token", "list"], &empty),
    ] {
        let api = ScriptedApi::start([
            answer("502 Bad Gateway", "", ""),
            answer("503 Service Unavailable", "", ""),
            good.clone(),
        ]);
        let output = api.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert_eq!((api.requests().len(), text(&output.stderr).lines().count()), (3, 1), "{arguments:?}");
        let keys: BTreeSet<_> = api
            .requests()
            .iter()
            .map(|request| request.header("idempotency-key").map(str::to_owned))
            .collect();
        assert_eq!(keys.len(), 1, "each try has the same key, or none");
        let posts = api.lines()[0].starts_with("POST");
        assert_eq!(keys.first().unwrap().is_some(), posts, "{arguments:?}");
    }
}

#[test]
fn a_callers_own_fault_ends_it_at_once_in_whatever_form() {
    for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "409 Conflict"] {
        for body in [r#"{"message":"Forbidden"}"#, "", "<html>", r#"{"title":"No","detail":"Not you."}"#] {
            let api = ScriptedApi::start([answer(status, "", body)]);
            let output = api.run(&CREATE);
            assert_eq!((output.status.code(), api.requests().len()), (Some(1), 1), "{status} {body}");
            let printed = text(&output.stderr);
            assert!(!printed.contains("can't read") && !printed.contains("trying again"), "{printed}");
        }
    }
    let quota =
        json!({ "type": "urn:shopwright:problem:owner-quota", "title": "No room", "detail": "Full." });
    let api = ScriptedApi::start([json_answer("429 Too Many Requests", &quota)]);
    assert_eq!((api.run(&CREATE).status.code(), api.requests().len()), (Some(1), 1));
}

#[test]
fn the_api_is_given_the_time_that_it_asks_for() {
    let api = ScriptedApi::start([
        answer("503 Service Unavailable", "retry-after: 2\r\n", ""),
        json_answer("200 OK", &store("a", "Ready")),
    ]);
    let start = Instant::now();
    assert!(api.run(&["show", "a"]).status.success());
    assert!(start.elapsed().as_secs() >= 2);
    // Somebody who waits for one answer is not held up for an hour.
    let api = ScriptedApi::start([answer("503 Service Unavailable", "retry-after: 3600\r\n", "")]);
    assert_eq!((api.run(&["show", "a"]).status.code(), api.requests().len()), (Some(1), 1));
}

#[test]
fn a_single_call_gives_up_after_some_tries_and_says_so() {
    let api = ScriptedApi::start([answer("502 Bad Gateway", "", "")]);
    let output = api.run(&["show", "a"]);
    assert_eq!((output.status.code(), api.requests().len()), (Some(1), 5));
    let printed = text(&output.stderr);
    assert!(printed.contains("the API answered 502 Bad Gateway; gave up after "), "{printed}");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let output = api.command(&["show", "a"]).env("API_URL", free).output().unwrap();
    let printed = text(&output.stderr);
    assert!(printed.contains("is the stack up") && printed.contains("gave up after "), "{printed}");
}

#[test]
fn a_deletion_whose_answer_got_lost_is_done_when_the_store_is_gone() {
    let no_store =
        json_answer("404 Not Found", &json!({ "title": "There is no such store", "detail": "None." }));
    let api = ScriptedApi::start([Answer::Cut, no_store.clone()]);
    let output = api.run(&["delete", "a", "--follow"]);
    assert!(output.status.success() && text(&output.stdout).contains("gone"), "{output:?}");
    // Of one that never was there, nothing else is said than before.
    for first in [None, Some(answer("429 Too Many Requests", "", ""))] {
        let api = ScriptedApi::start(first.into_iter().chain([no_store.clone()]));
        let output = api.run(&["delete", "a", "--follow"]);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn a_token_is_never_asked_for_twice_where_the_first_may_have_been_issued() {
    for trouble in [Answer::Cut, answer("502 Bad Gateway", "", ""), answer("504 Gateway Timeout", "", "")] {
        let api = ScriptedApi::start([trouble]);
        let output = api.run(&["token", "issue", "--principal", "ada"]);
        assert_eq!((output.status.code(), api.requests().len()), (Some(1), 1));
        assert!(text(&output.stderr).contains("shopwright token list"), "{output:?}");
    }
    let issued = json!({
        "id": "8c3f0e5d7a1b2c94", "principal": "ada", "role": "owner", "createdAt": "2026-01-31T09:30:00Z",
        "expiresAt": null, "disabled": false, "token": "swt_8c3f0e5d7a1b2c94_00",
    });
    let throttled = answer("429 Too Many Requests", "", "");
    let api = ScriptedApi::start([throttled, json_answer("201 Created", &issued)]);
    let output = api.run(&["token", "issue", "--principal", "ada"]);
    assert_eq!((text(&output.stdout).trim(), api.requests().len()), ("swt_8c3f0e5d7a1b2c94_00", 2));
}
