//! What can be seen of a runner from outside.

use std::{process::Stdio, time::Duration};

use domain::{queue::job::Job, store::status::Status};
use nix::sys::signal::Signal;
use serde_json::Value;
use testkit::account::Account;
use tokio::{net::TcpListener, process::Command};

use crate::support::{harness::Harness, process::Process};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn get(address: &str, path: &str) -> (u16, String) {
    // The client wants a provider of TLS, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The value of one series.
fn value(metrics: &str, series: &str) -> f64 {
    let found = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {series} in {metrics}")).parse().unwrap()
}

/// What a line says of the work it is about: its own fields and those of all its spans.
fn fields(line: &Value) -> Vec<&str> {
    let own = line.as_object().unwrap().keys();
    let spans = line["spans"].as_array().into_iter().flatten();
    own.chain(spans.flat_map(|span| span.as_object().unwrap().keys())).map(String::as_str).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_shows_that_it_is_ready_and_what_it_did() {
    let harness = Harness::new().await;
    let mut process = Process::start(&harness, &[]);
    let address = process.address().await;
    assert_eq!(get(&address, "/healthz").await, (200, "alive\n".into()));
    // There is no event to wait for: a probe asks again and again.
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let ready = loop {
        ticks.tick().await;
        match get(&address, "/readyz").await {
            (200, body) => break body,
            (503, body) => assert!(body.contains("not reached yet"), "{body}"),
            (code, body) => panic!("{code} {body}"),
        }
    };
    for peer in ["table", "queue", "API server"] {
        assert!(ready.contains(&format!("{peer}: reached ")), "{ready}");
    }

    let store = harness.fixture.store().await;
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    harness.fixture.queue.send(&Job::of(&store).unwrap(), Some(&traceparent)).await.unwrap();
    harness.until(&store, |store| store.state.status() == Status::Ready).await;
    let deleting = harness.request_deletion(&store).await;
    harness.fixture.queue.send(&Job::of(&deleting).unwrap(), None).await.unwrap();
    harness.until(&store, |store| store.state.status() == Status::Deleted).await;
    // The table knows before the job has ended.
    let metrics = loop {
        let (code, metrics) = get(&address, "/metrics").await;
        assert_eq!(code, 200);
        if value(&metrics, "shopwright_runner_active_slots") == 0.0 {
            break metrics;
        }
        ticks.tick().await;
    };
    for (series, expected) in [
        (r#"shopwright_runner_jobs_total{task="Provision",outcome="done"}"#, 1.0),
        (r#"shopwright_runner_jobs_total{task="Teardown",outcome="done"}"#, 1.0),
        (r#"shopwright_store_transitions_total{status="Ready"}"#, 1.0),
        (r#"shopwright_store_transitions_total{status="Failed"}"#, 0.0),
        (r#"shopwright_store_transitions_total{status="Deleted"}"#, 1.0),
        (r#"shopwright_runner_step_duration_seconds_count{step="wait_mysql",outcome="done"}"#, 1.0),
        (r#"shopwright_runner_step_duration_seconds_count{step="delete_namespace",outcome="done"}"#, 1.0),
        ("shopwright_runner_queue_delay_seconds_count", 2.0),
        ("shopwright_runner_slots", 3.0),
        ("shopwright_runner_lease_losses_total", 0.0),
    ] {
        assert_eq!(value(&metrics, series), expected, "{series}");
    }
    assert!(value(&metrics, "shopwright_runner_queue_delay_seconds_sum") < 60.0);
    assert!(value(&metrics, r#"shopwright_runner_sweeps_total{outcome="done"}"#) >= 1.0);

    process.signal(Signal::SIGTERM);
    let (log, ended_well) = process.ended().await;
    assert!(ended_well);
    let steps: Vec<_> = log.iter().filter(|line| line["message"] == "a step begins").collect();
    assert_eq!(steps.len(), 11);
    for line in steps {
        let fields = fields(line);
        for field in ["store", "uid", "task", "attempt", "step"] {
            assert!(fields.contains(&field), "no {field} in {line}");
        }
        // Only the first of the two jobs came with a trace.
        assert_eq!(fields.contains(&"trace_id"), line["step"] != "delete_namespace", "{line}");
    }
    assert!(log.iter().any(|line| line["spans"][0]["trace_id"] == TRACE), "{log:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_port_that_is_taken_is_an_error_that_names_its_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["run", "--table-name", "stores", "--queue-url", "http://sqs.test/jobs", "--listen", &address])
        .env("KUBECONFIG", Account::Runner.kubeconfig())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains(&address) && printed.contains("--listen (LISTEN)"), "{printed}");
}
