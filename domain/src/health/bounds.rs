//! How much is kept of what was seen of a store. Nothing in a cluster limits how many pods of a store there
//! are: one that is evicted again and again leaves each of them behind. What is kept of one store has its
//! place in an item of the table, and of many stores in a transaction.

use serde::{Deserialize, Serialize};

use super::{Pod, QuotaUse, Volume, observation::LastExit};
use crate::values::kept_text::{WORD, within, word};

/// How many pods are kept, those first that are not over, and of these the latest.
const PODS: usize = 20;
/// How many volumes.
const VOLUMES: usize = 20;
/// How many resources of the quota.
const QUOTA: usize = 40;
/// How many reasons, and how long each may be, in bytes.
const REASONS: usize = 20;
const REASON: usize = 500;
/// How long the name of an image may be, in bytes.
const IMAGE: usize = 2 * WORD;

/// How many of each there are beside those that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Omitted {
    /// Pods.
    pub pods: u64,
    /// Volumes.
    pub volumes: u64,
    /// Resources of the quota.
    pub quota: u64,
}

impl Omitted {
    /// Whether all are kept.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The pods that are kept, by name, and how many are not.
pub(super) fn pods(mut pods: Vec<Pod>) -> (Vec<Pod>, u64) {
    // By name where nothing else tells them apart, so that the same are kept from sweep to sweep.
    pods.sort_by(|one, other| {
        let latest_first = other.created_at.cmp(&one.created_at);
        one.is_over().cmp(&other.is_over()).then(latest_first).then_with(|| one.name.cmp(&other.name))
    });
    let omitted = cut_off(&mut pods, PODS);
    pods.sort_by(|one, other| one.name.cmp(&other.name));
    (pods.into_iter().map(pod).collect(), omitted)
}

/// The volumes that are kept, by name, and how many are not.
pub(super) fn volumes(mut volumes: Vec<Volume>) -> (Vec<Volume>, u64) {
    volumes.sort_by(|one, other| one.name.cmp(&other.name));
    let omitted = cut_off(&mut volumes, VOLUMES);
    let kept = |Volume { name, component, size, phase, terminating }| Volume {
        name: word(name),
        size: word(size),
        component,
        phase,
        terminating,
    };
    (volumes.into_iter().map(kept).collect(), omitted)
}

/// The resources of the quota that are kept, by name, and how many are not.
pub(super) fn quota(mut quota: Vec<QuotaUse>) -> (Vec<QuotaUse>, u64) {
    quota.sort_by(|one, other| one.resource.cmp(&other.resource));
    let omitted = cut_off(&mut quota, QUOTA);
    let kept = |QuotaUse { resource, used, hard }| QuotaUse {
        resource: word(resource),
        used: used.map(word),
        hard: word(hard),
    };
    (quota.into_iter().map(kept).collect(), omitted)
}

/// The reasons that are kept, the last of which counts those that are not.
pub(super) fn reasons(mut reasons: Vec<String>) -> Vec<String> {
    let omitted = cut_off(&mut reasons, REASONS);
    let mut kept: Vec<_> = reasons.into_iter().map(|reason| within(REASON, reason)).collect();
    if omitted > 0 {
        kept.push(format!("There are {omitted} more reasons."));
    }
    kept
}

fn pod(pod: Pod) -> Pod {
    let exit = |LastExit { exit_code, reason, at }| LastExit { exit_code, reason: reason.map(word), at };
    Pod {
        name: word(pod.name),
        reason: pod.reason.map(word),
        last_exit: pod.last_exit.map(exit),
        image: within(IMAGE, pod.image),
        component: pod.component,
        phase: pod.phase,
        ready: pod.ready,
        terminating: pod.terminating,
        restarts: pod.restarts,
        ended_at: pod.ended_at,
        created_at: pod.created_at,
    }
}

fn cut_off<T>(items: &mut Vec<T>, most: usize) -> u64 {
    let omitted = items.len().saturating_sub(most);
    items.truncate(most);
    u64::try_from(omitted).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        health::{
            Assessment, Certificate, Health, HealthChange, Mail, Observation, Page, PageFailure, PodPhase,
            Presence, VolumePhase, WayIn,
        },
        operation::Workload,
        store::slug::Slug,
        values::timestamp::Timestamp,
    };

