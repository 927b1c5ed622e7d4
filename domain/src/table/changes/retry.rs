//! Asks for a failed store to be driven again.

use crate::{
    audit::Action,
    provisioning::event::Event,
    store::{
        Store,
        status::{AnyOf, State, Status},
    },
    table::{
        changes::{
            request::{ChangeError, ChangeRequest, Changed, Decision},
            store_change::StoreChange,
        },
        handle::Table,
    },
};

impl Table {
    /// Moves `store`, as it was read and `Failed`, back to what it failed at. Whoever still cleans up
    /// after the failure is stopped by the change of status at their next write.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn request_retry(&self, store: Store, wish: ChangeRequest<'_>) -> Result<Changed, ChangeError> {
        self.change_audited(store, Action::RetryStore, wish, |store| match &store.state {
            State::Failed(_) if store.retries >= Store::MAX_RETRIES => Decision::TriedTooOften,
            State::Failed(failed) => {
                let event = Event::retry_requested(&wish.actor.principal.name, store.retries + 1);
                Decision::Do(StoreChange::Retry(failed.clone().retry(wish.now)), vec![event])
            }
            State::Provisioning(_) | State::Ready(_) | State::Deleting(_) => {
                Decision::NotPossible(AnyOf(&[Status::Failed]))
            }
            State::Deleted(_) => Decision::NotFound,
        })
        .await
    }
}
