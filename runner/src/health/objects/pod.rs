//! A pod, and what its health is made of.

use std::net::{IpAddr, SocketAddr};

use domain::{
    health::{LastExit, Pod, PodPhase},
    operation::Workload,
    values::timestamp::Timestamp,
};
use serde::Deserialize;

use super::Metadata;
use crate::{
    resources::{SITE_URL, WORDPRESS_PORT},
    visit::Target,
};

/// A `Pod`.
#[derive(Deserialize)]
pub(in crate::health) struct ListedPod {
    pub(in crate::health) metadata: Metadata,
    spec: PodSpec,
    #[serde(default)]
    status: PodStatus,
}

#[derive(Deserialize)]
struct PodSpec {
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    image: Option<String>,
    #[serde(default)]
    env: Vec<Variable>,
}

#[derive(Deserialize)]
struct Variable {
    name: String,
    value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus {
    phase: Option<String>,
    reason: Option<String>,
    #[serde(rename = "podIP")]
    pod_ip: Option<IpAddr>,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    reason: Option<String>,
    last_transition_time: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    restart_count: u32,
    state: ContainerState,
    last_state: ContainerState,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Deserialize)]
struct Waiting {
    reason: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terminated {
    exit_code: i32,
    reason: Option<String>,
    finished_at: Option<Timestamp>,
}

impl ListedPod {
    /// Whether the shop that runs in it has an https address.
    pub(in crate::health) fn is_https(&self) -> bool {
        self.site().is_some_and(|url| url.starts_with("https://"))
    }

    /// Where the shop that runs in it is asked for its pages, if it is one that serves.
    pub(in crate::health) fn target(&self) -> Option<Target> {
        let serves = self.status.has_condition("Ready", "True").is_some() && !self.metadata.is_terminating();
        let is_shop = self.metadata.workload() == Some(Workload::Wordpress);
        let site: http::Uri = self.site().filter(|_| serves && is_shop)?.parse().ok()?;
        let address = SocketAddr::new(self.status.pod_ip?, u16::try_from(WORDPRESS_PORT).ok()?);
        Some(Target { address, host: site.authority()?.to_string(), is_https: self.is_https() })
    }

    /// The address of the shop that runs in it.
    fn site(&self) -> Option<&str> {
        let mut variables = self.spec.containers.iter().flat_map(|container| &container.env);
        variables.find(|variable| variable.name == SITE_URL)?.value.as_deref()
    }

    /// The pod, unless it belongs to neither shop nor database.
    pub(in crate::health) fn into_pod(self) -> Option<Pod> {
        let Self { metadata, spec, status } = self;
        let component = metadata.workload()?;
        let ready = status.has_condition("Ready", "True").is_some();
        Some(Pod {
            component,
            phase: status.phase.as_ref().and_then(|phase| phase.parse().ok()).unwrap_or(PodPhase::Unknown),
            ready,
            terminating: metadata.is_terminating(),
            reason: if ready { None } else { status.reason() },
            restarts: status
                .containers()
                .fold(0, |sum: u32, container| sum.saturating_add(container.restart_count)),
            last_exit: status.last_exit(),
            ended_at: status.ended_at(),
            created_at: metadata.creation_timestamp.unwrap_or_else(Timestamp::epoch),
            image: spec.containers.into_iter().next().and_then(|first| first.image).unwrap_or_default(),
            name: metadata.name,
        })
    }
}

/// The conditions of a pod that change at its end.
const OF_AN_END: [&str; 2] = ["Ready", "DisruptionTarget"];

impl PodStatus {
    fn containers(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.init_container_statuses.iter().chain(&self.container_statuses)
    }

    fn has_condition(&self, kind: &str, status: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind && condition.status == status)
    }

    /// Why it is not ready, in a word: of a container, of the scheduler, or of the node.
    fn reason(&self) -> Option<String> {
        let waiting =
            self.containers().find_map(|container| container.state.waiting.as_ref()?.reason.clone());
        let unscheduled = || self.has_condition("PodScheduled", "False")?.reason.clone();
        waiting.or_else(unscheduled).or_else(|| self.reason.clone())
    }

    /// Since when a pod that has come to its end is over: since its last container has ended, or, where it
    /// was evicted before it had any, since it is not ready for that.
    fn ended_at(&self) -> Option<Timestamp> {
        if !matches!(self.phase.as_deref(), Some("Failed" | "Succeeded")) {
            return None;
        }
        let ends = self.containers().filter_map(|container| container.state.terminated.as_ref()?.finished_at);
        let conditions =
            self.conditions.iter().filter(|condition| OF_AN_END.contains(&condition.kind.as_str()));
        ends.chain(conditions.filter_map(|condition| condition.last_transition_time)).max()
    }

