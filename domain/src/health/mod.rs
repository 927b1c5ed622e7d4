//! How the shop of a store that is up does in the cluster: an axis of its own beside the store's status,
//! which only tells whether the store was made.
//!
//! A runner's *sweep* observes all stores, assesses what it saw ([`Health::of`]) and writes down what is not as it
//! was ([`HealthChange`]). Whoever reads makes a [`HealthReport`] of that, and of when the last sweep was.

pub mod assessment;
mod bounds;
mod observation;
mod page;
mod reasons;
mod report;
mod sweep;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::{
    assessment::Assessment,
    bounds::Omitted,
    observation::{
        Certificate, LastExit, Observation, Pod, PodPhase, Presence, QuotaUse, Volume, VolumePhase, WayIn,
    },
    page::{Mail, Page, PageFailure},
    report::{HealthReport, HealthStatus},
    sweep::{AssessmentCounts, LastHealthSweep},
};
use crate::{provisioning::event::Event, store::slug::Slug, values::timestamp::Timestamp};

/// A store's health as a sweep saw it. Nothing in it changes by itself, such as an age does: that of a store
/// to which nothing happens is equal from sweep to sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// How it is.
    #[serde(rename = "verdict")]
    pub assessment: Assessment,
    /// Why it is not `Healthy`, a sentence each.
    pub reasons: Vec<String>,
    /// The pods of shop and database, by name.
    pub pods: Vec<Pod>,
    /// Their volumes, by name.
    pub volumes: Vec<Volume>,
    /// What the store uses of what it may use, by resource.
    pub quota: Vec<QuotaUse>,
    /// How a page of the shop fails, while it does. Who makes the sweeps next goes on from there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page_failure: Option<PageFailure>,
    /// How its mails go, where the shop has said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mail: Option<Mail>,
    /// How many more there are of each.
    #[serde(skip_serializing_if = "Omitted::is_nothing", default)]
    pub omitted: Omitted,
}

/// The health that was written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthRecord {
    /// What was seen.
    #[serde(flatten)]
    pub health: Health,
    /// Since when the assessment is what it is.
    pub since: Timestamp,
    /// When it was seen first. What is not written again was still so at the last sweep.
    pub observed: Timestamp,
    /// Whether what needs somebody about it was written with it. Records of before there was such a list have no such
    /// entry: they are written once more.
    #[serde(default)]
    pub is_listed: bool,
}

/// A store whose health is not what was written last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthChange {
    /// The store.
    pub id: Slug,
    /// Its incarnation.
    pub uid: Uuid,
    /// Whom it belongs to.
    pub owner: String,
    /// How it was before.
    pub from: Assessment,
    /// What is to be written.
    pub record: HealthRecord,
    /// What is recorded of it in the timeline, where the assessment is another one.
    pub event: Option<Event>,
}

impl HealthChange {
    /// What is new in `health` of the store, which was seen at `observed`, beside what was written `before`;
    /// `None` when that says it all. A store that was never seen before has just become `Ready`, and is taken
    /// to have been `Healthy` then.
    #[must_use]
    pub fn between(
        before: Option<&HealthRecord>,
        health: Health,
        (id, uid, owner): (&Slug, Uuid, &str),
        observed: Timestamp,
    ) -> Option<Self> {
        let is_recorded =
            |before: &HealthRecord| before.is_listed || before.health.assessment == Assessment::Healthy;
        if before.is_some_and(|before| before.health == health && is_recorded(before)) {
            return None;
        }
        let from = before.map_or(Assessment::Healthy, |before| before.health.assessment);
        let stays = before.filter(|before| before.health.assessment == health.assessment);
        let event = (from != health.assessment)
            .then(|| Event::health_changed(from, health.assessment, &health.reasons));
        let since = stays.map_or(observed, |before| before.since);
        let record = HealthRecord { health, since, observed, is_listed: true };
        Some(Self { id: id.clone(), uid, owner: owner.to_owned(), from, record, event })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::provisioning::event::EventKind;

    fn health(assessment: Assessment, reasons: &[&str]) -> Health {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Health {
            assessment,
            reasons,
            pods: Vec::new(),
            volumes: Vec::new(),
            quota: Vec::new(),
            page_failure: None,
            mail: None,
            omitted: Omitted::default(),
        }
    }

    fn between(before: Option<&HealthRecord>, health: Health, observed: Timestamp) -> Option<HealthChange> {
        let id = Slug::parse("my-shop").unwrap();
        HealthChange::between(before, health, (&id, Uuid::now_v7(), "ada"), observed)
    }

    #[test]
    fn what_was_written_before_is_no_change() {
        let now = Timestamp::now();
        let first = between(None, health(Assessment::Healthy, &[]), now).unwrap();
        assert_eq!(first.event, None, "a store that is made is healthy: that is no news");
        assert_eq!(between(Some(&first.record), health(Assessment::Healthy, &[]), now), None);
    }

    #[test]
    fn what_was_written_before_there_was_a_list_of_what_needs_somebody_is_written_once_more() {
        let now = Timestamp::now();
        let later = now.plus(Duration::from_secs(30));
        let degraded = || health(Assessment::Degraded, &["One pod is not ready."]);
        let first = between(None, degraded(), now).unwrap().record;
        assert_eq!(between(Some(&first), degraded(), later), None);
        let old = HealthRecord { is_listed: false, ..first };
        let again = between(Some(&old), degraded(), later).unwrap();
        assert_eq!((again.event, again.record.since, again.record.is_listed), (None, now, true));
        let well = between(None, health(Assessment::Healthy, &[]), now).unwrap().record;
        let well = HealthRecord { is_listed: false, ..well };
        assert_eq!(between(Some(&well), health(Assessment::Healthy, &[]), later), None, "that needs nobody");
    }

    #[test]
    fn another_verdict_is_reported_and_another_reason_for_the_same_is_not() {
        let now = Timestamp::now();
        let later = now.plus(Duration::from_secs(30));
        let down = between(None, health(Assessment::Down, &["There is no pod of mysql."]), now).unwrap();
        let event = down.event.unwrap();
        assert_eq!(event.kind, EventKind::HealthChanged);
        assert_eq!(event.message, "Its health went from Healthy to Down. There is no pod of mysql.");

        let still = health(Assessment::Down, &["There is no pod of wordpress."]);
        let still = between(Some(&down.record), still, later).unwrap();
        assert_eq!((still.event, still.record.since, still.record.observed), (None, now, later));

        let back = between(Some(&still.record), health(Assessment::Healthy, &[]), later).unwrap();
        assert_eq!(back.event.unwrap().message, "Its health went from Down to Healthy.");
        assert_eq!(back.record.since, later);
    }
}
