//! A store's health, as a reader sees it.

use serde::{Deserialize, Serialize};

use super::{Assessment, Health, HealthRecord, LastHealthSweep, Mail, Omitted, Pod, QuotaUse, Volume};
use crate::{
    store::{power::Power, state::State, status::Status},
    values::timestamp::Timestamp,
};

/// How a store is, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum HealthStatus {
    /// Shop and database are ready, on volumes that are bound.
    Healthy,
    /// The shop serves, but something is not as it should be.
    Degraded,
    /// The shop, or its database, has no pod that is ready, or nothing leads visitors to the shop, or its pages fail.
    Down,
    /// The store's namespace is not in the cluster, or on its way out, and nobody asked for that.
    Missing,
    /// The store is stopped because somebody asked for that, or on its way there or back.
    Hibernated,
    /// Nobody has looked lately, or the store is not `Ready`.
    Unknown,
}

impl From<Assessment> for HealthStatus {
    fn from(assessment: Assessment) -> Self {
        match assessment {
            Assessment::Healthy => Self::Healthy,
            Assessment::Degraded => Self::Degraded,
            Assessment::Down => Self::Down,
            Assessment::Missing => Self::Missing,
        }
    }
}

/// A store's health for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = StoreHealth))]
#[serde(rename_all = "camelCase")]
pub struct HealthReport {
    /// How the store is.
    pub status: HealthStatus,
    /// Why it is not `Healthy`, a sentence each.
    pub reasons: Vec<String>,
    /// Since when it is so; null where it is `Unknown`.
    #[cfg_attr(feature = "schema", schema(required))]
    pub since: Option<Timestamp>,
    /// When it was last seen to be so, and all that follows; null if it never was seen.
    #[cfg_attr(feature = "schema", schema(required))]
    pub observed_at: Option<Timestamp>,
    /// The pods of shop and database, by name.
    pub pods: Vec<Pod>,
    /// Their volumes, by name.
    pub volumes: Vec<Volume>,
    /// What the store uses of what it may use, by resource.
    pub quota: Vec<QuotaUse>,
    /// How its mails go, as the shop counts them; absent where it has not said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mail: Option<Mail>,
    /// How many more there are of each than are listed here; absent where all are.
    #[serde(skip_serializing_if = "Omitted::is_nothing", default)]
    pub omitted: Omitted,
}

impl HealthReport {
    /// What there is to tell at `now` of a store in `state`, of whose health `record` was written last. It
    /// is not written that nobody has looked for a while, since nobody is there then who would: the reader
    /// sees it.
    #[must_use]
    pub fn of(
        state: &State,
        record: Option<HealthRecord>,
        pass: Option<LastHealthSweep>,
        now: Timestamp,
    ) -> Self {
        let status = state.status();
        if status != Status::Ready {
            return Self::unknown(format!(
                "The store is {status}; health is known of stores that are Ready."
            ));
        }
        let becomes = match state.power() {
            Some(Power::Running) | None => None,
            Some(Power::Hibernating) => Some("being stopped"),
            Some(Power::Hibernated) => Some("stopped"),
            Some(Power::Resuming) => Some("being started"),
            Some(Power::Upgrading) => Some("being upgraded"),
        };
        if let Some((power, becomes)) = state.power().zip(becomes) {
            let reason = format!(
                "The store is {power}: shop and database are {becomes} because somebody asked for it."
            );
            return Self { status: HealthStatus::Hibernated, ..Self::unknown(reason) };
        }
        let last = pass.and_then(|pass| pass.observed);
        let Some(HealthRecord { health, since, observed, is_listed: _ }) = record else {
            return Self::unknown(match last {
                Some(last) => format!("No pass has seen the store yet; the last one was at {last}."),
                None => "No pass has seen the store yet.".into(),
            });
        };
        // The record of a pass that is still under way is later than the last pass.
        let observed = last.map_or(observed, |last| last.max(observed));
        let Health { assessment, mut reasons, pods, volumes, quota, page_failure: _, mail, omitted } = health;
        let is_known = pass.is_some_and(|pass| pass.is_recent_for(observed, now));
        if !is_known {
            reasons
                .insert(0, format!("No pass has seen the store since {observed}; it was {assessment} then."));
        }
        Self {
            status: if is_known { assessment.into() } else { HealthStatus::Unknown },
            reasons,
            since: is_known.then_some(since),
            observed_at: Some(observed),
            pods,
            volumes,
            quota,
            mail,
            omitted,
        }
    }

