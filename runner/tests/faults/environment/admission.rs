//! Lets environments begin only as fast as the machine bears it. Where it is too slow for those that are there, runners
//! lose their leases by themselves, and faults come of which nobody knows.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use testkit::fixture::Fixture;
use tokio::{sync::watch, time::timeout};

/// So many environments there may be at any rate.
const AT_LEAST: usize = 4;
/// What a read of the table may take: a runner extends its lease in a third of its time, and writes more than once.
const QUICK: Duration = Duration::from_millis(400);
/// How many reads of the table must be that quick.
const READS: usize = 3;
/// How long until the machine is looked at again, unless an environment ends before.
const PAUSE: Duration = Duration::from_secs(2);

/// How many environments there are, of all tests of this process.
static ENVIRONMENTS: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// What it is seen by whether the machine bears another environment.
#[derive(Clone)]
pub(crate) struct Admission(Fixture);

/// The place of an environment.
pub(crate) struct Place;

impl Admission {
    pub(crate) async fn new() -> Self {
        Self(Fixture::new().await)
    }

    /// Waits until another environment may begin.
    pub(crate) async fn place(&self) -> Place {
        let mut environments = ENVIRONMENTS.subscribe();
        while *environments.borrow_and_update() >= AT_LEAST && !self.is_quick().await {
            // Whether one ended or the time was over: look again.
            let _ = timeout(PAUSE, environments.changed()).await;
        }
        ENVIRONMENTS.send_modify(|environments| *environments += 1);
        Place
    }

    async fn is_quick(&self) -> bool {
        for _ in 0..READS {
            let asked = Instant::now();
            // One that fails was not answered in many times that.
            if self.0.table.platform_count().await.is_err() || asked.elapsed() > QUICK {
                return false;
            }
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        ENVIRONMENTS.send_modify(|environments| *environments -= 1);
    }
}
