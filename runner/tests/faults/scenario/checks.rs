//! What must hold at the end of a scenario, whatever went wrong on the way.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use domain::{
    operation::{Answer, End, Operation, OperationKey, Outcome},
    provisioning::{
        event::EventKind,
        failure::{Cleanup, Failure, FailureCode},
    },
    store::{
        Store,
        power::Power,
        release::Release,
        state::{Failed, State},
    },
    values::{digest::Digest, timestamp::Timestamp},
};
use k8s_openapi::{
    ByteString,
    api::{
        apps::v1::Deployment,
        core::v1::{Pod, Secret},
    },
};
use kube::{Api, ResourceExt, api::ListParams};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Scenario,
    existing_objects::EXISTING_POD,
    table::{Check, FAILING_IMAGE},
};
use crate::environment::{
    Environment,
    snapshot::{NormalizedObjects, difference},
};

/// Raised by the Deployment's controller with each change of the pods' template.
const REVISION: &str = "deployment.kubernetes.io/revision";

impl Environment {
    pub(super) async fn check_end(
        &self,
        scenario: Scenario,
        store: &Store,
        expected: Option<&NormalizedObjects>,
    ) -> Result<(), String> {
        self.check_at_rest(store).await?;
        let now = self.read(store).await;
        if now.state.status() != scenario.row().end {
            return Err(format!("it is {:?}", now.state));
        }
        match &now.state {
            State::Failed(failed) if scenario.is_operation() => check_half_done(failed)?,
            State::Failed(failed) => self.check_failure(scenario, &now, &failed.failure).await?,
            State::Provisioning(_) | State::Ready(_) | State::Deleting(_) | State::Deleted(_) => {}
        }
        if scenario.is_operation() {
            self.check_operation(scenario, store).await?;
        }
        let snapshot = self.snapshot(store).await;
        if snapshot.has_namespace() != scenario.row().keeps_namespace {
            return Err(format!("it is {}, and its namespace is otherwise", now.state.status()));
        }
        let is_stopped = now.state.power() == Some(Power::Hibernated);
        if is_stopped {
            self.check_no_pods(store).await?;
        }
        let is_half_done = now.state.half_upgrade().is_some();
        let expected = expected.map(|running| {
            let mut expected =
                now.release.as_ref().map_or_else(|| running.clone(), |release| made_of(running, release));
            for (name, object) in &mut expected {
                if name.starts_with("Deployment ")
                    && (is_stopped || (is_half_done && name.ends_with(" wordpress")))
                {
                    object["spec"]["replicas"] = 0.into();
                }
            }
            expected.retain(|name, _| !name.starts_with("Ingress ") || now.wants_way_in());
            expected
        });
        match expected.as_ref().filter(|_| snapshot.has_namespace()) {
            Some(expected) => {
                let mut found = snapshot.normalized();
                // That of an upgrade stays for a while, with what it has said.
                found.retain(|name, _| !name.starts_with("Job upgrade-"));
                difference(expected, &found).map_or(Ok(()), Err)
            }
            None => Ok(()),
        }
    }

    /// It failed for the reason that it has, with the log of what failed where there is one.
    async fn check_failure(
        &self,
        scenario: Scenario,
        store: &Store,
        failure: &Failure,
    ) -> Result<(), String> {
        if Some(failure.code) != scenario.row().fails_by || failure.cleanup != Cleanup::Done {
            return Err(format!("it failed otherwise: {failure:?}"));
        }
        let log = self.fixture.table.failure_log(store).await.unwrap();
        let has_lines = log.as_ref().is_some_and(|log| log.pod == EXISTING_POD && log.lines.len() == 1);
        if has_lines == (scenario == Scenario::Refusal) {
            Ok(())
        } else {
            Err(format!("its failure has the log {log:?}"))
        }
    }

