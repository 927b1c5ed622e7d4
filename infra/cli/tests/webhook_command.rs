//! Webhooks, made, changed, tried out and received with the operator's command.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use uuid::Uuid;

fn command(arguments: &[&str]) -> Command {
    assert!(env::var_os("API_URL").is_some(), "this test needs the local stack: run it with `make test`");
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopwright"));
    command.arg("webhook").args(arguments).env_remove("WEBHOOK_SECRET").stdin(Stdio::null());
    command
}

fn webhook(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = webhook(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn as_json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(&[arguments, &["--json"]].concat())).unwrap()
}

/// The value on the line that begins with `name`.
fn line<'a>(printed: &'a str, name: &str) -> &'a str {
    printed.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{printed}")).trim()
}

#[test]
#[ignore = "needs the local stack: make test"]
fn a_webhook_is_made_changed_and_deleted() {
    // Where nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (url, owner) = (format!("http://{address}/"), format!("test-{}", Uuid::new_v4().simple()));
    let made = printed(&["create", &url, "--event", "store.*", "--owner", &owner, "--description", "Chat"]);
    let (id, secret) = (line(&made, "Webhook"), line(&made, "Secret"));
    assert!(secret.starts_with("whsec_"));

    let shown = printed(&["show", id]);
    assert_eq!(
        (line(&shown, "URL"), line(&shown, "Events"), line(&shown, "About")),
        (&*url, "store.*", "Chat")
    );
    assert!(!shown.contains("whsec_"));
    let changed = as_json(&["update", id, "--event", "operation.failed", "--event", "store.failed"]);
    assert_eq!(changed["events"].as_array().unwrap().len(), 2);
    assert_eq!((&changed["url"], &changed["description"]), (&Value::from(url), &"Chat".into()));
    assert_eq!(webhook(&["update", id]).status.code(), Some(2), "there is nothing to change");

    let tried = webhook(&["test", id, "--follow"]);
    let output = String::from_utf8(tried.stdout).unwrap();
    assert_eq!((tried.status.code(), line(&output, "Event")), (Some(1), "webhook.test"));
    assert!(line(&output, "Try").contains("no connection could be made"), "{output}");
    let delivery = line(&output, "Delivery");
    assert_eq!(webhook(&["retry", id, delivery, "--follow"]).status.code(), Some(1));
    let delivery = as_json(&["delivery", id, delivery]);
    assert_eq!((&delivery["status"], delivery["tries"].as_array().unwrap().len()), (&"GivenUp".into(), 2));
    let deliveries = printed(&["deliveries", id]);
    assert!(deliveries.contains("webhook.test") && deliveries.contains("GivenUp"), "{deliveries}");
    assert_eq!(webhook(&["deliveries", id, "--tail", "0"]).status.code(), Some(2));

    let rotated = printed(&["rotate-secret", id]);
    assert_ne!(line(&rotated, "Secret"), secret);
    assert!(line(&printed(&["show", id]), "Secret").starts_with("the present one since "));
    assert_eq!(line(&printed(&["enable", id]), "Webhook"), id);
    assert_eq!(printed(&["replay", id, "--since", "2h"]), "0 events are on the way again.\n");
    assert_eq!(as_json(&["replay", id, "--since", "2h"])["replayed"], 0);

    let listed = printed(&["list"]);
    let row = listed.lines().find(|row| row.starts_with(id)).unwrap();
    assert!(row.contains(&owner) && row.contains("failing"), "{row}");
    assert_eq!(printed(&["delete", id]), "The webhook is gone.\n");
    assert!(!printed(&["list"]).contains(id));
    let shown = webhook(&["show", id]);
    assert_eq!(shown.status.code(), Some(1));
}

#[test]
#[ignore = "needs the local stack: make test"]
fn what_is_sent_is_received_verified_and_printed() {
    let arguments = ["listen", "--port", "0", "--event", "webhook.test", "--count", "2", "--json"];
    let mut listener = command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut notes = BufReader::new(listener.stderr.take().unwrap()).lines().map(Result::unwrap);
    let made = notes.next().unwrap();
    let id = made.strip_prefix("shopwright: made the webhook ").unwrap().split(',').next().unwrap();
    let listens = notes.next().unwrap();
    let url = listens.strip_prefix("shopwright: listening at ").unwrap();
    assert_eq!(line(&printed(&["show", id]), "URL"), url);

    // What anybody may send.
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stranger = TcpStream::connect(address).unwrap();
    stranger
        .write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        .unwrap();
    let mut answer = String::new();
    stranger.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("webhook-id"), "{answer}");
    assert!(notes.next().unwrap().starts_with("shopwright: refused a request: webhook-id"));

    let delivery = as_json(&["test", id, "--follow"]);
    assert_eq!(
        (&delivery["status"], &delivery["tries"][0]["responseStatus"]),
        (&"Delivered".into(), &204.into())
    );
    let again = as_json(&["retry", id, delivery["id"].as_str().unwrap(), "--follow"]);
    assert_eq!(again["tries"].as_array().unwrap().len(), 2);
    as_json(&["test", id]);
    // It has had two, and deletes what it has made.
    assert!(listener.wait().unwrap().success());
    assert!(!printed(&["list"]).contains(id));

    let mut lines = String::new();
    listener.stdout.take().unwrap().read_to_string(&mut lines).unwrap();
    let received: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> = received.iter().map(|each| each["double"].as_bool().unwrap()).collect();
    assert_eq!(seen, [false, true, false], "{lines}");
    assert_eq!((&received[0]["id"], &received[1]["id"]), (&delivery["id"], &delivery["id"]));
    assert_eq!(received[0]["payload"]["type"], "webhook.test");
    assert_eq!(received[0]["payload"]["data"]["webhook"], id);
}
