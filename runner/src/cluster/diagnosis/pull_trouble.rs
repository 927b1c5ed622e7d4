//! For how long an image can't be pulled, and what was said of it first.
//!
//! A pod's status has no time at which a pull failed: what it has is when its sandbox was ready, and a pull
//! may have gone well for minutes since. So the time is that of whoever looks. A runner that takes a store
//! over begins to count again, which makes no store fail earlier, and its deadline holds all the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use k8s_openapi::api::core::v1::Pod;
use tokio::time::Instant;

use super::{Diagnosis, PodCheck, PullFailure, of_pod};

/// What the checks of the pods of one wait have found.
#[derive(Debug)]
pub(in crate::cluster) struct PullTroubles {
    grace: Duration,
    /// By image: which of several pods waits for it makes no difference.
    images: BTreeMap<String, PullTrouble>,
}

#[derive(Debug)]
struct PullTrouble {
    since: Instant,
    /// Of a kubelet that waits for its next try, the words are only that it does.
    first: Option<String>,
}

impl PullTroubles {
    /// None yet. One that lasts for `grace` is taken to stay.
    #[must_use]
    pub(in crate::cluster) fn new(grace: Duration) -> Self {
        Self { grace, images: BTreeMap::new() }
    }

    /// What is to be expected of `pods`, which were read at `now`: first of all what is terminal.
    #[must_use]
    pub(in crate::cluster) fn check(&mut self, pods: &[Pod], now: Instant) -> PodCheck {
        let mut check = PodCheck::Ok;
        let mut failing = BTreeSet::new();
        for pod in pods {
            match of_pod(pod) {
                PodCheck::Terminal(diagnosis) => {
                    return PodCheck::Terminal(self.with_first_words(diagnosis, pod));
                }
                PodCheck::PullFails(failure) => {
                    let diagnosis = self.note(&failure, now);
                    if self.has_lasted(&failure.image, now) {
                        return PodCheck::Terminal(diagnosis);
                    }
                    failing.insert(failure.image);
                    check = PodCheck::Transient(diagnosis);
                }
                transient @ PodCheck::Transient(_) => check = transient,
                PodCheck::Ok => {}
            }
        }
        // What is pulled by now has had no trouble that counts.
        self.images.retain(|image, _| failing.contains(image));
        check
    }

    /// Remembers `failure`, and says of it what was said first.
    fn note(&mut self, failure: &PullFailure, now: Instant) -> Diagnosis {
        let trouble = self
            .images
            .entry(failure.image.clone())
            .or_insert_with(|| PullTrouble { since: now, first: None });
        if trouble.first.is_none() && says_why(&failure.said) {
            trouble.first = Some(failure.said.clone());
        }
        let said = trouble.first.clone().unwrap_or_else(|| failure.said.clone());
        let seconds = now.saturating_duration_since(trouble.since).as_secs();
        let mut diagnosis = PullFailure { said, ..failure.clone() }.diagnosis();
        if seconds > 0 {
            diagnosis.message.push_str(&format!(" (for {seconds} s)"));
        }
        diagnosis
    }

    fn has_lasted(&self, image: &str, now: Instant) -> bool {
        let trouble = self.images.get(image);
        // Never at the first check, however short the grace is.
        trouble.is_some_and(|trouble| now > trouble.since && now - trouble.since >= self.grace)
    }

    /// The same with what was said first of an image of `pod`, where that says more.
    fn with_first_words(&self, mut diagnosis: Diagnosis, pod: &Pod) -> Diagnosis {
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        let images = containers.filter_map(|container| container.image.as_ref());
        let first = images.filter_map(|image| self.images.get(image)?.first.as_ref()).next();
        if let Some(first) = first.filter(|first| !diagnosis.message.contains(first.as_str())) {
            diagnosis.message.push_str(&format!("; before that: {first}"));
        }
        diagnosis
    }
}

/// Whether a kubelet says more than that it waits. From Kubernetes 1.31 on the words of the last try stand
/// behind that.
fn says_why(said: &str) -> bool {
    match said.strip_prefix("Back-off pulling image ") {
        Some(image) => image.contains("\": "),
        None => !said.is_empty() && said != "ErrImagePull" && said != "ImagePullBackOff",
    }
}

#[cfg(test)]
mod tests {
    use domain::provisioning::failure::FailureCode;
    use serde_json::json;

    use super::*;

    const GRACE: Duration = Duration::from_secs(60);
    const LIMITED: &str = "429 Too Many Requests - toomanyrequests: You have reached your pull rate limit";

