//! Reads from objects of the cluster what is wrong with them. All of it pure: what is read, and
//! when, is the cluster's business.

mod image_pull;
mod pull_trouble;
mod upgrade;

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod};
use kube::ResourceExt as _;

use self::image_pull::PullError;
pub(super) use self::{
    pull_trouble::PullTroubles,
    upgrade::{last_line, may_have_changed},
};

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

/// What a check of a pod says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PodCheck {
    /// Nothing is known against it.
    Ok,
    /// It does not get on, but may yet.
    Transient(Diagnosis),
    /// An image can't be pulled just now. That passes, or it does not: [`PullTroubles`] knows for how long.
    PullFails(PullFailure),
    /// It can't heal by itself.
    Terminal(Diagnosis),
}

/// An image that can't be pulled just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PullFailure {
    /// The image.
    pub image: String,
    /// The pod that waits for it.
    pub pod: String,
    /// What the kubelet says.
    pub said: String,
}

/// How often the kubelet may have restarted a container before its next end counts as a loop: a first
/// end can be a matter of order at the start.
const RESTARTS: i32 = 2;

/// How many characters of a container's last words are kept: what the kubelet keeps itself is 4 KiB.
const LAST_WORDS: usize = 600;

/// What is to be expected of `pod`.
#[must_use]
pub(super) fn of_pod(pod: &Pod) -> PodCheck {
    let Some(status) = &pod.status else { return PodCheck::Ok };
    // Of one that is over or on its way out, what it waited for last does not matter: another one comes.
    if has_ended(pod) || pod.metadata.deletion_timestamp.is_some() {
        return PodCheck::Ok;
    }
    let name = pod.name_any();
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    let mut check = PodCheck::Ok;
    for container in containers {
        match of_container(&name, container) {
            terminal @ PodCheck::Terminal(_) => return terminal,
            suspected @ (PodCheck::Transient(_) | PodCheck::PullFails(_)) => check = suspected,
            PodCheck::Ok => {}
        }
    }
    let conditions = status.conditions.iter().flatten();
    for condition in
        conditions.filter(|condition| condition.type_ == "PodScheduled" && condition.status == "False")
    {
        // A node may come, or a volume be bound: so it is said at the deadline only.
        let sentence = condition.message.as_deref().unwrap_or("the scheduler gives no reason");
        check = PodCheck::Transient(Diagnosis::new(
            FailureCode::Unschedulable,
            format!("no node takes pod {name}: {sentence}"),
        ));
    }
    check
}

/// Whether all of `pod` has come to its end.
#[must_use]
pub(super) fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Failed" | "Succeeded"))
}

/// The last words of the container of `pod` that ended last, if one failed.
#[must_use]
pub(super) fn last_words(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    containers.filter_map(failed_end).max_by_key(|end| end.finished_at.clone().map(|time| time.0)).map(words)
}

fn of_container(pod: &str, container: &ContainerStatus) -> PodCheck {
    let Some(waiting) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) else {
        return PodCheck::Ok;
    };
    let reason = waiting.reason.as_deref().unwrap_or_default();
    let said = waiting.message.as_deref().unwrap_or(reason);
    let image = || PullFailure { image: container.image.clone(), pod: pod.to_owned(), said: said.to_owned() };
    let cannot = |done: &str| {
        let message = format!("container {} of pod {pod} can't be {done}: {said}", container.name);
        PodCheck::Transient(Diagnosis::new(FailureCode::ContainerConfigInvalid, message))
    };
    // The names are those of kubernetes/pkg/kubelet (images, kuberuntime, container) and of cri-api's errors.
    match reason {
        // No kubelet will ever read the name, and none may pull what its node has not.
        "InvalidImageName" | "ErrImageNeverPull" => PodCheck::Terminal(image().diagnosis()),
        // The node can't ask its own runtime, or the registry does not answer it, whatever the words are.
        "RegistryUnavailable" | "ImageInspectError" => PodCheck::PullFails(image()),
        "ErrImagePull" | "ImagePullBackOff" | "SignatureValidationFailed" => {
            match PullError::of(reason, said, &container.image) {
                PullError::Lasting => PodCheck::Terminal(image().diagnosis()),
                PullError::Transient => PodCheck::PullFails(image()),
            }
        }
        // A Secret that it names may come yet, and what its node can't do now it may do later. An end in a
        // loop shows in the restarts.
        "CreateContainerConfigError" | "CreateContainerError" | "PreCreateHookError" => cannot("created"),
        "RunContainerError" | "PreStartHookError" | "PostStartHookError" => cannot("started"),
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
                PodCheck::Terminal(diagnosis)
            } else {
                PodCheck::Transient(diagnosis)
            }
        }
        // On its way.
        "" | "ContainerCreating" | "PodInitializing" => PodCheck::Ok,
        // What a runtime or a later kubelet has words of its own for is said at the deadline.
        other => {
            let message = format!("container {} of pod {pod} waits ({other}): {said}", container.name);
            PodCheck::Transient(Diagnosis::new(FailureCode::DeadlineExceeded, message))
        }
    }
}