    fn unknown(reason: String) -> Self {
        Self {
            status: HealthStatus::Unknown,
            reasons: vec![reason],
            since: None,
            observed_at: None,
            pods: Vec::new(),
            volumes: Vec::new(),
            quota: Vec::new(),
            mail: None,
            omitted: Omitted::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::state::{Deleting, Provisioning, Ready};

    const INTERVAL: Duration = Duration::from_secs(30);

    fn ready() -> State {
        up(Power::Running)
    }

    fn up(power: Power) -> State {
        State::Ready(Ready { url: "http://shop.example".into(), at: Timestamp::now(), power })
    }

    fn down(observed: Timestamp) -> Option<HealthRecord> {
        let reasons = vec!["There is no pod of mysql.".into()];
        let health = Health {
            assessment: Assessment::Down,
            reasons,
            pods: Vec::new(),
            volumes: Vec::new(),
            quota: Vec::new(),
            page_failure: None,
            mail: None,
            omitted: Omitted::default(),
        };
        Some(HealthRecord { health, since: observed, observed, is_listed: true })
    }

    fn pass(observed: Option<Timestamp>) -> Option<LastHealthSweep> {
        Some(LastHealthSweep { interval: INTERVAL, observed })
    }

    #[test]
    fn what_was_written_long_ago_holds_as_long_as_passes_find_nothing_new() {
        let written = Timestamp::now();
        let last = written.plus(100 * INTERVAL);
        let report = HealthReport::of(&ready(), down(written), pass(Some(last)), last.plus(3 * INTERVAL));
        assert_eq!(report.status, HealthStatus::Down);
        assert_eq!((report.since, report.observed_at), (Some(written), Some(last)));
        assert_eq!(report.reasons, ["There is no pod of mysql."]);
    }

    #[test]
    fn a_store_that_three_passes_have_not_seen_is_unknown_and_it_is_shown_how_it_was() {
        let seen = Timestamp::now();
        let later = seen.plus(3 * INTERVAL + Duration::from_millis(1));
        let report = HealthReport::of(&ready(), down(seen), pass(Some(seen)), later);
        assert_eq!((report.status, report.since), (HealthStatus::Unknown, None));
        assert_eq!(report.observed_at, Some(seen));
        assert!(report.reasons[0].starts_with("No pass has seen the store since "), "{:?}", report.reasons);
        assert!(report.reasons[0].ends_with("; it was Down then."), "{:?}", report.reasons);
    }

    #[test]
    fn a_pass_that_is_under_way_counts_for_what_it_has_written() {
        let (before, seen) = (Timestamp::epoch(), Timestamp::now());
        let report = HealthReport::of(&ready(), down(seen), pass(Some(before)), seen);
        assert_eq!((report.status, report.observed_at), (HealthStatus::Down, Some(seen)));
        assert_eq!(HealthReport::of(&ready(), down(seen), pass(None), seen).status, HealthStatus::Down);
    }

    #[test]
    fn a_store_that_was_never_seen_is_unknown() {
        let now = Timestamp::now();
        for pass in [None, pass(None), pass(Some(now))] {
            let report = HealthReport::of(&ready(), None, pass, now);
            assert_eq!((report.status, report.observed_at), (HealthStatus::Unknown, None));
            assert!(report.reasons[0].starts_with("No pass has seen the store yet"), "{:?}", report.reasons);
        }
    }

    #[test]
    fn a_store_that_is_stopped_has_no_outage() {
        let now = Timestamp::now();
        for (power, becomes) in [
            (Power::Hibernating, "being stopped"),
            (Power::Hibernated, "stopped"),
            (Power::Resuming, "being started"),
            (Power::Upgrading, "being upgraded"),
        ] {
            let report = HealthReport::of(&up(power), down(now), pass(Some(now)), now);
            assert_eq!((report.status, report.since), (HealthStatus::Hibernated, None));
            let reason = format!(
                "The store is {power}: shop and database are {becomes} because somebody asked for it."
            );
            assert_eq!(report.reasons, [reason]);
        }
    }

    #[test]
    fn of_a_store_that_is_not_up_nothing_is_reported_but_its_status() {
        let now = Timestamp::now();
        for state in [State::Provisioning(Provisioning::new()), State::Deleting(Deleting { at: now })] {
            let report = HealthReport::of(&state, down(now), pass(Some(now)), now);
            assert_eq!((report.status, report.observed_at), (HealthStatus::Unknown, None));
            assert!(report.reasons[0].starts_with(&format!("The store is {};", state.status())));
        }
    }
}