    fn pod(name: &str, reason: &str, said: &str) -> Pod {
        let state = match reason {
            "" => json!({ "running": {} }),
            reason => json!({ "waiting": { "reason": reason, "message": said } }),
        };
        let status = json!({ "phase": "Pending", "containerStatuses": [{
            "name": "mysql", "image": "mysql:8.4", "imageID": "", "ready": false, "restartCount": 0, "state": state,
        }] });
        serde_json::from_value(json!({ "metadata": { "name": name }, "status": status })).unwrap()
    }

    fn back_off(name: &str) -> Pod {
        pod(name, "ImagePullBackOff", "Back-off pulling image \"mysql:8.4\"")
    }

    /// What comes of checks of a pod after so many seconds each.
    fn looks(looks: &[(u64, Pod)]) -> PodCheck {
        let (begin, mut troubles) = (Instant::now(), PullTroubles::new(GRACE));
        let mut check = PodCheck::Ok;
        for (seconds, pod) in looks {
            check = troubles.check(std::slice::from_ref(pod), begin + Duration::from_secs(*seconds));
        }
        check
    }

    fn message(check: PodCheck) -> (bool, String) {
        match check {
            PodCheck::Terminal(diagnosis) => (true, diagnosis.message),
            PodCheck::Transient(diagnosis) => {
                assert_eq!(diagnosis.code, FailureCode::ImagePullFailed);
                (false, diagnosis.message)
            }
            PodCheck::Ok | PodCheck::PullFails(_) => panic!("{check:?}"),
        }
    }

    #[test]
    fn a_registry_that_refuses_for_twelve_seconds_and_serves_then_fails_nothing() {
        let err = || pod("mysql-1", "ErrImagePull", LIMITED);
        let said = message(looks(&[(0, err()), (3, back_off("mysql-1")), (6, back_off("mysql-1"))]));
        assert_eq!(
            said,
            (false, format!("image mysql:8.4 of pod mysql-1 can't be pulled: {LIMITED} (for 6 s)"))
        );
        assert_eq!(
            looks(&[(0, err()), (9, back_off("mysql-1")), (12, pod("mysql-1", "", ""))]),
            PodCheck::Ok
        );
    }

    #[test]
    fn trouble_that_lasts_is_hopeless_in_the_first_errors_words() {
        let err = pod("mysql-1", "ErrImagePull", LIMITED);
        let last = message(looks(&[(0, err.clone()), (59, back_off("mysql-1"))]));
        assert!(!last.0, "{last:?}");
        let lasted = message(looks(&[(0, err), (30, back_off("mysql-1")), (60, back_off("mysql-1"))]));
        assert_eq!(
            lasted,
            (true, format!("image mysql:8.4 of pod mysql-1 can't be pulled: {LIMITED} (for 60 s)"))
        );
    }

    #[test]
    fn it_is_never_hopeless_at_the_first_look() {
        let mut troubles = PullTroubles::new(Duration::ZERO);
        let (now, pods) = (Instant::now(), [back_off("mysql-1")]);
        assert!(matches!(troubles.check(&pods, now), PodCheck::Transient(_)));
        let later = now + Duration::from_secs(1);
        assert!(matches!(troubles.check(&pods, later), PodCheck::Terminal(_)));
    }

    #[test]
    fn words_that_come_with_the_back_off_are_kept_too_and_the_first_that_say_why_are_reported() {
        let with_words = format!("Back-off pulling image \"mysql:8.4\": ErrImagePull: {LIMITED}");
        let said = message(looks(&[
            (0, back_off("mysql-1")),
            (3, pod("mysql-1", "ImagePullBackOff", &with_words)),
            (6, pod("mysql-1", "ErrImagePull", "503 Service Unavailable")),
        ]));
        assert!(said.1.contains(LIMITED) && !said.1.contains("503"), "{said:?}");
    }

    #[test]
    fn trouble_that_went_by_and_comes_again_is_counted_anew_and_another_pod_goes_on_with_it() {
        let runs = pod("mysql-1", "", "");
        let again =
            [(0, back_off("mysql-1")), (30, runs), (59, back_off("mysql-1")), (90, back_off("mysql-1"))];
        assert!(!message(looks(&again)).0);
        assert!(
            message(looks(&[(0, back_off("mysql-1")), (61, back_off("mysql-2"))])).0,
            "evicted, and the same"
        );
    }

    #[test]
    fn an_image_that_turns_out_not_to_be_there_is_hopeless_at_once() {
        let gone = pod("mysql-1", "ErrImagePull", "manifest unknown");
        assert!(message(looks(&[(0, back_off("mysql-1")), (3, gone)])).0);
    }
}