    /// Whoever watches a store whose work is held up sees why: once a step, however often it is tried.
    pub(super) async fn check_retry_event(&self, scenario: Scenario, store: &Store) -> Result<(), String> {
        let kind = match scenario {
            operation if operation.is_operation() => EventKind::OperationRetrying,
            _ => EventKind::StepRetrying,
        };
        let events = self.fixture.table.events(&store.id, store.uid).await.unwrap();
        let retries = events.iter().filter(|event| event.kind == kind);
        // In an environment in which several operations have met faults, each has its own event.
        let steps: Vec<_> = retries.map(|event| (event.step, event.operation)).collect();
        let is_once = |step| steps.iter().filter(|other| *other == step).count() == 1;
        match steps.as_slice() {
            [] => Err("no event says that a request was tried again".into()),
            steps if steps.iter().all(is_once) => Ok(()),
            steps => Err(format!("it is there more than once a step: {steps:?}")),
        }
    }

    /// The operation says the truth, and what it was to do was done: however often it was taken up.
    async fn check_operation(&self, scenario: Scenario, store: &Store) -> Result<(), String> {
        let table = &self.fixture.table;
        let page = table.operation_page(&store.id, store.uid, 1, None, Timestamp::now()).await.unwrap();
        let failed = match page.items.as_slice() {
            [Operation { end: Some(End { outcome: Outcome::Succeeded(_), .. }), .. }] => None,
            [Operation { end: Some(End { outcome: Outcome::Failed(failure), .. }), .. }] => {
                Some(failure.code)
            }
            operations => return Err(format!("it has {operations:?}")),
        };
        let row = scenario.row();
        if failed != row.fails_by {
            return Err(format!("its end is {:?}", page.items));
        }
        match row.check {
            Check::Nothing => Ok(()),
            Check::RestartedOnce => self.check_restarted_once(store).await,
            Check::Password => self.check_password(store).await,
            Check::Revealed => self.check_revealed(store, page.items[0].id).await,
            Check::Power(power) => self.check_power(store, power).await,
            Check::IsSuspended(is_suspended) => self.check_suspension(store, is_suspended).await,
            Check::NoShop => self.check_no_shop(store).await,
        }
    }

    async fn check_power(&self, store: &Store, wanted: Power) -> Result<(), String> {
        match self.read(store).await.state.power() {
            Some(power) if power == wanted => Ok(()),
            power => Err(format!("its power is {power:?}, not {wanted}")),
        }
    }

    async fn check_suspension(&self, store: &Store, wanted: bool) -> Result<(), String> {
        match self.read(store).await.suspension {
            found if found.is_some() == wanted => Ok(()),
            found => Err(format!("its suspension is {found:?}")),
        }
    }

    /// All that wrote is gone.
    async fn check_no_pods(&self, store: &Store) -> Result<(), String> {
        self.check_none(store, "mysql,wordpress").await
    }

    /// Nothing of the shop runs.
    async fn check_no_shop(&self, store: &Store) -> Result<(), String> {
        self.check_none(store, "wordpress").await
    }

