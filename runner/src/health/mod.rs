//! Looks regularly at how all stores do in the cluster, and writes down what is not as it was.
//!
//! One runner at a time makes these *passes*, under a lease of their own. A pass reads which stores are up
//! (`Table::ready_stores`), what there is of them in the cluster (`view.rs`, by a few lists of the whole
//! cluster), judges it, and writes the stores that have changed, and last of all that it came to its end. A
//! pass that can't read everything writes nothing: half of it would be taken for the truth.

mod listing;
mod objects;
mod view;

use std::{collections::HashMap, time::Duration};

use domain::{
    health::{Health, HealthChange, HealthRecord, PassClaim, Tally},
    table::{Incarnation, LeftOut, PassError, PassTaken, Table, TableError},
    values::timestamp::Timestamp,
};
use kube::Client;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::listing::{Effort, PAGE};
use self::{listing::Listing, view::View};
use crate::{runner::Runner, settings::CertificateNeed};

/// A pass did not come to its end; the next one looks anew.
#[derive(Debug, thiserror::Error)]
pub enum PassFailure {
    /// The Kubernetes API.
    #[error("the Kubernetes API: {0}")]
    Cluster(#[from] kube::Error),
    /// The table, or the lease is lost.
    #[error(transparent)]
    Table(#[from] PassError),
    /// It took too long.
    #[error("it took longer than {} s", .0.as_secs())]
    Late(Duration),
}

impl From<TableError> for PassFailure {
    fn from(error: TableError) -> Self {
        Self::Table(error.into())
    }
}

/// What the time for a pass comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// All stores were seen.
    Here(PassReport),
    /// Another runner makes the passes, until then unless it goes on.
    Elsewhere(Timestamp),
}

/// What a pass saw, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassReport {
    /// The stores that are up, by verdict.
    pub seen: Tally,
    /// How many of them were written.
    pub written: usize,
    /// How many the table refused: each alone.
    pub refused: usize,
    /// What was read of the cluster.
    pub effort: Effort,
}

/// The passes of one runner.
pub struct HealthWatch {
    table: Table,
    listing: Listing,
    /// Whether each store has a certificate of its own.
    certificates: bool,
    holder: String,
    interval: Duration,
    /// How long a pass may take.
    limit: Duration,
    claim: Option<PassClaim>,
    /// What was written last of each store that is up; `None` of those of which nothing was. Of others,
    /// the table is asked: of all, when the lease was taken.
    known: HashMap<Uuid, Option<HealthRecord>>,
}

/// Makes passes regularly until `drain`, whenever no other runner does, and lets the next one go on then.
pub async fn watch_regularly(runner: &Runner, drain: CancellationToken) {
    let mut watch = HealthWatch::new(runner);
    // Not at once: what waits for a runner that has just started is more urgent.
    let mut next = Instant::now() + watch.interval;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = drain.cancelled() => break,
        }
        let (begun, now) = (Instant::now(), Timestamp::now());
        let passed = tokio::select! {
            passed = watch.pass(now) => passed,
            () = drain.cancelled() => break,
        };
        runner.metrics.health_passed(&passed, begun.elapsed());
        next = begun + pause(&passed, now, watch.interval);
        if let Err(error) = passed {
            tracing::error!(%error, "a pass over the health of stores did not come to its end");
        }
    }
    watch.give_back().await;
}

/// How long from one pass to the next, or to the end of the lease of who makes them.
fn pause(passed: &Result<Passed, PassFailure>, now: Timestamp, interval: Duration) -> Duration {
    match passed {
        Ok(Passed::Elsewhere(until)) => until.since(now).min(interval),
        Ok(Passed::Here(_)) | Err(_) => interval,
    }
}

impl HealthWatch {
    /// The passes of `runner`, which has made none yet.
    #[must_use]
    pub fn new(runner: &Runner) -> Self {
        Self::over(runner.client.clone(), runner, PAGE)
    }

    /// The same through another `client`, which lists at most `page` objects in a request.
    #[must_use]
    pub fn over(client: Client, runner: &Runner, page: u32) -> Self {
        Self {
            table: runner.table.clone(),
            listing: Listing::new(client, page),
            certificates: runner.settings.ingress.certificate() != CertificateNeed::None,
            holder: runner.holder.clone(),
            interval: runner.limits.health_interval(),
            limit: runner.limits.lease(),
            claim: None,
            known: HashMap::new(),
        }
    }

    /// Makes one pass at `now`, unless another runner makes them.
    ///
    /// # Errors
    /// [`PassFailure`]; what was written until then is as it was seen.
    pub async fn pass(&mut self, now: Timestamp) -> Result<Passed, PassFailure> {
        let claim = match self.claim.clone() {
            Some(claim) => claim,
            None => match self.take(now).await? {
                PassTaken::Now(claim) => claim,
                PassTaken::Held(until) => return Ok(Passed::Elsewhere(until)),
            },
        };
        let limit = self.limit;
        let passed = match tokio::time::timeout(limit, Box::pin(self.pass_under(&claim, now))).await {
            Ok(passed) => passed,
            Err(_) => Err(PassFailure::Late(limit)),
        };
        if matches!(passed, Err(PassFailure::Table(PassError::Lost))) {
            self.claim = None;
        }
        passed.map(Passed::Here)
    }

