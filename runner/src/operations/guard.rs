//! The order guard: an operation that takes the shop from its customers begins in a moment in which nobody buys.
//!
//! The shop is asked before the first change, and never after: that an operation has begun is in its record. As long as
//! the shop is busy the store is given back from one look to the next, so a wait takes no slot, and whichever runner
//! comes next goes on with it. It ends by the time of the request, whoever looks.
//!
//! A shop that can't be asked holds nothing up: one that is down has no order to lose, and is what a restart is for. The
//! timeline says so.

use std::time::Duration;

use domain::{
    operation::{Activity, Guard, OperationFailure, Outcome, logs::Component},
    provisioning::{event::Event, failure::FailureCode},
    store::{Store, operations::StoreOperation},
    values::timestamp::Timestamp,
};

use crate::{
    cluster::{ClusterError, ContainerCommand},
    reconcile::{
        failure::advice,
        task::{StoreTask, TaskError},
    },
};

/// How long one look at a shop may take. The script ends itself before that.
const LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// What the guard of an operation comes to, when it does not wait.
pub(super) enum Passage {
    /// It begins, or goes on; with the event to record of it.
    GoesOn(Box<StoreOperation>, Option<Event>),
    /// It has waited long enough, and failed.
    Ended(Box<Store>),
}

/// Why a shop could not be asked.
#[derive(Debug, thiserror::Error)]
enum Unasked {
    #[error("none of its pods is ready")]
    NoPod,
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error("it did not answer within {} s", LOOK_TIMEOUT.as_secs())]
    Late,
    #[error("it answers what is no count of orders")]
    Unreadable(#[from] serde_json::Error),
}

impl StoreTask<'_> {
    /// Asks the shop, where `pending` is to wait for a quiet moment and has not begun.
    ///
    /// # Errors
    /// [`TaskError`]; [`TaskError::Waits`] where the shop is busy.
    pub(super) async fn pass_guard(&self, pending: StoreOperation) -> Result<Passage, TaskError> {
        let operation = pending.operation();
        let is_guarded = operation.request.guard() == Some(Guard::Orders);
        if !is_guarded || operation.started.is_some() {
            return Ok(Passage::GoesOn(Box::new(pending), None));
        }
        let look = tokio::time::timeout(LOOK_TIMEOUT, Box::pin(self.activity()));
        let event = match look.await.unwrap_or(Err(Unasked::Late)) {
            Ok(activity) if !activity.is_quiet() => return self.hold_up(pending, activity).await,
            Ok(_) => None,
            Err(reason) => {
                tracing::warn!(operation = %operation.id, %reason, "a shop can't be asked for orders");
                Some(Event::operation_unguarded(operation, &reason.to_string()))
            }
        };
        Ok(Passage::GoesOn(Box::new(pending), event))
    }

    /// What goes on in the shop, by the script `activity` of its image.
    async fn activity(&self) -> Result<Activity, Unasked> {
        let (component, quiet) = (Component::Wordpress, self.runner.limits.order_guard_quiet());
        let pod = self.cluster.ready_pod(&self.store.id.namespace(), component).await?;
        let pod = pod.ok_or(Unasked::NoPod)?;
        // The address is in the container's environment anyway; and an image without the script is one that `env` complains of.
        let address = format!("SITE_URL={}", self.blueprint().url());
        let words = ["env".to_owned(), address, "activity".to_owned(), quiet.as_secs().to_string()];
        let command = ContainerCommand { name: "activity", words: words.into() };
        let output = self.cluster.output_of(&pod, component.as_str(), &command).await?;
        Ok(serde_json::from_str(output.trim())?)
    }

    /// Has `pending` wait, or fail where it has waited long enough.
    async fn hold_up(&self, pending: StoreOperation, activity: Activity) -> Result<Passage, TaskError> {
        let limits = &self.runner.limits;
        let (operation, now) = (pending.operation(), Timestamp::now());
        let until = operation.requested.plus(limits.order_guard_wait());
        if now >= until {
            let failure = busy(activity, limits.order_guard_quiet(), limits.order_guard_wait());
            let store = self.end_whole(pending, self.store, Outcome::Failed(failure)).await?;
            return Ok(Passage::Ended(Box::new(store)));
        }
        tracing::info!(operation = %operation.id, %activity, "an operation waits for a quiet moment");
        if operation.waiting.is_none() {
            let event = Event::operation_waiting(operation, activity, limits.order_guard_quiet(), until);
            self.commit(pending.wait(now, until, activity), &[event]).await?;
        }
        Err(TaskError::Waits(limits.order_guard_look().min(until.since(now))))
    }
}

/// That a shop with this `activity` within `quiet` had no quiet moment for `wait`.
fn busy(activity: Activity, quiet: Duration, wait: Duration) -> OperationFailure {
    let code = FailureCode::ShopBusy;
    let message = format!(
        "The shop had {activity} in the last {} s, and no quiet moment came within {} s. Nothing was changed. {}",
        quiet.as_secs(),
        wait.as_secs(),
        advice(code)
    );
    OperationFailure { code, message }
}