impl PullFailure {
    /// What is wrong, in the words of now.
    #[must_use]
    pub(super) fn diagnosis(&self) -> Diagnosis {
        let Self { image, pod, said } = self;
        let message = format!("image {image} of pod {pod} can't be pulled: {said}");
        Diagnosis::new(FailureCode::ImagePullFailed, message)
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
            // The end of what was said is what says why.
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

    fn pull(reason: &str, said: &str) -> PodCheck {
        let state = json!({ "waiting": { "reason": reason, "message": said } });
        of_pod(&pod(container(state, 0)))
    }

    #[test]
    fn an_image_that_no_later_try_brings_is_terminal_at_once() {
        let gone = "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/mysql:no\": \
                    failed to resolve reference \"docker.io/library/mysql:no\": docker.io/library/mysql:no: not found";
        for (reason, said) in [
            ("InvalidImageName", "couldn't parse image reference"),
            ("ErrImageNeverPull", "Container image \"mysql:no\" is not present with pull policy of Never"),
            ("ErrImagePull", gone),
            ("ImagePullBackOff", &format!("Back-off pulling image \"mysql:no\": ErrImagePull: {gone}")),
            ("ErrImagePull", "unauthorized: authentication required"),
            ("SignatureValidationFailed", "image pull failed because the signature validation failed"),
        ] {
            let PodCheck::Terminal(diagnosis) = pull(reason, said) else { panic!("{reason} {said}") };
            assert_eq!(diagnosis.code, FailureCode::ImagePullFailed);
            assert_eq!(diagnosis.message, format!("image mysql:no of pod mysql-1 can't be pulled: {said}"));
        }
    }

    #[test]
    fn an_image_that_a_later_try_may_bring_is_not() {
        for (reason, said) in [
            (
                "ErrImagePull",
                "429 Too Many Requests - toomanyrequests: You have reached your pull rate limit",
            ),
            ("ImagePullBackOff", "Back-off pulling image \"mysql:no\""),
            ("RegistryUnavailable", "image pull failed for mysql:no because the registry is unavailable"),
            ("ImageInspectError", "Failed to inspect image \"mysql:no\": rpc error: code = NotFound"),
            ("SignatureValidationFailed", "the signature validation failed: dial tcp: i/o timeout"),
        ] {
            assert!(matches!(pull(reason, said), PodCheck::PullFails(_)), "{reason} {said}");
        }
    }

    #[test]
    fn what_else_a_kubelet_waits_for_may_pass_and_is_reported_by_its_kind() {
        for (reason, code, words) in [
            ("CreateContainerConfigError", FailureCode::ContainerConfigInvalid, "can't be created: said so"),
            ("CreateContainerError", FailureCode::ContainerConfigInvalid, "can't be created: said so"),
            ("PreCreateHookError", FailureCode::ContainerConfigInvalid, "can't be created: said so"),
            ("RunContainerError", FailureCode::ContainerConfigInvalid, "can't be started: said so"),
            ("PreStartHookError", FailureCode::ContainerConfigInvalid, "can't be started: said so"),
            ("PostStartHookError", FailureCode::ContainerConfigInvalid, "can't be started: said so"),
            ("RROUnsupported", FailureCode::DeadlineExceeded, "waits (RROUnsupported): said so"),
        ] {
            let PodCheck::Transient(diagnosis) = of_pod(&pod(container(waiting(reason), 0))) else {
                panic!("{reason}")
            };
            assert_eq!(diagnosis.code, code, "{reason}");
            assert!(diagnosis.message.ends_with(words), "{}", diagnosis.message);
        }
    }

    #[test]
    fn what_a_pod_waited_for_that_is_over_or_leaves_does_not_matter() {
        let mut status = container(waiting("InvalidImageName"), 0);
        assert!(matches!(of_pod(&pod(status.clone())), PodCheck::Terminal(_)));
        let mut leaving = pod(status.clone());
        leaving.metadata.deletion_timestamp = serde_json::from_value(json!("2026-11-25T12:00:00Z")).unwrap();
        assert_eq!(of_pod(&leaving), PodCheck::Ok);
        status["phase"] = "Failed".into();
        assert_eq!(of_pod(&pod(status)), PodCheck::Ok);
    }

    #[test]
    fn a_container_that_ends_again_and_again_is_terminal_and_its_last_words_are_reported() {
        let check = |restarts| of_pod(&pod(container(waiting("CrashLoopBackOff"), restarts)));
        assert!(matches!(check(1), PodCheck::Transient(_)));
        let PodCheck::Terminal(diagnosis) = check(3) else { panic!("it is transient") };
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
        let PodCheck::Transient(diagnosis) = of_pod(&pod(status)) else { panic!("no doubt") };
        assert_eq!(diagnosis.code, FailureCode::Unschedulable);
        assert!(diagnosis.message.contains("0/1 nodes are available"));
    }

    #[test]
    fn a_pod_that_starts_is_not_suspected() {
        for state in [waiting("ContainerCreating"), waiting("PodInitializing"), json!({ "running": {} })] {
            assert_eq!(of_pod(&pod(container(state, 0))), PodCheck::Ok);
        }
        assert_eq!(of_pod(&Pod::default()), PodCheck::Ok);
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
