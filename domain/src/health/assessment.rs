//! Makes an assessment of what was observed.

use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use super::{Health, Observation, Omitted, Page, Pod, Presence, Volume, bounds, reasons};
use crate::{operation::Workload, values::timestamp::Timestamp};

/// How a sweep finds a store that it observed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::VariantArray,
)]
pub enum Assessment {
    /// Shop and database are ready, on volumes that are bound.
    Healthy,
    /// The shop serves, but something is not as it should be.
    Degraded,
    /// The shop, or its database, has no pod that is ready, or nothing leads visitors to the shop, or its pages fail.
    Down,
    /// The store's namespace is not in the cluster, or on its way out, and nobody asked for that.
    Missing,
}

impl Health {
    /// What `observation` comes to at `now`.
    #[must_use]
    pub fn of(observation: Observation, now: Timestamp) -> Self {
        let Observation { namespace, mut pods, mut volumes, quota, certificate, way_in, page, mail } =
            observation;
        // The same words from sweep to sweep.
        pods.sort_by(|one, other| one.name.cmp(&other.name));
        volumes.sort_by(|one, other| one.name.cmp(&other.name));
        let (assessment, reasons) = match namespace {
            Presence::Absent => (Assessment::Missing, vec!["Its namespace is not in the cluster.".into()]),
            Presence::Terminating => {
                (Assessment::Missing, vec!["Its namespace is being deleted in the cluster.".into()])
            }
            Presence::There => {
                // Where nothing leads to it, nobody asks for its pages.
                let closed = reasons::closed(&way_in).or_else(|| reasons::absence_of(&page));
                assess(&pods, &volumes, closed, reasons::lack_of(&certificate), now)
            }
        };
        let (pods, pods_omitted) = bounds::pods(pods);
        let (volumes, volumes_omitted) = bounds::volumes(volumes);
        let (quota, quota_omitted) = bounds::quota(quota);
        let omitted = Omitted { pods: pods_omitted, volumes: volumes_omitted, quota: quota_omitted };
        let page_failure = match page {
            Page::Failed(failure) => Some(failure),
            Page::Unasked | Page::Served => None,
        };
        let reasons = bounds::reasons(reasons);
        Self { assessment, reasons, pods, volumes, quota, page_failure, mail, omitted }
    }
}

