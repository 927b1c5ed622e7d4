//! Asks for a store's deletion, which cancels whatever else goes on with it.

use crate::{
    audit::Action,
    provisioning::event::Event,
    store::{Store, status::DeletionRequest},
    table::{
        changes::{
            request::{ChangeError, ChangeRequest, Changed, Decision},
            store_change::StoreChange,
        },
        handle::Table,
    },
};

impl Table {
    /// Moves `store`, as it was read, to `Deleting`. A store that is being deleted already stays as
    /// it is, whichever version of it the wish is about: what is wished for has happened.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn request_deletion(
        &self,
        store: Store,
        wish: ChangeRequest<'_>,
    ) -> Result<Changed, ChangeError> {
        self.change_audited(store, Action::DeleteStore, wish, |store| {
            match store.state.clone().request_deletion(wish.now) {
                DeletionRequest::Starts(transition) => {
                    let events =
                        transition.operation().and_then(Event::operation_ended).into_iter().collect();
                    Decision::Do(StoreChange::Change(transition), events)
                }
                DeletionRequest::GoesOn => Decision::Already,
                DeletionRequest::Gone => Decision::NotFound,
            }
        })
        .await
    }
}