    /// Gives the lease back, if it is held, so that another runner need not wait for its end.
    pub async fn give_back(self) {
        let Some(claim) = self.claim else { return };
        if let Err(error) = self.table.release_pass(&claim).await {
            tracing::info!(%error, "the lease of the health passes was not given back: it ends by itself");
        }
    }

    /// How long the lease lasts: from the end of a pass to that of the next one.
    fn lease(&self) -> Duration {
        self.interval + self.limit
    }

    async fn take(&mut self, now: Timestamp) -> Result<PassTaken, TableError> {
        let taken = self.table.take_pass(&self.holder, now, self.lease(), self.interval).await?;
        if let PassTaken::Now(claim) = &taken {
            tracing::info!(epoch = claim.epoch(), "this runner makes the health passes now");
            // Another one may have written since.
            self.known.clear();
            self.claim = Some(claim.clone());
        }
        Ok(taken)
    }

    async fn pass_under(&mut self, claim: &PassClaim, now: Timestamp) -> Result<PassReport, PassFailure> {
        // The table first: a store that becomes Ready while the cluster is read is none of this pass, so
        // that what was not there yet when its turn came is not missed.
        let stores = self.table.ready_stores().await?;
        let (view, effort) = View::of(&self.listing, &stores, self.certificates).await?;
        self.remember(&stores).await?;
        let (mut seen, changes) = self.judge(&stores, view, now);
        let (written, refused) = self.write(claim, changes, &mut seen).await?;
        self.table.end_pass(claim, now, &seen, Timestamp::now().plus(self.lease())).await?;
        Ok(PassReport { seen, written, refused, effort })
    }

    /// Knows of `stores`, and of no others, what was written last.
    async fn remember(&mut self, stores: &[Incarnation]) -> Result<(), TableError> {
        let mut before = std::mem::take(&mut self.known);
        let (mut known, mut unknown) = (HashMap::new(), Vec::new());
        for store in stores {
            match before.remove(&store.uid) {
                Some(record) => drop(known.insert(store.uid, record)),
                None => unknown.push(store.clone()),
            }
        }
        self.known = known;
        let mut records = self.table.healths(&unknown).await?;
        self.known.extend(unknown.iter().map(|store| (store.uid, records.remove(&store.uid))));
        Ok(())
    }

    /// What was seen in all, and what of it is new.
    fn judge(&self, stores: &[Incarnation], mut view: View, now: Timestamp) -> (Tally, Vec<HealthChange>) {
        let mut seen = Tally::default();
        let mut changes = Vec::new();
        for Incarnation { id, uid } in stores {
            let health = Health::of(view.take(*uid), now);
            seen.add(health.verdict);
            let before = self.known.get(uid).and_then(Option::as_ref);
            changes.extend(HealthChange::between(before, health, id, *uid, now));
        }
        (seen, changes)
    }

    /// Writes `changes`, and returns how many that were, and how many the table refused. What was `seen` of stores that are not up any more
    /// is taken back: a store that is deleted just now is not missing.
    async fn write(
        &mut self,
        claim: &PassClaim,
        changes: Vec<HealthChange>,
        seen: &mut Tally,
    ) -> Result<(usize, usize), PassError> {
        // Should it not come to its end, the table is asked what of it was written.
        for change in &changes {
            self.known.remove(&change.uid);
        }
        let LeftOut { moved_on, refused } = self.table.record_health(claim, &changes).await?;
        let written = changes.len() - moved_on.len() - refused.len();
        for (uid, error) in &refused {
            tracing::error!(%uid, %error, "the health of a store was not written: the next pass tries again");
        }
        for HealthChange { id, uid, record, event } in changes {
            if moved_on.contains(&uid) {
                seen.take_back(record.health.verdict);
                continue;
            }
            if refused.iter().any(|(refused, _)| *refused == uid) {
                continue;
            }
            if let Some(event) = event {
                tracing::info!(store = %id, %uid, health = %record.health.verdict, "{}", event.message);
            }
            self.known.insert(uid, Some(record));
        }
        Ok((written, refused.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_that_waits_for_the_passes_looks_again_at_the_end_of_their_lease_or_after_an_interval() {
        let (now, interval) = (Timestamp::now(), Duration::from_secs(30));
        let elsewhere = |seconds| {
            let until = now.plus(Duration::from_secs(seconds));
            pause(&Ok(Passed::Elsewhere(until)), now, interval).as_secs()
        };
        assert_eq!((elsewhere(0), elsewhere(7), elsewhere(60)), (0, 7, 30));
        assert_eq!(pause(&Err(PassFailure::Late(interval)), now, interval), interval);
    }
}