/// The assessment of a store whose namespace is there, with the gravest reasons first: one is that it is `closed` to
/// visitors, the least that it is `unsigned`.
fn assess(
    pods: &[Pod],
    volumes: &[Volume],
    closed: Option<String>,
    unsigned: Option<String>,
    now: Timestamp,
) -> (Assessment, Vec<String>) {
    let mut found: Vec<_> =
        Workload::VARIANTS.iter().filter_map(|workload| reasons::outage(*workload, pods)).collect();
    found.extend(closed);
    let is_down = !found.is_empty();
    found.extend(Workload::VARIANTS.iter().flat_map(|workload| reasons::stragglers(*workload, pods)));
    found.extend(Workload::VARIANTS.iter().filter_map(|workload| reasons::failures(*workload, pods, now)));
    found.extend(pods.iter().filter_map(|pod| reasons::restarts(pod, now)));
    found.extend(
        Workload::VARIANTS.iter().flat_map(|workload| reasons::faults_of_volumes(*workload, volumes)),
    );
    found.extend(unsigned);
    let assessment = match (is_down, found.is_empty()) {
        (true, _) => Assessment::Down,
        (false, false) => Assessment::Degraded,
        (false, true) => Assessment::Healthy,
    };
    (assessment, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Certificate, LastExit, Mail, PageFailure, PodPhase, QuotaUse, VolumePhase, WayIn};

    fn now() -> Timestamp {
        "2026-11-25T12:00:00.000Z".parse().unwrap()
    }

    fn pod(component: Workload) -> Pod {
        Pod {
            name: format!("{component}-1"),
            component,
            phase: PodPhase::Running,
            ready: true,
            terminating: false,
            reason: None,
            restarts: 0,
            last_exit: None,
            ended_at: None,
            created_at: now(),
            image: "image".into(),
        }
    }

    fn volume(component: Workload) -> Volume {
        let (name, size) = (component.to_string(), "5Gi".into());
        Volume { name, component, size, phase: VolumePhase::Bound, terminating: false }
    }

    fn healthy() -> Observation {
        Observation {
            namespace: Presence::There,
            pods: vec![pod(Workload::Wordpress), pod(Workload::Mysql)],
            volumes: vec![volume(Workload::Wordpress), volume(Workload::Mysql)],
            quota: vec![QuotaUse { resource: "pods".into(), used: Some("2".into()), hard: "10".into() }],
            certificate: Certificate::Unasked,
            way_in: WayIn::Open,
            page: Page::Served,
            mail: None,
        }
    }

    fn exit(seconds_ago: i64) -> Option<LastExit> {
        let at = Timestamp::from_milliseconds(now().as_milliseconds() - 1000 * seconds_ago);
        Some(LastExit { exit_code: 137, reason: Some("OOMKilled".into()), at })
    }

    /// What comes of a healthy store to which this is done.
    fn after(change: impl FnOnce(&mut Observation)) -> (Assessment, String) {
        let mut observation = healthy();
        change(&mut observation);
        let health = Health::of(observation, now());
        (health.assessment, health.reasons.join(" "))
    }

    fn of(observation: &mut Observation, workload: Workload) -> &mut Pod {
        observation.pods.iter_mut().find(|pod| pod.component == workload).unwrap()
    }

    #[test]
    fn a_store_whose_pods_are_ready_on_bound_volumes_is_healthy() {
        assert_eq!(after(|_| ()), (Assessment::Healthy, String::new()));
    }

    #[test]
    fn the_order_in_which_it_was_seen_makes_no_difference() {
        let mut turned = healthy();
        turned.pods.reverse();
        turned.volumes.reverse();
        assert_eq!(Health::of(turned, now()), Health::of(healthy(), now().plus(reasons::LATELY)));
    }

    #[test]
    fn a_store_without_a_ready_pod_of_either_workload_is_down_and_says_why() {
        for workload in [Workload::Mysql, Workload::Wordpress] {
            let gone = after(|seen| seen.pods.retain(|pod| pod.component != workload));
            assert_eq!(gone, (Assessment::Down, format!("There is no pod of {workload}.")));
            let unready = after(|seen| {
                let pod = of(seen, workload);
                (pod.ready, pod.restarts, pod.last_exit) = (false, 4, exit(3600));
                pod.reason = Some("CrashLoopBackOff".into());
            });
            let why = format!(
                "No pod of {workload} is ready: {workload}-1 is Running (CrashLoopBackOff), and ended last \
                 with exit code 137 (OOMKilled)."
            );
            assert_eq!(unready, (Assessment::Down, why));
            let terminating = after(|seen| of(seen, workload).terminating = true);
            let why = format!("No pod of {workload} is ready: {workload}-1 is being deleted, Running.");
            assert_eq!(terminating, (Assessment::Down, why), "a pod on its way out is none to rely on");
        }
    }

    #[test]
    fn a_pod_of_several_that_is_not_ready_degrades_unless_it_is_over_or_leaves() {
        let with = |phase, terminating| {
            after(|seen| {
                let name = "mysql-2".to_owned();
                seen.pods.push(Pod { name, phase, terminating, ready: false, ..pod(Workload::Mysql) });
            })
        };
        let pending = with(PodPhase::Pending, false);
        assert_eq!(pending, (Assessment::Degraded, "Pod mysql-2 is not ready: it is Pending.".into()));
        assert_eq!(with(PodPhase::Unknown, false).0, Assessment::Degraded);
        for (phase, terminating) in
            [(PodPhase::Pending, true), (PodPhase::Failed, false), (PodPhase::Succeeded, false)]
        {
            assert_eq!(
                with(phase, terminating),
                (Assessment::Healthy, String::new()),
                "{phase} {terminating}"
            );
        }
    }

    #[test]
    fn a_restart_degrades_for_ten_minutes() {
        let restarted = |restarts, seconds_ago| {
            after(|seen| {
                let pod = of(seen, Workload::Wordpress);
                (pod.restarts, pod.last_exit) = (restarts, exit(seconds_ago));
            })
        };
        let why = "Pod wordpress-1 was restarted 3 times, last after exit code 137 (OOMKilled) at \
                   2026-11-25T11:51:00.000Z.";
        assert_eq!(restarted(3, 540), (Assessment::Degraded, why.into()));
        assert_eq!(restarted(3, 600), (Assessment::Healthy, String::new()));
        assert_eq!(restarted(0, 0).0, Assessment::Healthy, "an init container may end: that is no restart");
    }

    #[test]
    fn a_volume_that_is_not_bound_or_not_there_degrades() {
        let with = |phase, terminating| {
            after(|seen| (seen.volumes[0].phase, seen.volumes[0].terminating) = (phase, terminating)).1
        };
        assert_eq!(with(VolumePhase::Lost, false), "Volume wordpress is Lost, not Bound.");
        assert_eq!(with(VolumePhase::Pending, true), "Volume wordpress is Pending, not Bound.");
        assert_eq!(with(VolumePhase::Bound, true), "Volume wordpress is being deleted, with what is on it.");
        let gone = after(|seen| drop(seen.volumes.pop()));
        assert_eq!(gone, (Assessment::Degraded, "The volume of mysql is not there.".into()));
    }

    #[test]
    fn all_reasons_are_reported_the_gravest_first() {
        let (assessment, why) = after(|seen| {
            seen.volumes.clear();
            seen.pods.retain(|pod| pod.component == Workload::Mysql);
        });
        assert_eq!(assessment, Assessment::Down);
        assert_eq!(
            why,
            "There is no pod of wordpress. The volume of mysql is not there. The volume of wordpress is not \
             there."
        );
    }

    #[test]
    fn a_namespace_that_is_not_there_or_leaves_is_missing_whatever_is_in_it() {
        for namespace in [Presence::Absent, Presence::Terminating] {
            let (assessment, why) = after(|seen| seen.namespace = namespace);
            assert_eq!(assessment, Assessment::Missing);
            assert!(why.starts_with("Its namespace is "), "{why}");
        }
    }

    /// Pods of the database that were evicted, of which the last was so long ago.
    fn evicted(seen: &mut Observation, count: usize, seconds_ago: i64) {
        let at = |index: usize| {
            let earlier = i64::try_from(index).unwrap();
            Timestamp::from_milliseconds(now().as_milliseconds() - 1000 * (seconds_ago + earlier))
        };
        let pod = |index| Pod {
            name: format!("mysql-evicted-{index}"),
            phase: PodPhase::Failed,
            ready: false,
            reason: Some("Evicted".into()),
            ended_at: at(index),
            restarts: 2,
            last_exit: exit(1),
            ..pod(Workload::Mysql)
        };
        seen.pods.extend((0..count).map(pod));
    }

    #[test]
    fn pods_that_were_evicted_and_replaced_degrade_for_ten_minutes_and_are_reported_once() {
        let many = after(|seen| evicted(seen, 2602, 30));
        let why = "2602 pods of mysql have failed and were replaced, the last at 2026-11-25T11:59:30.000Z: \
                   2602 Evicted.";
        assert_eq!(many, (Assessment::Degraded, why.into()));
        let one = after(|seen| evicted(seen, 1, 30));
        let why = "Pod mysql-evicted-0 was replaced: it was Failed (Evicted) at 2026-11-25T11:59:30.000Z.";
        assert_eq!(one, (Assessment::Degraded, why.into()));
        let long_ago = after(|seen| evicted(seen, 2602, 600));
        assert_eq!(long_ago, (Assessment::Healthy, String::new()), "they stay behind for ever");
    }

    #[test]
    fn a_workload_whose_pods_are_all_over_is_down_and_they_are_counted() {
        let down = after(|seen| {
            seen.pods.retain(|pod| pod.component != Workload::Mysql);
            evicted(seen, 300, 30);
            seen.pods[1].reason = Some("NodeLost".into());
            let pending = Pod { phase: PodPhase::Pending, ready: false, ..pod(Workload::Mysql) };
            seen.pods.push(pending);
        });
        let why = "No pod of mysql is ready: mysql-1 is Pending; 300 are over: 299 Evicted, 1 NodeLost.";
        assert_eq!(down, (Assessment::Down, why.into()));
    }

    #[test]
    fn of_many_pods_that_are_not_ready_some_are_named_and_the_rest_is_counted() {
        let waiting = |seen: &mut Observation, count: usize| {
            let pod = |index| Pod {
                name: format!("mysql-{index:03}"),
                phase: PodPhase::Pending,
                ready: false,
                ..pod(Workload::Mysql)
            };
            seen.pods.extend((100..100 + count).map(pod));
        };
        let (assessment, why) = after(|seen| waiting(seen, 400));
        assert_eq!(assessment, Assessment::Degraded);
        assert!(
            why.ends_with("Pod mysql-104 is not ready: it is Pending. 395 more pods of mysql are not ready."),
            "{why}"
        );
        let (assessment, why) = after(|seen| {
            seen.pods.retain(|pod| pod.component != Workload::Mysql);
            waiting(seen, 400);
        });
        assert_eq!(assessment, Assessment::Down);
        assert!(why.ends_with("mysql-104 is Pending; so are 395 more."), "{why}");
    }

    #[test]
    fn a_shop_whose_pages_fail_is_down_though_its_pods_are_ready() {
        let failure = PageFailure::new("/", Some(500), "PHP Fatal error: no such function");
        let failing = after(|seen| seen.page = Page::Failed(failure.clone()));
        let why = "The shop's page / fails (page_failed): it answers 500, PHP Fatal error: no such function.";
        assert_eq!(failing, (Assessment::Down, why.into()));
        assert_eq!(after(|seen| seen.page = Page::Unasked).0, Assessment::Healthy);
        let observation = Observation { page: Page::Failed(failure.clone()), ..healthy() };
        assert_eq!(Health::of(observation, now()).page_failure, Some(failure));
        let mail = Some(Mail::new(7, Some("no mail relay is set".into())));
        let counted = Health::of(Observation { mail: mail.clone(), ..healthy() }, now());
        assert_eq!((counted.assessment, counted.mail), (Assessment::Healthy, mail), "shown, and no reason");
    }

    #[test]
    fn a_certificate_that_is_not_there_degrades() {
        let pending = after(|seen| seen.certificate = Certificate::Pending("no issuer".into()));
        let why = "The certificate of its address is not there (certificate_pending): no issuer.";
        assert_eq!(pending, (Assessment::Degraded, why.into()));
        assert_eq!(after(|seen| seen.certificate = Certificate::Issued).0, Assessment::Healthy);
    }

    #[test]
    fn a_shop_that_no_visitor_gets_to_is_down_however_well_its_pods_are() {
        let absent = after(|seen| seen.way_in = WayIn::Absent);
        let why = "Neither an Ingress nor an HTTPRoute leads visitors to it (way_in_missing).";
        assert_eq!(absent, (Assessment::Down, why.into()));
        let refused = after(|seen| seen.way_in = WayIn::Refused("NotAllowedByListeners: it says so".into()));
        let why = "Its Gateway does not take its route (route_refused): NotAllowedByListeners: it says so.";
        assert_eq!(refused, (Assessment::Down, why.into()));
        assert_eq!(after(|seen| seen.way_in = WayIn::Unasked).0, Assessment::Healthy, "it is to have none");
        let (assessment, why) = after(|seen| {
            seen.way_in = WayIn::Absent;
            seen.namespace = Presence::Absent;
        });
        assert_eq!(assessment, Assessment::Missing, "that says it all: {why}");
    }
}
