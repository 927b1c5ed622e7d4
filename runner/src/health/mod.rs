//! The health sweep: how all stores do in the cluster, and what of that is written down.
//!
//! One runner at a time makes the sweeps, under a lease of their own. A sweep reads which stores are up
//! (`Table::fleet`, which counts all others too), and what there is of them in the cluster (`view.rs`). It assesses that, writes the
//! stores that have changed, and last of all that it came to its end. A sweep that can't read everything writes
//! nothing: half of it would be taken for the truth.
//!
//! - *Nothing is asked for one store.* Each kind is listed for the whole cluster, page by page (`listing.rs`), by
//!   the labels that the builders give. Only those fields are read that are needed (`objects`).
//! - *What does not change is not written.* Of a fleet to which nothing happens, a sweep writes one item.
//! - *The table is read before the cluster*, so that a store which becomes `Ready` meanwhile is none of that sweep.
//!   Namespaces are listed last, so that one that goes in the middle is missed as a whole.
//! - *What was written last* is remembered by the runner that makes the sweeps. It reads from the table what it does
//!   not remember: all stores when it takes over, new ones, and those of a write whose answer it did not get.

mod listing;
mod objects;
mod pages;
mod view;

use std::{collections::HashMap, time::Duration};

use domain::{
    health::{AssessmentCounts, Health, HealthChange, HealthRecord},
    lease::HealthSweepClaim,
    table::{HealthSweepError, HealthSweepLease, Incarnation, LeftOut, Table, TableError},
    values::timestamp::Timestamp,
};
use kube::Client;
use uuid::Uuid;

use self::{listing::Listing, view::View};
pub use self::{
    listing::{Effort, PAGE},
    pages::{Asker, PageChecks, PageCounts, Pages},
};
use crate::{
    observe::metrics::{HealthCounts, Metrics},
    runner::Runner,
    settings::CertificateNeed,
};

/// A sweep did not come to its end; the next one reads everything anew.
#[derive(Debug, thiserror::Error)]
pub enum HealthSweepFailure {
    /// The Kubernetes API.
    #[error("the Kubernetes API: {0}")]
    Cluster(#[from] kube::Error),
    /// The table, or the lease is lost.
    #[error(transparent)]
    Table(#[from] HealthSweepError),
    /// It took too long.
    #[error("it took longer than {} s", .0.as_secs())]
    Late(Duration),
}

impl From<TableError> for HealthSweepFailure {
    fn from(error: TableError) -> Self {
        Self::Table(error.into())
    }
}

/// What a sweep comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthSweep {
    /// All stores were seen.
    Here(HealthSweepReport),
    /// Another runner makes the sweeps, until then unless it goes on.
    Elsewhere(Timestamp),
}

/// What a sweep saw, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSweepReport {
    /// The stores that are up, by assessment.
    pub seen: AssessmentCounts,
    /// How many of them were written.
    pub written: usize,
    /// How many the table refused: each alone.
    pub refused: usize,
    /// What was read of the cluster.
    pub effort: Effort,
}

/// The sweeps of one runner.
pub struct HealthSweeper {
    table: Table,
    listing: Listing,
    /// Whether each store has a certificate of its own.
    certificates: bool,
    metrics: Metrics,
    holder: String,
    interval: Duration,
    /// How long a sweep may take.
    limit: Duration,
    claim: Option<HealthSweepClaim>,
    /// The shops whose pages are asked for, where they are.
    pages: Option<Pages>,
    /// What was written last of each store that is up; `None` of those of which nothing was. Of others,
    /// the table is asked: of all, when the lease was taken.
    known: HashMap<Uuid, Option<HealthRecord>>,
}

