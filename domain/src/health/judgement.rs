//! Makes a verdict of what was seen, and says why.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use strum::VariantArray as _;

use super::{
    Certificate, Health, LastExit, Omitted, Pod, PodPhase, Presence, Sighting, Verdict, Volume, VolumePhase,
    bounds,
};
use crate::{
    operation::Workload,
    values::{kept_text::word, timestamp::Timestamp},
};

/// How many pods of a workload a sentence names, and how many reasons it counts them by.
const NAMED: usize = 5;
const COUNTED: usize = 3;

/// For how long a container that ended and was started again is a reason by itself, or a pod that failed and
/// was replaced. A loop has pauses of five minutes at most.
const LATELY: Duration = Duration::from_secs(600);

impl Health {
    /// What `sighting` comes to at `now`.
    #[must_use]
    pub fn of(sighting: Sighting, now: Timestamp) -> Self {
        let Sighting { namespace, mut pods, mut volumes, quota, certificate } = sighting;
        // The same words from pass to pass.
        pods.sort_by(|one, other| one.name.cmp(&other.name));
        volumes.sort_by(|one, other| one.name.cmp(&other.name));
        let (verdict, reasons) = match namespace {
            Presence::Absent => (Verdict::Missing, vec!["Its namespace is not in the cluster.".into()]),
            Presence::Leaving => {
                (Verdict::Missing, vec!["Its namespace is being deleted in the cluster.".into()])
            }
            Presence::There => judge(&pods, &volumes, &certificate, now),
        };
        let (pods, pods_omitted) = bounds::pods(pods);
        let (volumes, volumes_omitted) = bounds::volumes(volumes);
        let (quota, quota_omitted) = bounds::quota(quota);
        let omitted = Omitted { pods: pods_omitted, volumes: volumes_omitted, quota: quota_omitted };
        Self { verdict, reasons: bounds::reasons(reasons), pods, volumes, quota, omitted }
    }
}

/// The verdict on a store whose namespace is there, with the gravest reasons first.
fn judge(
    pods: &[Pod],
    volumes: &[Volume],
    certificate: &Certificate,
    now: Timestamp,
) -> (Verdict, Vec<String>) {
    let mut reasons: Vec<_> =
        Workload::VARIANTS.iter().filter_map(|workload| outage(*workload, pods)).collect();
    let is_down = !reasons.is_empty();
    reasons.extend(Workload::VARIANTS.iter().flat_map(|workload| stragglers(*workload, pods)));
    reasons.extend(Workload::VARIANTS.iter().filter_map(|workload| failures(*workload, pods, now)));
    reasons.extend(pods.iter().filter_map(|pod| restarts(pod, now)));
    reasons.extend(Workload::VARIANTS.iter().flat_map(|workload| faults_of_volumes(*workload, volumes)));
    reasons.extend(lack_of(certificate));
    let verdict = match (is_down, reasons.is_empty()) {
        (true, _) => Verdict::Down,
        (false, false) => Verdict::Degraded,
        (false, true) => Verdict::Healthy,
    };
    (verdict, reasons)
}

impl Pod {
    /// Whether it serves, and goes on doing so.
    fn serves(&self) -> bool {
        self.ready && !self.leaving
    }

    /// Whether it has come to an end that it does not come back from; another one then takes its place.
    pub(super) fn is_over(&self) -> bool {
        match self.phase {
            PodPhase::Succeeded | PodPhase::Failed => true,
            PodPhase::Pending | PodPhase::Running | PodPhase::Unknown => false,
        }
    }
}

/// Why `workload` does not serve, if it does not.
fn outage(workload: Workload, pods: &[Pod]) -> Option<String> {
    let of_it: Vec<_> = pods.iter().filter(|pod| pod.component == workload).collect();
    if of_it.iter().any(|pod| pod.serves()) {
        return None;
    }
    if of_it.is_empty() {
        return Some(format!("There is no pod of {workload}."));
    }
    let (over, others): (Vec<_>, Vec<_>) = of_it.into_iter().partition(|pod| pod.is_over());
    let mut each: Vec<_> = others.iter().take(NAMED).map(|pod| portrait(pod)).collect();
    if let Some(more) = others.len().checked_sub(NAMED).filter(|more| *more > 0) {
        each.push(format!("so are {more} more"));
    }
    match over.as_slice() {
        [] => {}
        [one] => each.push(portrait(one)),
        many => each.push(format!("{} are over: {}", many.len(), by_reason(many))),
    }
    Some(format!("No pod of {workload} is ready: {}.", each.join("; ")))
}

