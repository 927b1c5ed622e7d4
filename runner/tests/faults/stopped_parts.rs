//! The parts themselves stop for a while, for everybody, and go on.

use std::{env, path::PathBuf, time::Duration};

use domain::store::status::Status;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::time::{sleep, timeout};

use crate::{
    environment::{Environment, SharedParts, runner_thread::LEASE, snapshot::difference},
    every_call::baseline,
    parts,
    scenario::Scenario,
};

/// The parts that a runner calls, and what they stand on.
const STOPPED: [&str; 4] = ["dynamodb", "elasticmq", "kube-apiserver", "etcd"];
/// After how many writes and answers more the next part stops; where there are no more, soon after.
const APART: usize = 2;
const NO_MORE_CHANGES: Duration = Duration::from_secs(2);

/// A part that stands still for as long as this lives.
struct Stopped(Pid);

impl Stopped {
    fn stop(part: &str) -> Self {
        let folder =
            env::var_os("PID_FOLDER").expect("this test needs the local stack: run it with `make test`");
        let path = PathBuf::from(folder).join(format!("{part}.pid"));
        let text = std::fs::read_to_string(path).unwrap();
        // Every part leads a process group of its own.
        let group = Pid::from_raw(text.split_whitespace().next().unwrap().parse().unwrap());
        killpg(group, Signal::SIGSTOP).unwrap();
        Self(group)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        killpg(self.0, Signal::SIGCONT).unwrap();
    }
}

/// Stops one part after the other, each for longer than a lease lasts.
async fn stop_each(environment: &Environment) {
    let mut changes = environment.records.changes();
    for part in STOPPED {
        let seen = *changes.borrow();
        // Whether there were so many or no more: it stops now.
        let _ = timeout(NO_MORE_CHANGES, changes.wait_for(|changes| *changes >= seen + APART)).await;
        let stopped = Stopped::stop(part);
        sleep(LEASE + Duration::from_secs(2)).await;
        drop(stopped);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_made_and_taken_away_while_the_parts_stop_and_go_on() {
    let _alone = parts::alone().await;
    let shared = SharedParts::new().await;
    let expected = baseline(&shared, Scenario::Provisioning).await.objects.unwrap();
    let environment = Environment::new(&shared).await;
    let store = environment.set_up(Scenario::Provisioning).await;
    let _runners = [environment.start(Vec::new(), None), environment.start(Vec::new(), None)];

    stop_each(&environment).await;
    environment.settled(&store).await.unwrap();
    assert_eq!(environment.read(&store).await.state.status(), Status::Ready);
    assert_eq!(difference(&expected, &environment.snapshot(&store).await.normalized()), None);
    assert_eq!(environment.check_at_rest(&store).await, Ok(()));

    environment.request_deletion(&store).await;
    stop_each(&environment).await;
    environment.settled(&store).await.unwrap();
    assert_eq!(environment.read(&store).await.state.status(), Status::Deleted);
    assert!(!environment.snapshot(&store).await.has_namespace());
    assert_eq!(environment.check_at_rest(&store).await, Ok(()));
    environment.end(&store).await;
}
