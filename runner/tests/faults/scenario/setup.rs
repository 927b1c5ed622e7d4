//! How a scenario begins.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, Guard},
    store::{Store, power::Power},
};
use testkit::fixture;

use super::{
    Scenario,
    table::{Ask, Begin, NewStore},
};
use crate::environment::{Environment, OWNER, gateway_controller};

impl Environment {
    /// A store for which `scenario` can begin, one that does not begin with a store that is up.
    pub(crate) async fn set_up(&self, scenario: Scenario) -> Store {
        let Begin::Anew(new) = scenario.row().begin else { unreachable!("it follows a provisioning") };
        let mut store = fixture::new_store(OWNER);
        if matches!(new, NewStore::Unsent) {
            store.due = Some(store.created.plus(Duration::from_millis(1)));
        }
        self.create(&store).await;
        match new {
            NewStore::Unsent => return store,
            NewStore::Sent => {}
            NewStore::InTheWay => self.create_foreign_object_for(&store).await,
            NewStore::RouteRefused => gateway_controller::refuse(&store),
            NewStore::PodsRefused => self.refuse_pods_of(&store).await,
        }
        self.send(&store).await;
        store
    }

    /// Carries out `request` on `store`; no runner is left then.
    async fn prepare(&self, store: &Store, request: ExclusiveRequest) {
        self.request(store, request).await;
        self.start(Vec::new(), None);
        self.settled(store).await.unwrap();
        self.kill_all();
    }

    /// Lets `scenario` begin with `store`, which is up; no runner is left. Whatever the one before it left, it
    /// begins with the power and the suspension that it needs.
    pub(crate) async fn follow_up(&self, scenario: Scenario, store: &Store) {
        let Begin::WithStore { power, is_suspended, asks } = scenario.row().begin else {
            unreachable!("it begins with a store that is not up")
        };
        self.kill_all();
        let found = self.read(store).await;
        if let Some(power) = power.filter(|power| found.state.power() != Some(*power)) {
            let request = match power {
                Power::Hibernated => ExclusiveRequest::Hibernate { guard: Guard::None },
                Power::Running => ExclusiveRequest::Resume,
                Power::Hibernating | Power::Resuming | Power::Upgrading => {
                    unreachable!("no scenario begins on the way")
                }
            };
            self.prepare(store, request).await;
        }
        if let Some(suspended) = is_suspended.filter(|suspended| found.suspension.is_some() != *suspended) {
            let request = if suspended { fixture::suspend() } else { ExclusiveRequest::Unsuspend };
            self.prepare(store, request).await;
        }
        match asks {
            Ask::Deletion => self.request_deletion(store).await,
            Ask::Inquiry => self.inquire(store).await,
            Ask::Operation(request) => self.request(store, request()).await,
        }
    }
}