/// The pods of a `workload` that serves which should too, and don't.
fn stragglers(workload: Workload, pods: &[Pod]) -> Vec<String> {
    let of_it = || pods.iter().filter(|pod| pod.component == workload);
    if !of_it().any(Pod::serves) {
        return Vec::new();
    }
    let not_ready: Vec<_> = of_it().filter(|pod| !pod.ready && !pod.leaving && !pod.is_over()).collect();
    let sentence = |pod: &&Pod| format!("Pod {} is not ready: it is {}.", pod.name, condition(pod));
    let mut told: Vec<_> = not_ready.iter().take(NAMED).map(sentence).collect();
    if let Some(more) = not_ready.len().checked_sub(NAMED).filter(|more| *more > 0) {
        told.push(format!("{more} more pods of {workload} are not ready."));
    }
    told
}

/// That pods of a `workload` that serves have failed lately, such as by being evicted: all of them at once,
/// since each stays behind until somebody removes it.
fn failures(workload: Workload, pods: &[Pod], now: Timestamp) -> Option<String> {
    let of_it: Vec<_> = pods.iter().filter(|pod| pod.component == workload).collect();
    if !of_it.iter().any(|pod| pod.serves()) {
        return None;
    }
    let failed: Vec<_> = of_it.into_iter().filter(|pod| pod.phase == PodPhase::Failed).collect();
    let last = failed.iter().filter_map(|pod| pod.ended_at).max()?;
    if now.since(last) >= LATELY {
        return None;
    }
    Some(match failed.as_slice() {
        [one] => format!("Pod {} was replaced: it was {} at {last}.", one.name, condition(one)),
        many => format!(
            "{} pods of {workload} have failed and were replaced, the last at {last}: {}.",
            many.len(),
            by_reason(many)
        ),
    })
}

