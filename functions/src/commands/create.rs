//! Creates a store.

use domain::{
    audit::Actor,
    idempotency::KeyedRequest,
    queue::job::{Job, PICKUP_GRACE},
    store::{Store, admin_email::AdminEmail, name::StoreName},
    table::Created,
    values::market::Market,
};

use super::{CommandError, CommandResult, Commands};

impl Commands<'_> {
    /// Creates a store of this name, which belongs to `actor`. What `market` does not say is as the settings have it.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn create_store(
        &self,
        name: StoreName,
        admin_email: AdminEmail,
        market: Market,
        actor: &Actor,
        keyed: Option<&KeyedRequest>,
    ) -> Result<CommandResult<Store>, CommandError> {
        let (now, owner) = (self.app.clock.now(), actor.principal.name.to_string());
        let market = market.or(&self.app.settings.market);
        let store = Store { market, ..Store::new(name, admin_email, owner, now, now.plus(PICKUP_GRACE)) };
        let quotas = self.app.settings.limits.quotas();
        match self.app.table.create_store(&store, actor, quotas, keyed).await? {
            Created::Applied(store) => {
                tracing::info!(store = %store.id, uid = %store.uid, owner = %store.owner, "a store was created");
                let job = Job::of(&store);
                Ok(self.sent(*store, job).await)
            }
            Created::Replayed(made) => self.replayed(&made).await,
        }
    }
}