impl HealthSweeper {
    /// The sweeps of `runner`, which has made none yet.
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
            metrics: runner.metrics.clone(),
            holder: runner.holder.clone(),
            interval: runner.limits.health_interval(),
            limit: runner.limits.lease(),
            claim: None,
            pages: None,
            known: HashMap::new(),
        }
    }

    /// The same, which also tells `pages` which shops to ask, and takes in how they answer.
    #[must_use]
    pub fn with_pages(self, pages: Pages) -> Self {
        Self { pages: Some(pages), ..self }
    }

    /// Makes one sweep at `now`, unless another runner makes them.
    ///
    /// # Errors
    /// [`HealthSweepFailure`]; what was written until then is as it was seen.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<HealthSweep, HealthSweepFailure> {
        let claim = match self.claim.clone() {
            Some(claim) => claim,
            None => match self.take(now).await? {
                HealthSweepLease::Claimed(claim) => claim,
                HealthSweepLease::Held(until) => {
                    self.stop_requests();
                    return Ok(HealthSweep::Elsewhere(until));
                }
            },
        };
        let limit = self.limit;
        let swept = match tokio::time::timeout(limit, Box::pin(self.sweep_under(&claim, now))).await {
            Ok(swept) => swept,
            Err(_) => Err(HealthSweepFailure::Late(limit)),
        };
        if matches!(swept, Err(HealthSweepFailure::Table(HealthSweepError::Lost))) {
            self.claim = None;
            self.stop_requests();
        }
        swept.map(HealthSweep::Here)
    }

    /// How often a sweep is made.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Counts a sweep that took `duration`.
    pub fn record(&self, swept: &Result<HealthSweep, HealthSweepFailure>, duration: Duration) {
        let counts = match swept {
            Ok(HealthSweep::Here(HealthSweepReport { seen, written, refused, effort: _ })) => {
                Ok(HealthCounts { seen: *seen, written: *written, refused: *refused })
            }
            Ok(HealthSweep::Elsewhere(_)) => return self.metrics.health_is_swept_elsewhere(),
            Err(error) => Err(error),
        };
        self.metrics.health_sweep_ended(&counts, duration);
    }

    /// Releases the lease, if it is held, so that another runner need not wait for its end.
    pub async fn release(self) {
        let Some(claim) = self.claim else { return };
        if let Err(error) = self.table.release_health_sweep(&claim).await {
            tracing::info!(%error, "the lease of the health sweeps was not released: it ends by itself");
        }
    }

    /// How long the lease lasts: from the end of a sweep to that of the next one.
    fn lease(&self) -> Duration {
        self.interval + self.limit
    }

    fn stop_requests(&self) {
        if let Some(pages) = &self.pages {
            pages.forget();
        }
    }

    async fn take(&mut self, now: Timestamp) -> Result<HealthSweepLease, TableError> {
        let taken = self.table.claim_health_sweep(&self.holder, now, self.lease(), self.interval).await?;
        if let HealthSweepLease::Claimed(claim) = &taken {
            tracing::info!(epoch = claim.epoch(), "this runner makes the health sweeps now");
            // Another one may have written since.
            self.known.clear();
            self.claim = Some(claim.clone());
        }
        Ok(taken)
    }

    async fn sweep_under(
        &mut self,
        claim: &HealthSweepClaim,
        now: Timestamp,
    ) -> Result<HealthSweepReport, HealthSweepFailure> {
        // The table first: a store that becomes Ready while the cluster is read is none of this sweep, so
        // that what was not there yet when its turn came is not missed.
        let (stores, counts) = self.table.fleet().await?;
        let (view, effort) = View::of(&self.listing, &stores, self.certificates).await?;
        self.read_known(&stores).await?;
        if let Some(pages) = &self.pages {
            let written = |uid| self.known.get(&uid).and_then(Option::as_ref);
            pages.follow(view.targets().map(|(uid, target)| {
                (uid, target, written(uid).and_then(|record| record.health.page_failure.clone()))
            }));
        }
        let (mut seen, changes) = self.assess(&stores, view, now);
        let (written, refused) = self.write(claim, changes, &mut seen).await?;
        self.table
            .end_health_sweep(claim, now, (&seen, &counts), Timestamp::now().plus(self.lease()))
            .await?;
        Ok(HealthSweepReport { seen, written, refused, effort })
    }

    /// Knows of `stores`, and of no others, what was written last.
    async fn read_known(&mut self, stores: &[Incarnation]) -> Result<(), TableError> {
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
    fn assess(
        &self,
        stores: &[Incarnation],
        mut view: View,
        now: Timestamp,
    ) -> (AssessmentCounts, Vec<HealthChange>) {
        let mut seen = AssessmentCounts::default();
        let mut changes = Vec::new();
        for Incarnation { id, uid, owner, wants_way_in: _ } in stores {
            let before = self.known.get(uid).and_then(Option::as_ref);
            let mut observation = view.take(*uid);
            if let Some(pages) = &self.pages {
                let (page, mail) = pages.of(*uid);
                observation.page = page;
                // What a shop has counted is so until it counts on.
                observation.mail = mail.or_else(|| before.and_then(|before| before.health.mail.clone()));
            }
            let health = Health::of(observation, now);
            seen.add(health.assessment);
            changes.extend(HealthChange::between(before, health, (id, *uid, owner), now));
        }
        (seen, changes)
    }

    /// Writes `changes`, and returns how many that were, and how many the table refused. What was `seen` of stores that are not up any more
    /// is taken back: a store that is deleted just now is not missing.
    async fn write(
        &mut self,
        claim: &HealthSweepClaim,
        changes: Vec<HealthChange>,
        seen: &mut AssessmentCounts,
    ) -> Result<(usize, usize), HealthSweepError> {
        // Should it not come to its end, the table is asked what of it was written.
        for change in &changes {
            self.known.remove(&change.uid);
        }
        let LeftOut { moved_on, refused } = self.table.record_health(claim, &changes).await?;
        let written = changes.len() - moved_on.len() - refused.len();
        for (uid, error) in &refused {
            tracing::error!(%uid, %error, "the health of a store was not written: the next sweep tries again");
        }
        for HealthChange { id, uid, owner: _, from: _, record, event } in changes {
            if moved_on.contains(&uid) {
                seen.take_back(record.health.assessment);
                continue;
            }
            if refused.iter().any(|(refused, _)| *refused == uid) {
                continue;
            }
            if let Some(event) = event {
                tracing::info!(store = %id, %uid, health = %record.health.assessment, "{}", event.message);
            }
            self.known.insert(uid, Some(record));
        }
        Ok((written, refused.len()))
    }
}
