//! Reads from the Job of an upgrade and its pods how far that came.

use domain::operation::logs::Component;
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{ContainerState, ContainerStateTerminated, Pod},
};

use super::has_ended;

/// With which codes the image's script says that it has changed nothing.
const UNCHANGED: [i32; 2] = [1, 4];

/// How a runtime calls the end of a container that never began: its command is not in the image.
const NEVER_BEGUN: [&str; 2] = ["StartError", "ContainerCannotRun"];

/// Whether `job`, whose `pods` are these, may have changed the shop's database. What is not known may have.
#[must_use]
pub(in crate::cluster) fn may_have_changed(job: &Job, pods: &[Pod]) -> bool {
    let status = job.status.clone().unwrap_or_default();
    let counted = status.failed.unwrap_or(0) + status.succeeded.unwrap_or(0);
    let ended = pods.iter().filter(|pod| has_ended(pod)).count();
    // One that nobody can ask any more.
    let is_one_gone = usize::try_from(counted).is_ok_and(|counted| counted > ended);
    is_one_gone || pods.iter().flat_map(states).any(may_be_of_a_change)
}

/// The last line of the upgrade that came to its end by one of `pods`, if it left one.
#[must_use]
pub(in crate::cluster) fn last_line(pods: &[Pod]) -> Option<String> {
    let mut ends = pods.iter().flat_map(states).filter_map(|state| state.terminated.as_ref());
    ends.find(|end| end.exit_code == 0)?.message.clone()
}

/// The states of the container that changes the database: how it is, and how it was before.
fn states(pod: &Pod) -> impl Iterator<Item = &ContainerState> {
    let containers = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let upgrade = containers.filter(|container| container.name == Component::Setup.as_str());
    upgrade.flat_map(|container| [&container.state, &container.last_state]).flatten()
}

fn may_be_of_a_change(state: &ContainerState) -> bool {
    let said_otherwise = |end: &ContainerStateTerminated| {
        UNCHANGED.contains(&end.exit_code)
            || end.reason.as_deref().is_some_and(|reason| NEVER_BEGUN.contains(&reason))
    };
    state.running.is_some() || state.terminated.as_ref().is_some_and(|end| !said_otherwise(end))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(phase: &str, state: Value) -> Pod {
        let container = json!({
            "name": "setup", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state,
        });
        let seed = json!({
            "name": "seed", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "terminated": { "exitCode": 2 } },
        });
        let status =
            json!({ "phase": phase, "initContainerStatuses": [seed], "containerStatuses": [container] });
        serde_json::from_value(json!({ "status": status })).unwrap()
    }

    fn ended(code: i32) -> Pod {
        pod("Failed", json!({ "terminated": { "exitCode": code } }))
    }

    fn job(failed: i32, succeeded: i32) -> Job {
        serde_json::from_value(json!({ "status": { "failed": failed, "succeeded": succeeded } })).unwrap()
    }

    #[test]
    fn what_has_not_begun_or_says_so_has_changed_nothing() {
        let waits = || pod("Pending", json!({ "waiting": { "reason": "ImagePullBackOff" } }));
        let no_script = pod("Failed", json!({ "terminated": { "exitCode": 128, "reason": "StartError" } }));
        for (job, pods) in [
            (Job::default(), vec![]),
            (job(0, 0), vec![waits()]),
            (job(1, 0), vec![ended(1)]),
            (job(1, 0), vec![ended(4), waits()]),
            (job(1, 0), vec![no_script]),
        ] {
            assert!(!may_have_changed(&job, &pods), "{pods:?}");
        }
    }

    #[test]
    fn all_else_may_have_changed_something() {
        let runs = || pod("Running", json!({ "running": {} }));
        for (job, pods) in [
            (job(0, 0), vec![runs()]),
            (job(1, 0), vec![ended(3)]),
            (job(2, 0), vec![ended(137), ended(1)]),
            (job(0, 1), vec![pod("Succeeded", json!({ "terminated": { "exitCode": 0 } }))]),
            // One of the two is gone.
            (job(2, 0), vec![ended(1)]),
        ] {
            assert!(may_have_changed(&job, &pods), "{pods:?}");
        }
    }

    #[test]
    fn the_last_line_is_that_of_the_pod_that_came_to_its_end() {
        let done = pod("Succeeded", json!({ "terminated": { "exitCode": 0, "message": "{}" } }));
        assert_eq!(last_line(&[ended(137), done]).as_deref(), Some("{}"));
        assert_eq!(last_line(&[ended(3)]), None);
    }
}