/// `2601 Evicted, 1 OOMKilled`
fn by_reason(pods: &[&Pod]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for pod in pods {
        let exit = || pod.last_exit.as_ref()?.reason.clone();
        let reason = pod.reason.clone().or_else(exit).unwrap_or_else(|| pod.phase.to_string());
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    // Of those that are as many, by name.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut told: Vec<_> =
        counts.iter().take(COUNTED).map(|(reason, count)| format!("{count} {}", word(reason))).collect();
    let others: usize = counts.iter().skip(COUNTED).map(|(_, count)| count).sum();
    if others > 0 {
        told.push(format!("{others} for other reasons"));
    }
    told.join(", ")
}

/// That there is no certificate, where there should be one.
fn lack_of(certificate: &Certificate) -> Option<String> {
    match certificate {
        Certificate::Unasked | Certificate::Issued => None,
        Certificate::Pending(reason) => {
            Some(format!("The certificate of its address is not there (certificate_pending): {reason}."))
        }
    }
}

/// That a container of `pod` was started again lately.
fn restarts(pod: &Pod, now: Timestamp) -> Option<String> {
    let exit = pod.last_exit.as_ref().filter(|_| pod.restarts > 0 && !pod.is_over())?;
    let at = exit.at.filter(|at| now.since(*at) < LATELY)?;
    let times = if pod.restarts == 1 { "once".into() } else { format!("{} times", pod.restarts) };
    Some(format!("Pod {} was restarted {times}, last after {} at {at}.", pod.name, end(exit)))
}

/// What is wrong with the volume of `workload`.
fn faults_of_volumes(workload: Workload, volumes: &[Volume]) -> Vec<String> {
    let mut of_it = volumes.iter().filter(|volume| volume.component == workload).peekable();
    if of_it.peek().is_none() {
        return vec![format!("The volume of {workload} is not there.")];
    }
    let fault = |volume: &Volume| {
        let Volume { name, phase, leaving, .. } = volume;
        match (phase, leaving) {
            (VolumePhase::Bound, false) => None,
            (VolumePhase::Bound, true) => {
                Some(format!("Volume {name} is being deleted, with what is on it."))
            }
            (VolumePhase::Pending | VolumePhase::Lost, _) => {
                Some(format!("Volume {name} is {phase}, not Bound."))
            }
        }
    };
    of_it.filter_map(fault).collect()
}

/// `mysql-1 is Running (CrashLoopBackOff), and ended last with exit code 1 (Error)`
fn portrait(pod: &Pod) -> String {
    let mut text = format!("{} is {}", pod.name, condition(pod));
    if let Some(exit) = &pod.last_exit {
        // A string takes all that is written to it.
        let _ = write!(text, ", and ended last with {}", end(exit));
    }
    text
}

fn condition(pod: &Pod) -> String {
    let leaving = if pod.leaving { "being deleted, " } else { "" };
    match &pod.reason {
        Some(reason) => format!("{leaving}{} ({reason})", pod.phase),
        None => format!("{leaving}{}", pod.phase),
    }
}

fn end(exit: &LastExit) -> String {
    match &exit.reason {
        Some(reason) => format!("exit code {} ({reason})", exit.exit_code),
        None => format!("exit code {}", exit.exit_code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::QuotaUse;

    fn now() -> Timestamp {
        "2026-11-25T12:00:00.000Z".parse().unwrap()
    }

    fn pod(component: Workload) -> Pod {
        Pod {
            name: format!("{component}-1"),
            component,
            phase: PodPhase::Running,
            ready: true,
            leaving: false,
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
        Volume { name, component, size, phase: VolumePhase::Bound, leaving: false }
    }

    fn healthy() -> Sighting {
        Sighting {
            namespace: Presence::There,
            pods: vec![pod(Workload::Wordpress), pod(Workload::Mysql)],
            volumes: vec![volume(Workload::Wordpress), volume(Workload::Mysql)],
            quota: vec![QuotaUse { resource: "pods".into(), used: Some("2".into()), hard: "10".into() }],
            certificate: Certificate::Unasked,
        }
    }

    fn exit(seconds_ago: i64) -> Option<LastExit> {
        let at = Timestamp::from_milliseconds(now().as_milliseconds() - 1000 * seconds_ago);
        Some(LastExit { exit_code: 137, reason: Some("OOMKilled".into()), at })
    }

    /// What comes of a healthy store to which this is done.
    fn after(change: impl FnOnce(&mut Sighting)) -> (Verdict, String) {
        let mut sighting = healthy();
        change(&mut sighting);
        let health = Health::of(sighting, now());
        (health.verdict, health.reasons.join(" "))
    }

    fn of(sighting: &mut Sighting, workload: Workload) -> &mut Pod {
        sighting.pods.iter_mut().find(|pod| pod.component == workload).unwrap()
    }

    #[test]
    fn a_store_whose_pods_are_ready_on_bound_volumes_is_healthy() {
        assert_eq!(after(|_| ()), (Verdict::Healthy, String::new()));
    }

    #[test]
    fn the_order_in_which_it_was_seen_makes_no_difference() {
        let mut turned = healthy();
        turned.pods.reverse();
        turned.volumes.reverse();
        assert_eq!(Health::of(turned, now()), Health::of(healthy(), now().plus(LATELY)));
    }

    #[test]
    fn a_store_without_a_ready_pod_of_either_workload_is_down_and_says_why() {
        for workload in [Workload::Mysql, Workload::Wordpress] {
            let gone = after(|seen| seen.pods.retain(|pod| pod.component != workload));
            assert_eq!(gone, (Verdict::Down, format!("There is no pod of {workload}.")));
            let unready = after(|seen| {
                let pod = of(seen, workload);
                (pod.ready, pod.restarts, pod.last_exit) = (false, 4, exit(3600));
                pod.reason = Some("CrashLoopBackOff".into());
            });
            let why = format!(
                "No pod of {workload} is ready: {workload}-1 is Running (CrashLoopBackOff), and ended last \
                 with exit code 137 (OOMKilled)."
            );
            assert_eq!(unready, (Verdict::Down, why));
            let leaving = after(|seen| of(seen, workload).leaving = true);
            let why = format!("No pod of {workload} is ready: {workload}-1 is being deleted, Running.");
            assert_eq!(leaving, (Verdict::Down, why), "a pod on its way out is none to rely on");
        }
    }

    #[test]
    fn a_pod_of_several_that_is_not_ready_degrades_unless_it_is_over_or_leaves() {
        let with = |phase, leaving| {
            after(|seen| {
                let name = "mysql-2".to_owned();
                seen.pods.push(Pod { name, phase, leaving, ready: false, ..pod(Workload::Mysql) });
            })
        };
        let pending = with(PodPhase::Pending, false);
        assert_eq!(pending, (Verdict::Degraded, "Pod mysql-2 is not ready: it is Pending.".into()));
        assert_eq!(with(PodPhase::Unknown, false).0, Verdict::Degraded);
        for (phase, leaving) in
            [(PodPhase::Pending, true), (PodPhase::Failed, false), (PodPhase::Succeeded, false)]
        {
            assert_eq!(with(phase, leaving), (Verdict::Healthy, String::new()), "{phase} {leaving}");
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
        assert_eq!(restarted(3, 540), (Verdict::Degraded, why.into()));
        assert_eq!(restarted(3, 600), (Verdict::Healthy, String::new()));
        assert_eq!(restarted(0, 0).0, Verdict::Healthy, "an init container may end: that is no restart");
    }

    #[test]
    fn a_volume_that_is_not_bound_or_not_there_degrades() {
        let with = |phase, leaving| {
            after(|seen| (seen.volumes[0].phase, seen.volumes[0].leaving) = (phase, leaving)).1
        };
        assert_eq!(with(VolumePhase::Lost, false), "Volume wordpress is Lost, not Bound.");
        assert_eq!(with(VolumePhase::Pending, true), "Volume wordpress is Pending, not Bound.");
        assert_eq!(with(VolumePhase::Bound, true), "Volume wordpress is being deleted, with what is on it.");
        let gone = after(|seen| drop(seen.volumes.pop()));
        assert_eq!(gone, (Verdict::Degraded, "The volume of mysql is not there.".into()));
    }

    #[test]
    fn all_reasons_are_told_the_gravest_first() {
        let (verdict, why) = after(|seen| {
            seen.volumes.clear();
            seen.pods.retain(|pod| pod.component == Workload::Mysql);
        });
        assert_eq!(verdict, Verdict::Down);
        assert_eq!(
            why,
            "There is no pod of wordpress. The volume of mysql is not there. The volume of wordpress is not \
             there."
        );
    }

    #[test]
    fn a_namespace_that_is_not_there_or_leaves_is_missing_whatever_is_in_it() {
        for namespace in [Presence::Absent, Presence::Leaving] {
            let (verdict, why) = after(|seen| seen.namespace = namespace);
            assert_eq!(verdict, Verdict::Missing);
            assert!(why.starts_with("Its namespace is "), "{why}");
        }
    }

    /// Pods of the database that were evicted, of which the last was so long ago.
    fn evicted(seen: &mut Sighting, count: usize, seconds_ago: i64) {
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
    fn pods_that_were_evicted_and_replaced_degrade_for_ten_minutes_and_are_told_of_once() {
        let many = after(|seen| evicted(seen, 2602, 30));
        let why = "2602 pods of mysql have failed and were replaced, the last at 2026-11-25T11:59:30.000Z: \
                   2602 Evicted.";
        assert_eq!(many, (Verdict::Degraded, why.into()));
        let one = after(|seen| evicted(seen, 1, 30));
        let why = "Pod mysql-evicted-0 was replaced: it was Failed (Evicted) at 2026-11-25T11:59:30.000Z.";
        assert_eq!(one, (Verdict::Degraded, why.into()));
        let long_ago = after(|seen| evicted(seen, 2602, 600));
        assert_eq!(long_ago, (Verdict::Healthy, String::new()), "they stay behind for ever");
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
        assert_eq!(down, (Verdict::Down, why.into()));
    }

    #[test]
    fn of_many_pods_that_are_not_ready_some_are_named_and_the_rest_is_counted() {
        let waiting = |seen: &mut Sighting, count: usize| {
            let pod = |index| Pod {
                name: format!("mysql-{index:03}"),
                phase: PodPhase::Pending,
                ready: false,
                ..pod(Workload::Mysql)
            };
            seen.pods.extend((100..100 + count).map(pod));
        };
        let (verdict, why) = after(|seen| waiting(seen, 400));
        assert_eq!(verdict, Verdict::Degraded);
        assert!(
            why.ends_with("Pod mysql-104 is not ready: it is Pending. 395 more pods of mysql are not ready."),
            "{why}"
        );
        let (verdict, why) = after(|seen| {
            seen.pods.retain(|pod| pod.component != Workload::Mysql);
            waiting(seen, 400);
        });
        assert_eq!(verdict, Verdict::Down);
        assert!(why.ends_with("mysql-104 is Pending; so are 395 more."), "{why}");
    }

    #[test]
    fn a_certificate_that_is_not_there_degrades() {
        let pending = after(|seen| seen.certificate = Certificate::Pending("no issuer".into()));
        let why = "The certificate of its address is not there (certificate_pending): no issuer.";
        assert_eq!(pending, (Verdict::Degraded, why.into()));
        assert_eq!(after(|seen| seen.certificate = Certificate::Issued).0, Verdict::Healthy);
    }
}