    /// The end that came last, of those that were not to be: an init container that is done has ended well.
    fn last_exit(&self) -> Option<LastExit> {
        let earlier = self.containers().filter_map(|container| container.last_state.terminated.as_ref());
        let failed = self.init_container_statuses.iter().filter_map(|init| init.state.terminated.as_ref());
        let failed = failed.filter(|end| end.exit_code != 0);
        let ended =
            self.container_statuses.iter().filter_map(|container| container.state.terminated.as_ref());
        let last = earlier.chain(failed).chain(ended).max_by_key(|end| end.finished_at)?.clone();
        let Terminated { exit_code, reason, finished_at } = last;
        Some(LastExit { exit_code, reason, at: finished_at })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn metadata(component: &str) -> Value {
        json!({
            "name": "wordpress-1", "creationTimestamp": "2026-11-25T12:00:00Z",
            "labels": { "app.kubernetes.io/component": component },
        })
    }

    fn pod(status: Value) -> Pod {
        let spec = json!({ "containers": [{ "name": "wordpress", "image": "store:1" }] });
        let pod = json!({ "metadata": metadata("wordpress"), "spec": spec, "status": status });
        serde_json::from_value::<ListedPod>(pod).unwrap().into_pod().unwrap()
    }

    fn container(restarts: u32, state: Value, last: Value) -> Value {
        json!({ "name": "c", "restartCount": restarts, "state": state, "lastState": last })
    }

    fn ended(code: i32, reason: &str, at: &str) -> Value {
        json!({ "terminated": { "exitCode": code, "reason": reason, "finishedAt": at } })
    }

    #[test]
    fn a_ready_pod_has_no_reason_and_its_init_container_no_exit() {
        let seed = container(0, ended(0, "Completed", "2026-11-25T12:00:01Z"), json!({}));
        let pod = pod(json!({
            "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }],
            "initContainerStatuses": [seed],
            "containerStatuses": [container(0, json!({ "running": {} }), json!({}))],
        }));
        assert!(pod.ready && !pod.terminating && pod.reason.is_none() && pod.last_exit.is_none());
        assert_eq!((pod.phase, pod.restarts, pod.image.as_str()), (PodPhase::Running, 0, "store:1"));
        assert_eq!(pod.created_at.to_string(), "2026-11-25T12:00:00.000Z");
    }

    #[test]
    fn a_container_that_ends_again_and_again_tells_why_it_waits_and_how_it_ended_last() {
        let looping = container(
            5,
            json!({ "waiting": { "reason": "CrashLoopBackOff" } }),
            ended(137, "OOMKilled", "2026-11-25T12:10:00Z"),
        );
        let init = container(1, ended(1, "Error", "2026-11-25T12:00:01Z"), json!({}));
        let pod = pod(json!({
            "phase": "Running", "conditions": [{ "type": "Ready", "status": "False" }],
            "initContainerStatuses": [init], "containerStatuses": [looping],
        }));
        assert_eq!((pod.ready, pod.reason.as_deref(), pod.restarts), (false, Some("CrashLoopBackOff"), 6));
        let exit = pod.last_exit.unwrap();
        assert_eq!((exit.exit_code, exit.reason.as_deref()), (137, Some("OOMKilled")));
        assert_eq!(exit.at.unwrap().to_string(), "2026-11-25T12:10:00.000Z");
    }

    #[test]
    fn a_pod_that_was_evicted_tells_since_when() {
        let evicted = pod(json!({
            "phase": "Failed", "reason": "Evicted",
            "conditions": [
                { "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-25T13:00:00Z" },
                { "type": "Ready", "status": "False", "lastTransitionTime": "2026-11-25T12:00:00Z" },
            ],
        }));
        assert_eq!(evicted.ended_at.unwrap().to_string(), "2026-11-25T12:00:00.000Z");
        assert_eq!(pod(json!({ "phase": "Failed" })).ended_at, None);
        let runs = json!({
            "phase": "Running",
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-25T12:00:00Z" }],
        });
        assert_eq!(pod(runs).ended_at, None, "it is not over");
    }

    #[test]
    fn a_pod_without_containers_yet_tells_what_the_scheduler_or_the_node_says() {
        let unscheduled = pod(json!({
            "phase": "Pending",
            "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }],
        }));
        assert_eq!(unscheduled.reason.as_deref(), Some("Unschedulable"));
        let evicted = pod(json!({ "phase": "Failed", "reason": "Evicted" }));
        assert_eq!((evicted.phase, evicted.reason.as_deref()), (PodPhase::Failed, Some("Evicted")));
        assert_eq!(pod(json!({})).phase, PodPhase::Unknown);
    }

    #[test]
    fn what_belongs_to_neither_shop_nor_database_is_left_out() {
        let spec = json!({ "containers": [] });
        let setup = json!({ "metadata": metadata("setup"), "spec": spec });
        assert!(serde_json::from_value::<ListedPod>(setup).unwrap().into_pod().is_none());
    }
}