    async fn check_none(&self, store: &Store, components: &str) -> Result<(), String> {
        let pods: Api<Pod> = Api::namespaced(self.shared.admin.clone(), &store.id.namespace());
        let ours = ListParams::default().labels(&format!("app.kubernetes.io/component in ({components})"));
        let left: Vec<_> = pods.list(&ours).await.unwrap().iter().map(ResourceExt::name_any).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("it is stopped, and has the pods {left:?}")) }
    }

    async fn check_restarted_once(&self, store: &Store) -> Result<(), String> {
        let deployments: Api<Deployment> = Api::namespaced(self.shared.admin.clone(), &store.id.namespace());
        for deployment in deployments.list(&ListParams::default()).await.unwrap() {
            let name = deployment.name_any();
            match deployment.annotations().get(REVISION).map(String::as_str) {
                Some("2") => {}
                revision => return Err(format!("{name} is at revision {revision:?} after one restart")),
            }
        }
        Ok(())
    }

    /// WordPress, for which a stand-in speaks, has the password that the Secret has, and that is a new one.
    async fn check_password(&self, store: &Store) -> Result<(), String> {
        let data = self.credentials(store).await;
        let keys: Vec<_> = data.keys().filter(|key| key.contains("password")).collect();
        if keys != ["admin-password"] {
            return Err(format!("the Secret has {keys:?}"));
        }
        let folder = env::var_os("WORDPRESS_STAND_IN").expect("this test needs the local stack");
        let file = PathBuf::from(folder).join(format!("{}.store.127.0.0.1.nip.io.password", store.id));
        let received = fs::read_to_string(file).map_err(|error| format!("WordPress got none: {error}"))?;
        let holds = Digest::of(&data["admin-password"].0);
        if received.trim_end() == holds.as_str() {
            Ok(())
        } else {
            Err("Secret and WordPress disagree".into())
        }
    }

    /// Whoever asked can open the answer, and has what the Secret has then.
    async fn check_revealed(&self, store: &Store, operation: Uuid) -> Result<(), String> {
        let key = OperationKey { store: store.id.clone(), uid: store.uid, operation };
        let answer = self.fixture.table.answer(&key, Timestamp::now()).await.unwrap();
        let Some(Answer::Credentials(sealed)) = answer else {
            return Err(format!("the answer is {answer:?}"));
        };
        let revealed = self.recipient.open(&key, &sealed).map_err(|error| error.to_string())?;
        let holds = &self.credentials(store).await["admin-password"].0;
        let is_true = revealed.password.expose_secret().as_bytes() == holds;
        if is_true { Ok(()) } else { Err("the answer has another password than the Secret".into()) }
    }

    async fn credentials(&self, store: &Store) -> BTreeMap<String, ByteString> {
        let secrets: Api<Secret> = Api::namespaced(self.shared.admin.clone(), &store.id.namespace());
        secrets.get("wordpress-credentials").await.unwrap().data.unwrap()
    }

    /// When a runner is gone, its store must be due by the time that its lease ends.
    pub(super) async fn check_due(&self, store: &Store) -> Result<(), String> {
        let now = self.read(store).await;
        let Some(_) = now.task() else { return Ok(()) };
        let until = Timestamp::from_milliseconds(now.lease.until).filter(|_| now.lease.holder.is_some());
        match (now.due, until) {
            (Some(due), Some(until)) if due > until => {
                Err(format!("its lease ends {until}, and it is due only {due}"))
            }
            (Some(_), _) => Ok(()),
            (None, _) => Err("nobody will ever look at it again".into()),
        }
    }
}

/// What is there of a store that is made of `release`, of which `first` is there where it is made of what all are.
fn made_of(first: &NormalizedObjects, release: &Release) -> NormalizedObjects {
    let mut objects = first.clone();
    for (name, image) in [("Deployment wordpress", &release.store), ("Job setup", release.installer())] {
        let Some(pod) = objects.get_mut(name).map(|object| &mut object["spec"]["template"]["spec"]) else {
            continue;
        };
        for group in ["initContainers", "containers"] {
            for container in pod.get_mut(group).and_then(Value::as_array_mut).into_iter().flatten() {
                container["image"] = image.as_str().into();
            }
        }
    }
    objects
}

/// It failed by an upgrade, of which it says to what, and nothing of it was taken away.
fn check_half_done(failed: &Failed) -> Result<(), String> {
    let Failed { failure, upgrade } = failed;
    let is_whole = failure.code == FailureCode::UpgradeFailed
        && failure.cleanup == Cleanup::Kept
        && upgrade.as_ref().is_some_and(|upgrade| upgrade.image.as_str() == FAILING_IMAGE);
    if is_whole { Ok(()) } else { Err(format!("it failed otherwise: {failed:?}")) }
}
