//! Whether the official libraries of Standard Webhooks take a real delivery.
//!
//! `infra/webhooks/libraries.sh` installs them, for `make webhooks` and `make test`; without them it says that it skips.

use std::{
    env,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use domain::{
    audit::WebhookAction, table::EndpointChange, values::timestamp::Timestamp, webhook::secret::PlatformKey,
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::fixture::actor;

use crate::{
    receiver::Receiver,
    world::{PLATFORM_KEY, World, parts},
};

/// The folder that the libraries were installed in.
const FOLDER: &str = "STANDARD_WEBHOOKS";

/// So long before `now`.
fn earlier(now: Timestamp, time: Duration) -> Timestamp {
    let milliseconds = i64::try_from(time.as_millis()).unwrap();
    Timestamp::from_milliseconds(now.as_milliseconds() - milliseconds).unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make webhooks"]
async fn the_official_libraries_verify_what_a_receiver_gets_and_refuse_it_altered_late_or_under_a_secret_that_is_over()
 {
    let Some(folder) = env::var_os(FOLDER).filter(|folder| !folder.is_empty()) else {
        eprintln!("skipped: {FOLDER} names no folder with the libraries (infra/webhooks/libraries.sh)");
        return;
    };
    let (world, receiver) = (World::new().await, Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await);
    let endpoint = world.listen("ada", &format!("http://127.0.0.1:{}/", receiver.port())).await;
    world.ready("ada").await;
    world.work().await;
    // The libraries go by the real time: the rotation is a day ago.
    let (ada, action) = (actor("ada"), WebhookAction::RotateSecret);
    let change = EndpointChange { actor: &ada, now: world.now(), action, expected: None, keyed: None };
    let ago = earlier(world.now(), Duration::from_secs(24 * 3600));
    let rotated =
        world.table().change_endpoint(endpoint.id, change, |found| found.rotate(ago)).await.unwrap().endpoint;
    world.ready("ada").await;
    world.work().await;
    // And one that was kept for six minutes before it came.
    world.set_now(earlier(world.now(), Duration::from_secs(6 * 60)));
    world.ready("ada").await;
    world.work().await;

    let key = PlatformKey::parse(&PLATFORM_KEY.to_owned().into()).unwrap();
    let secret = |generation| key.secret(endpoint.id, generation).text().expose_secret().to_owned();
    let (old, new) = (secret(endpoint.generation), secret(rotated.generation));
    let got: Vec<_> = receiver.requests().iter().map(|request| parts(request)).collect();
    let case = |secret: &str, number: usize, body: &str| json!({ "secret": secret, "headers": got[number].0, "payload": body });
    let altered = got[0].1.replace("store.ready", "store.failed");
    let cases = [
        (case(&old, 0, &got[0].1), true),
        (case(&old, 0, &altered), false),
        (case(&new, 1, &got[1].1), true),
        (case(&old, 1, &got[1].1), false),
        (case(&new, 2, &got[2].1), false),
    ];
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/standard_webhooks");
    let folder = Path::new(&folder);
    let mut python = Command::new(folder.join("venv/bin/python"));
    python.arg(scripts.join("verify.py"));
    let mut node = Command::new("node");
    node.arg(scripts.join("verify.mjs")).current_dir(folder);
    for mut program in [python, node] {
        let input = Value::from_iter(cases.iter().map(|(case, _)| case.clone()));
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let verdicts: Value = serde_json::from_slice(&output.stdout).unwrap();
        let expected = Value::from_iter(cases.iter().map(|(_, is_good)| *is_good));
        assert_eq!(verdicts, expected, "{program:?}");
    }
}
