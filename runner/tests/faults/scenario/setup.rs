//! How a scenario begins.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, RestartTarget},
    store::{Store, power::Power, release::image::Image},
};
use testkit::fixture;

use super::Scenario;
use crate::environment::{Environment, OWNER};

impl Environment {
    /// A store for which `scenario` can begin, one that does not begin with a store that is up.
    pub(crate) async fn set_up(&self, scenario: Scenario) -> Store {
        let mut store = fixture::new_store(OWNER);
        if scenario == Scenario::LostJob {
            store.due = Some(store.created.plus(Duration::from_millis(1)));
        }
        self.create(&store).await;
        match scenario {
            Scenario::Provisioning | Scenario::Route => self.send(&store).await,
            Scenario::LostJob => {}
            Scenario::Conflict => {
                self.create_foreign_object_for(&store).await;
                self.send(&store).await;
            }
            Scenario::RefusedRoute => {
                self.shared.gateway.refuse(&store);
                self.send(&store).await;
            }
            Scenario::Refusal => {
                self.refuse_pods_of(&store).await;
                self.send(&store).await;
            }
            Scenario::Teardown
            | Scenario::Restart
            | Scenario::ResetPassword
            | Scenario::Reveal
            | Scenario::Hibernate
            | Scenario::Resume
            | Scenario::Suspend
            | Scenario::Unsuspend
            | Scenario::Upgrade
            | Scenario::UpgradeRefused
            | Scenario::UpgradeFailed => {
                unreachable!("it follows a provisioning")
            }
        }
        store
    }

    /// Carries out `request` on `store`, unless it is `wanted` already; no runner is left then.
    async fn prepare(&self, store: &Store, wanted: impl Fn(&Store) -> bool, request: ExclusiveRequest) {
        if wanted(&self.read(store).await) {
            return;
        }
        self.request(store, request).await;
        self.start(Vec::new(), None);
        self.settled(store).await.unwrap();
        self.kill_all();
    }

    /// Lets `scenario` begin with `store`, which is up; no runner is left.
    pub(crate) async fn follow_up(&self, scenario: Scenario, store: &Store) {
        self.kill_all();
        match scenario {
            Scenario::Teardown => self.request_deletion(store).await,
            Scenario::Restart => {
                self.request(store, ExclusiveRequest::Restart { target: RestartTarget::All }).await;
            }
            Scenario::ResetPassword => self.request(store, ExclusiveRequest::ResetPassword).await,
            Scenario::Reveal => self.inquire(store).await,
            Scenario::Hibernate => {
                let runs = |store: &Store| store.state.power() == Some(Power::Running);
                self.prepare(store, runs, ExclusiveRequest::Resume).await;
                self.request(store, ExclusiveRequest::Hibernate).await;
            }
            Scenario::Resume => {
                let sleeps = |store: &Store| store.state.power() == Some(Power::Hibernated);
                self.prepare(store, sleeps, ExclusiveRequest::Hibernate).await;
                self.request(store, ExclusiveRequest::Resume).await;
            }
            Scenario::Suspend => {
                let is_open = |store: &Store| store.suspension.is_none();
                self.prepare(store, is_open, ExclusiveRequest::Unsuspend).await;
                self.request(store, fixture::suspend()).await;
            }
            Scenario::Unsuspend => {
                self.prepare(store, |store| store.suspension.is_some(), fixture::suspend()).await;
                self.request(store, ExclusiveRequest::Unsuspend).await;
            }
            Scenario::Upgrade => self.request(store, upgrade("shopwright/store:newer")).await,
            Scenario::UpgradeRefused => self.request(store, upgrade("chaos/upgrade-refused:1")).await,
            Scenario::UpgradeFailed => self.request(store, upgrade("chaos/upgrade-fails:1")).await,
            Scenario::Provisioning
            | Scenario::Route
            | Scenario::RefusedRoute
            | Scenario::LostJob
            | Scenario::Conflict
            | Scenario::Refusal => {
                unreachable!("it begins with a store that is not up")
            }
        }
    }
}

fn upgrade(image: &str) -> ExclusiveRequest {
    ExclusiveRequest::Upgrade { image: Image::from_record(image) }
}
