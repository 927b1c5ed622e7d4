//! Whether the official libraries of Standard Webhooks take what deliveries are signed with, and refuse the rest.
//!
//! `infra/webhooks/libraries.sh` installs them, for `make webhooks` and `make test`; without them it says that it skips.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use domain::{
    auth::principal_name::PrincipalName,
    store::slug::Slug,
    values::timestamp::Timestamp,
    webhook::{
        endpoint::{Endpoint, OVERLAP, Scope},
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
        pattern::EventPattern,
        secret::{PlatformKey, SigningSecret},
        signature::SignedHeaders,
    },
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

/// The folder that the libraries were installed in: `venv` and `node_modules`.
const FOLDER: &str = "STANDARD_WEBHOOKS";
const API: &str = "https://api.example";

/// What a receiver has to decide on, with what it must come to.
struct Case {
    name: &'static str,
    is_good: bool,
    secret: String,
    headers: SignedHeaders,
    payload: String,
}

fn key() -> PlatformKey {
    PlatformKey::parse(&"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned().into()).unwrap()
}

fn endpoint(now: Timestamp) -> Endpoint {
    let scope = Scope::Owner(PrincipalName::parse("ada").unwrap());
    let events = vec![EventPattern::All].try_into().unwrap();
    Endpoint::new(scope, "https://receiver.example/".into(), events, None, now)
}

fn notice(now: Timestamp) -> Notice {
    Notice {
        id: Uuid::now_v7(),
        at: now,
        subject: NoticeSubject::Store {
            store: Slug::parse("my-shop").unwrap(),
            uid: Uuid::now_v7(),
            owner: "ada".into(),
            sequence: 1,
        },
        occurrence: Occurrence::StoreReady { url: "https://my-shop.example/ü".into() },
    }
}

fn text(secret: &SigningSecret) -> String {
    secret.text().expose_secret().to_owned()
}

fn cases(now: Timestamp) -> Vec<Case> {
    let day = OVERLAP;
    let ago = |duration: Duration| {
        let milliseconds = now.as_milliseconds() - i64::try_from(duration.as_millis()).unwrap();
        Timestamp::from_milliseconds(milliseconds).unwrap()
    };
    let (key, notice) = (key(), notice(now));
    let payload = String::from_utf8(notice.payload(API).unwrap()).unwrap();
    let signed = |endpoint: &Endpoint, at| {
        SignedHeaders::new(&endpoint.secrets(&key, at), notice.id, at, payload.as_bytes())
    };
    let first = endpoint(now);
    let secret = text(&first.secrets(&key, now)[0]);
    let good = signed(&first, now);
    let case = |name, is_good, secret: &str, headers: &SignedHeaders, payload: &str| Case {
        name,
        is_good,
        secret: secret.to_owned(),
        headers: headers.clone(),
        payload: payload.to_owned(),
    };
    let later = SignedHeaders { timestamp: (now.as_seconds() + 1).to_string(), ..good.clone() };
    let other_id = SignedHeaders { id: Uuid::now_v7().to_string(), ..good.clone() };
    let (lately, long_ago) =
        (first.clone().rotate(ago(day - Duration::from_secs(600))), first.clone().rotate(ago(day)));
    let renewed = text(&lately.secrets(&key, now)[0]);
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    vec![
        case("as it is sent", true, &secret, &good, &payload),
        case("tried again four minutes ago", true, &secret, &signed(&first, ago(minutes(4))), &payload),
        case("altered", false, &secret, &good, &payload.replace("my-shop", "my-shoe")),
        case("with another id", false, &secret, &other_id, &payload),
        case("with another time", false, &secret, &later, &payload),
        case("late", false, &secret, &signed(&first, ago(minutes(6))), &payload),
        case("early", false, &secret, &signed(&first, now.plus(minutes(6))), &payload),
        case("of another endpoint", false, &text(&endpoint(now).secrets(&key, now)[0]), &good, &payload),
        case("by the old secret in its day", true, &secret, &signed(&lately, now), &payload),
        case("by the new secret in that day", true, &renewed, &signed(&lately, now), &payload),
        case("by the old secret after its day", false, &secret, &signed(&long_ago, now), &payload),
        case("by the new secret after that day", true, &renewed, &signed(&long_ago, now), &payload),
        case("by the new secret before the rotation", false, &renewed, &good, &payload),
    ]
}

/// What a program that verifies makes of each case: true, or false.
fn verdicts(mut program: Command, cases: &[Case]) -> Value {
    let input: Vec<_> = cases
        .iter()
        .map(|case| {
            let headers = Value::from_iter(case.headers.named());
            json!({ "secret": case.secret, "headers": headers, "payload": case.payload })
        })
        .collect();
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(Value::from(input).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program:?} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_official_libraries_verify_what_is_signed_and_refuse_the_rest() {
    let Some(folder) = env::var_os(FOLDER).filter(|folder| !folder.is_empty()) else {
        eprintln!("skipped: {FOLDER} names no folder with the libraries (infra/webhooks/libraries.sh)");
        return;
    };
    let (folder, scripts) =
        (Path::new(&folder), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/standard_webhooks"));
    let mut python = Command::new(folder.join("venv/bin/python"));
    python.arg(scripts.join("verify.py"));
    let mut node = Command::new("node");
    node.arg(scripts.join("verify.mjs")).current_dir(folder);
    let cases = cases(Timestamp::now());
    for program in [python, node] {
        let shown = format!("{program:?}");
        let verdicts = verdicts(program, &cases);
        for (place, case) in cases.iter().enumerate() {
            assert_eq!(verdicts[place], case.is_good, "{}: {shown}", case.name);
        }
    }
}
