//! Announces what this runner makes new stores of, so that the API can tell which stores are behind.

use std::{sync::Arc, time::Duration};

use domain::table::TableError;

use super::{BackgroundLoop, FirstTurn, Schedule};
use crate::runner::Runner;

/// How often it is looked at. A runner of before that ends last in a rollout may have put its own there.
const INTERVAL: Duration = Duration::from_secs(300);

/// The announcements of one runner.
pub(super) struct ReleaseAnnouncement(Arc<Runner>);

impl ReleaseAnnouncement {
    pub(super) fn new(runner: Arc<Runner>) -> Self {
        Self(runner)
    }
}

impl BackgroundLoop for ReleaseAnnouncement {
    type Report = bool;
    type Error = TableError;

    fn name(&self) -> &'static str {
        "release"
    }

    fn schedule(&self) -> Schedule {
        Schedule { interval: INTERVAL, first: FirstTurn::AtOnce }
    }

    async fn turn(&mut self) -> Result<bool, TableError> {
        let Self(runner) = self;
        let release = runner.settings.release();
        let is_news = runner.table.announce_release(&release).await?;
        if is_news {
            tracing::info!(store = %release.store, database = %release.database, "new stores are made of this");
        }
        Ok(is_news)
    }

    fn record(&self, _turn: &Result<bool, TableError>, _duration: Duration) {}
}
