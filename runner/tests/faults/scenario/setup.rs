//! How a scenario begins.

use std::time::Duration;

use domain::{
    operation::{ExclusiveRequest, RestartTarget},
    store::Store,
};
use testkit::fixture;

use super::Scenario;
use crate::environment::Environment;

impl Environment {
    /// A store for which `scenario` can begin, one that does not begin with a store that is up.
    pub(crate) async fn set_up(&self, scenario: Scenario) -> Store {
        let mut store = fixture::new_store("ada");
        if scenario == Scenario::LostJob {
            store.due = Some(store.created.plus(Duration::from_millis(1)));
        }
        self.create(&store).await;
        match scenario {
            Scenario::Provisioning => self.send(&store).await,
            Scenario::LostJob => {}
            Scenario::Conflict => {
                self.create_foreign_object_for(&store).await;
                self.send(&store).await;
            }
            Scenario::Refusal => {
                self.refuse_pods_of(&store).await;
                self.send(&store).await;
            }
            Scenario::Teardown | Scenario::Restart | Scenario::ResetPassword | Scenario::Reveal => {
                unreachable!("it follows a provisioning")
            }
        }
        store
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
            Scenario::Provisioning | Scenario::LostJob | Scenario::Conflict | Scenario::Refusal => {
                unreachable!("it begins with a store that is not up")
            }
        }
    }
}