    /// What of a store may take of a transaction of 4 MB, in which 24 are written.
    const SHARE: usize = 120_000;

    fn many(at: Timestamp, phase: PodPhase, long: usize) -> Observation {
        let text = "é".repeat(long / 2);
        let number = |index: usize| format!("{index:05}-{text}");
        let pod = |index| Pod {
            name: number(index),
            component: Workload::Mysql,
            phase,
            ready: false,
            terminating: false,
            reason: Some(text.clone()),
            restarts: 7,
            last_exit: Some(LastExit { exit_code: 1, reason: Some(text.clone()), at: Some(at) }),
            ended_at: Some(at),
            created_at: at,
            image: text.clone(),
        };
        let volume = |index| Volume {
            name: number(index),
            component: Workload::Mysql,
            size: text.clone(),
            phase: VolumePhase::Lost,
            terminating: true,
        };
        let uses = |index| QuotaUse { resource: number(index), used: Some(text.clone()), hard: text.clone() };
        Observation {
            namespace: Presence::There,
            pods: (0..3000).map(pod).collect(),
            volumes: (0..3000).map(volume).collect(),
            quota: (0..3000).map(uses).collect(),
            page: Page::Failed(PageFailure::new(&text, Some(500), &text)),
            mail: Some(Mail::new(u64::MAX, Some(text.clone()))),
            certificate: Certificate::Pending(text.clone()),
            way_in: WayIn::Refused(text),
        }
    }

    #[test]
    fn whatever_there_is_of_a_store_it_has_its_place_in_a_transaction_with_others() {
        let now = Timestamp::now();
        for phase in [PodPhase::Pending, PodPhase::Running, PodPhase::Failed, PodPhase::Succeeded] {
            let health = Health::of(many(now, phase, 3000), now);
            assert_eq!(health.assessment, Assessment::Down);
            let Omitted { pods, volumes, quota } = health.omitted;
            let in_all = [
                pods + health.pods.len() as u64,
                volumes + health.volumes.len() as u64,
                quota + health.quota.len() as u64,
            ];
            assert_eq!(in_all, [3000; 3], "{phase}: it is told how many there are");
            let (id, uid) = (Slug::parse("my-shop").unwrap(), uuid::Uuid::now_v7());
            let change = HealthChange::between(None, health, (&id, uid, "ada"), now).unwrap();
            let record = serde_json::to_string(&change.record).unwrap();
            let event = serde_json::to_string(&change.event.unwrap()).unwrap();
            assert!(record.len() + event.len() < SHARE, "{phase}: {} and {}", record.len(), event.len());
        }
    }

    #[test]
    fn what_is_kept_is_the_same_from_pass_to_pass_in_whatever_order_it_is_seen() {
        let now = Timestamp::now();
        let seen = many(now, PodPhase::Failed, 10);
        let mut turned = seen.clone();
        turned.pods.reverse();
        turned.volumes.reverse();
        turned.quota.reverse();
        let health = Health::of(seen, now);
        assert_eq!(health, Health::of(turned, now));
        let read: Health = serde_json::from_str(&serde_json::to_string(&health).unwrap()).unwrap();
        assert_eq!(read, health, "and as it is read");
    }

    #[test]
    fn the_pod_that_serves_is_kept_among_thousands_that_are_over() {
        let now = Timestamp::now();
        let mut seen = many(now, PodPhase::Failed, 10);
        let serving = Pod {
            name: "zzz".into(),
            phase: PodPhase::Running,
            ready: true,
            created_at: Timestamp::epoch(),
            ..seen.pods[0].clone()
        };
        seen.pods.push(serving);
        let health = Health::of(seen, now);
        assert!(health.pods.iter().any(|pod| pod.name == "zzz"), "{:?}", health.pods);
    }

    #[test]
    fn a_record_of_an_earlier_release_has_left_nothing_out() {
        let record = r#"{ "verdict": "Healthy", "reasons": [], "pods": [], "volumes": [], "quota": [] }"#;
        let health: Health = serde_json::from_str(record).unwrap();
        assert!(health.omitted.is_nothing());
    }
}
