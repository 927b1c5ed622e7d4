//! Reads from objects of the cluster what is wrong with them. All of it pure: what is looked at, and
//! when, is the cluster's business.

use domain::failure::FailureCode;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod};
use kube::ResourceExt as _;

/// What is wrong with an object, in a code and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The kind of trouble.
    pub code: FailureCode,
    /// What the cluster says of it.
    pub message: String,
}

impl Diagnosis {
    /// A diagnosis of the kind `code`.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What is to be expected of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// Nothing is known against it.
    Fair,
    /// It does not get on, but may yet.
    Doubtful(Diagnosis),
    /// It can't heal by itself.
    Hopeless(Diagnosis),
}

/// How often the kubelet may have restarted a container before its next end counts as a loop: a first
/// end can be a matter of order at the start.
const RESTARTS: i32 = 2;

/// How many characters of a container's last words are kept: what the kubelet keeps itself is 4 KiB.
const LAST_WORDS: usize = 600;

/// What is to be expected of `pod`.
#[must_use]
pub fn of_pod(pod: &Pod) -> Prospect {
    let Some(status) = &pod.status else { return Prospect::Fair };
    let name = pod.name_any();
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    let mut prospect = Prospect::Fair;
    for container in containers {
        match of_container(&name, container) {
            hopeless @ Prospect::Hopeless(_) => return hopeless,
            doubtful @ Prospect::Doubtful(_) => prospect = doubtful,
            Prospect::Fair => {}
        }
    }
    let conditions = status.conditions.iter().flatten();
    for condition in
        conditions.filter(|condition| condition.type_ == "PodScheduled" && condition.status == "False")
    {
        // A node may come, or a volume be bound: so it is said at the deadline only.
        let sentence = condition.message.as_deref().unwrap_or("the scheduler gives no reason");
        prospect = Prospect::Doubtful(Diagnosis::new(
            FailureCode::Unschedulable,
            format!("no node takes pod {name}: {sentence}"),
        ));
    }
    prospect
}

/// The last words of the container of `pod` that ended last, if one failed.
#[must_use]
pub fn last_words(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    containers.filter_map(failed_end).max_by_key(|end| end.finished_at.clone().map(|time| time.0)).map(words)
}

fn of_container(pod: &str, container: &ContainerStatus) -> Prospect {
    let Some(waiting) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) else {
        return Prospect::Fair;
    };
    let reason = waiting.reason.as_deref().unwrap_or_default();
    let said = waiting.message.as_deref().unwrap_or(reason);
    let image = &container.image;
    match reason {
        // The first is the kubelet's first try, which a registry's hiccup can fail.
        "ErrImagePull" => Prospect::Doubtful(Diagnosis::new(
            FailureCode::ImagePullFailed,
            format!("image {image} of pod {pod} can't be pulled: {said}"),
        )),
        "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => Prospect::Hopeless(Diagnosis::new(
            FailureCode::ImagePullFailed,
            format!("image {image} of pod {pod} can't be pulled: {said}"),
        )),
        "CreateContainerConfigError" | "CreateContainerError" => Prospect::Doubtful(Diagnosis::new(
            FailureCode::ContainerConfigInvalid,
            format!("container {} of pod {pod} can't be created: {said}", container.name),
        )),
        "CrashLoopBackOff" => {
            let words = failed_end(container).map_or_else(|| said.to_owned(), words);
            let diagnosis = Diagnosis::new(
                FailureCode::CrashLoop,
                format!(
                    "container {} of pod {pod} ended {} times, last with {words}",
                    container.name, container.restart_count
                ),
            );
            if container.restart_count > RESTARTS {
                Prospect::Hopeless(diagnosis)
            } else {
                Prospect::Doubtful(diagnosis)
            }
        }
        _ => Prospect::Fair,
    }
}

/// How a container ended, if it ended with an error; the present end before the one before it.
fn failed_end(container: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    [&container.state, &container.last_state]
        .into_iter()
        .filter_map(|state| state.as_ref()?.terminated.as_ref())
        .find(|terminated| terminated.exit_code != 0)
}

fn words(end: &ContainerStateTerminated) -> String {
    let said = end.message.as_deref().map(str::trim).filter(|said| !said.is_empty());
    let code = end.exit_code;
    match said.or(end.reason.as_deref()) {
        Some(said) => {
            // The end of what was said is what tells why.
            let skipped = said.chars().count().saturating_sub(LAST_WORDS);
            let kept: String = said.chars().skip(skipped).collect();
            format!("exit code {code}: {kept}")
        }
        None => format!("exit code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(status: Value) -> Pod {
        serde_json::from_value(json!({ "metadata": { "name": "mysql-1" }, "status": status })).unwrap()
    }

    fn container(state: Value, restarts: u32) -> Value {
        json!({ "containerStatuses": [{
            "name": "mysql", "image": "mysql:no", "imageID": "", "ready": false, "restartCount": restarts,
            "state": state,
            "lastState": { "terminated": { "exitCode": 1, "message": "disk full\n" } },
        }] })
    }

    fn waiting(reason: &str) -> Value {
        json!({ "waiting": { "reason": reason, "message": "said so" } })
    }

    #[test]
    fn an_image_that_can_not_be_pulled_is_hopeless_after_the_first_try() {
        let prospect = |reason| of_pod(&pod(container(waiting(reason), 0)));
        assert!(matches!(prospect("ErrImagePull"), Prospect::Doubtful(_)));
        for reason in ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"] {
            let Prospect::Hopeless(diagnosis) = prospect(reason) else { panic!("{reason}") };
            assert_eq!(diagnosis.code, FailureCode::ImagePullFailed);
            assert_eq!(diagnosis.message, "image mysql:no of pod mysql-1 can't be pulled: said so");
        }
    }

    #[test]
    fn a_container_that_ends_again_and_again_is_hopeless_and_its_last_words_are_told() {
        let prospect = |restarts| of_pod(&pod(container(waiting("CrashLoopBackOff"), restarts)));
        assert!(matches!(prospect(1), Prospect::Doubtful(_)));
        let Prospect::Hopeless(diagnosis) = prospect(3) else { panic!("it has hope") };
        assert_eq!(diagnosis.code, FailureCode::CrashLoop);
        assert!(
            diagnosis.message.ends_with("ended 3 times, last with exit code 1: disk full"),
            "{}",
            diagnosis.message
        );
    }

    #[test]
    fn a_pod_that_no_node_takes_may_be_taken_yet() {
        let status = json!({ "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available",
        }] });
        let Prospect::Doubtful(diagnosis) = of_pod(&pod(status)) else { panic!("no doubt") };
        assert_eq!(diagnosis.code, FailureCode::Unschedulable);
        assert!(diagnosis.message.contains("0/1 nodes are available"));
    }

    #[test]
    fn a_pod_that_starts_is_not_suspected() {
        for state in [waiting("ContainerCreating"), waiting("PodInitializing"), json!({ "running": {} })] {
            assert_eq!(of_pod(&pod(container(state, 0))), Prospect::Fair);
        }
        assert_eq!(of_pod(&Pod::default()), Prospect::Fair);
    }

    #[test]
    fn of_long_last_words_the_end_is_kept() {
        let message = format!("{}the reason", "x".repeat(5000));
        let failed = pod(json!({ "containerStatuses": [{
            "name": "setup", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "terminated": { "exitCode": 2, "message": message } },
        }] }));
        let words = last_words(&failed).unwrap();
        assert!(words.starts_with("exit code 2: x") && words.ends_with("the reason") && words.len() < 700);
        assert_eq!(last_words(&Pod::default()), None);
    }
}
