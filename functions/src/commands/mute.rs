//! Mutes what needs somebody of a store, or ends that. No runner has to do anything for it.

use domain::{
    attention::Mute,
    store::Store,
    table::{Changed, NeedsAttention},
};

use super::{CommandError, CommandRequest, CommandResult, Commands};

impl Commands<'_> {
    /// Has what needs somebody of `store`, as it was read, muted, or, without a `mute`, heard again; and says what that is
    /// now.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn mute_store(
        &self,
        store: Store,
        mute: Option<&Mute>,
        request: &CommandRequest,
    ) -> Result<CommandResult<Vec<NeedsAttention>>, CommandError> {
        let now = self.app.clock.now();
        let (store, is_replay) = match self.app.table.mute_store(store, mute, request.at(now)).await? {
            Changed::Applied(store) => {
                tracing::info!(store = %store.id, uid = %store.uid, is_muted = mute.is_some(), "what needs somebody of a store was muted, or is heard again");
                (*store, false)
            }
            Changed::NoOp(store) => (*store, false),
            Changed::Replayed(made) => {
                let (id, uid) = made.store().ok_or(CommandError::KeyReused)?;
                (self.living(id, uid).await?, true)
            }
        };
        let entries = self.app.table.attention_of_store(&store, now).await?;
        let subject =
            entries.into_iter().map(|attention| NeedsAttention { attention, store: store.clone() }).collect();
        Ok(CommandResult { subject, is_replay, job_not_sent: false })
    }
}
