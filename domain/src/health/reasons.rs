//! What is wrong with a store, a sentence each.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use super::{Certificate, LastExit, Page, Pod, PodPhase, Volume, VolumePhase, WayIn};
use crate::{
    operation::Workload,
    values::{kept_text::word, timestamp::Timestamp},
};

/// How many pods of a workload a sentence names, and how many reasons it counts them by.
const NAMED: usize = 5;
const COUNTED: usize = 3;

/// For how long a container that ended and was started again is a reason by itself, or a pod that failed and
/// was replaced. A loop has pauses of five minutes at most.
pub(super) const LATELY: Duration = Duration::from_secs(600);

impl Pod {
    /// Whether it serves, and goes on doing so.
    fn serves(&self) -> bool {
        self.ready && !self.terminating
    }

    /// Whether it has come to an end that it does not come back from; another one then takes its place.
    pub(in crate::health) fn is_over(&self) -> bool {
        match self.phase {
            PodPhase::Succeeded | PodPhase::Failed => true,
            PodPhase::Pending | PodPhase::Running | PodPhase::Unknown => false,
        }
    }
}

/// Why `workload` does not serve, if it does not.
pub(super) fn outage(workload: Workload, pods: &[Pod]) -> Option<String> {
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
pub(super) fn stragglers(workload: Workload, pods: &[Pod]) -> Vec<String> {
    let of_it = || pods.iter().filter(|pod| pod.component == workload);
    if !of_it().any(Pod::serves) {
        return Vec::new();
    }
    let not_ready: Vec<_> = of_it().filter(|pod| !pod.ready && !pod.terminating && !pod.is_over()).collect();
    let sentence = |pod: &&Pod| format!("Pod {} is not ready: it is {}.", pod.name, condition(pod));
    let mut sentences: Vec<_> = not_ready.iter().take(NAMED).map(sentence).collect();
    if let Some(more) = not_ready.len().checked_sub(NAMED).filter(|more| *more > 0) {
        sentences.push(format!("{more} more pods of {workload} are not ready."));
    }
    sentences
}

/// That pods of a `workload` that serves have failed lately, such as by being evicted: all of them at once,
/// since each stays behind until somebody removes it.
pub(super) fn failures(workload: Workload, pods: &[Pod], now: Timestamp) -> Option<String> {
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
    let mut sentences: Vec<_> =
        counts.iter().take(COUNTED).map(|(reason, count)| format!("{count} {}", word(reason))).collect();
    let others: usize = counts.iter().skip(COUNTED).map(|(_, count)| count).sum();
    if others > 0 {
        sentences.push(format!("{others} for other reasons"));
    }
    sentences.join(", ")
}

/// Why no visitor gets to the store, where nothing leads to it.
pub(super) fn closed(way_in: &WayIn) -> Option<String> {
    match way_in {
        WayIn::Unasked | WayIn::Open => None,
        WayIn::Absent => {
            Some("Neither an Ingress nor an HTTPRoute leads visitors to it (way_in_missing).".into())
        }
        WayIn::Refused(reason) => {
            let end = if reason.ends_with('?') { "" } else { "." };
            Some(format!("Its Gateway does not take its route (route_refused): {reason}{end}"))
        }
    }
}

/// That there is no certificate, where there should be one.
pub(super) fn lack_of(certificate: &Certificate) -> Option<String> {
    match certificate {
        Certificate::Unasked | Certificate::Issued => None,
        Certificate::Pending(reason) => {
            Some(format!("The certificate of its address is not there (certificate_pending): {reason}."))
        }
    }
}

/// That the shop's pages are not there, though its pods are ready.
pub(super) fn absence_of(page: &Page) -> Option<String> {
    match page {
        Page::Unasked | Page::Served => None,
        Page::Failed(failure) => Some(format!("{failure}.")),
    }
}

/// That a container of `pod` was started again lately.
pub(super) fn restarts(pod: &Pod, now: Timestamp) -> Option<String> {
    let exit = pod.last_exit.as_ref().filter(|_| pod.restarts > 0 && !pod.is_over())?;
    let at = exit.at.filter(|at| now.since(*at) < LATELY)?;
    let times = if pod.restarts == 1 { "once".into() } else { format!("{} times", pod.restarts) };
    Some(format!("Pod {} was restarted {times}, last after {} at {at}.", pod.name, end(exit)))
}

/// What is wrong with the volume of `workload`.
pub(super) fn faults_of_volumes(workload: Workload, volumes: &[Volume]) -> Vec<String> {
    let mut of_it = volumes.iter().filter(|volume| volume.component == workload).peekable();
    if of_it.peek().is_none() {
        return vec![format!("The volume of {workload} is not there.")];
    }
    let fault = |volume: &Volume| {
        let Volume { name, phase, terminating, .. } = volume;
        match (phase, terminating) {
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
    let terminating = if pod.terminating { "being deleted, " } else { "" };
    match &pod.reason {
        Some(reason) => format!("{terminating}{} ({reason})", pod.phase),
        None => format!("{terminating}{}", pod.phase),
    }
}

fn end(exit: &LastExit) -> String {
    match &exit.reason {
        Some(reason) => format!("exit code {} ({reason})", exit.exit_code),
        None => format!("exit code {}", exit.exit_code),
    }
}
