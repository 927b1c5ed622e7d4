//! Mutes what is kept of a store, or ends that.

use crate::{
    attention::{Attention, Mute},
    audit::{Action, AuditEntry, Link},
    idempotency::Made,
    store::Store,
    table::{
        audit::entries::head,
        changes::{
            idempotency::earlier,
            request::{ChangeError, ChangeRequest, Changed, replayed},
        },
        error::TableError,
        expression::{change::Change, transaction::TransactionError, value::text},
        handle::Table,
        schema::key::{AUDIT, Key, PARTITION},
        stores::store_item,
    },
};

/// How often it is tried on a store that others change at the same time.
const TRIES: usize = 10;

impl Table {
    /// What is kept of `store` that needs somebody at `now`, and holds for it.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn attention_of_store(
        &self,
        store: &Store,
        now: crate::values::timestamp::Timestamp,
    ) -> Result<Vec<Attention>, TableError> {
        let found = self.attention_of(&store.id, store.uid, now).await?;
        Ok(found.into_iter().map(|(_, entry)| entry).filter(|entry| entry.holds_for(store)).collect())
    }

    /// Has all that needs somebody of `store`, as it was read, muted, or, without a `mute`, heard again. What comes to need
    /// somebody later is not muted by it.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn mute_store(
        &self,
        mut store: Store,
        mute: Option<&Mute>,
        request: ChangeRequest<'_>,
    ) -> Result<Changed, ChangeError> {
        const STORE: usize = 0;
        const KEY: usize = 2;
        let (id, uid) = (store.id.clone(), store.uid);
        let action = if mute.is_some() { Action::MuteStore } else { Action::UnmuteStore };
        for _ in 0..TRIES {
            if store.state.status().is_gone() {
                return Err(ChangeError::NotFound(id));
            }
            if !request.expected.allows(&store) {
                return self.replay(request).await?.ok_or(ChangeError::OtherVersion);
            }
            let mut entries = self.attention_of(&id, uid, request.now).await?;
            entries.retain(|(_, entry)| match mute {
                Some(_) => entry.holds_for(&store),
                None => entry.mute.is_some(),
            });
            if entries.is_empty() {
                let nothing = match mute {
                    Some(_) => Err(ChangeError::NothingToMute),
                    None => Ok(Changed::NoOp(Box::new(store))),
                };
                return match self.replay(request).await? {
                    Some(before) => Ok(before),
                    None => nothing,
                };
            }
            let entry = AuditEntry::new(
                Link::from(store.audit.clone()),
                request.now,
                request.actor.clone(),
                action,
                store.subject(),
            )
            .because(mute.map(|mute| mute.reason.clone()));
            let change = Change::of(Key::store(&id)).of_incarnation(uid).set(AUDIT, head(&entry.head())?);
            let change = match &store.audit {
                Some(read) => change.only_if(AUDIT, "=", head(read)?),
                None => change.only_if_missing(AUDIT),
            };
            let mut items =
                vec![change.in_transaction(self).map_err(TableError::from)?, self.audit_put(&entry)?];
            if let Some(keyed) = request.keyed {
                items.push(self.remember(keyed, Made::Store { id: id.clone(), uid }, request.now)?);
            }
            for (key, read) in entries {
                let change = Change::of(key)
                    .only_if_there(PARTITION)
                    .only_if("cause", "=", text(read.cause))
                    .only_if("since", "=", text(read.since));
                let change = match mute {
                    Some(mute) => {
                        change.set("mute", serde_dynamo::to_attribute_value(mute).map_err(TableError::from)?)
                    }
                    None => change.remove("mute"),
                };
                items.push(change.in_transaction(self).map_err(TableError::from)?);
            }
            let failed = match self.transact(items).await {
                Ok(()) => {
                    store.audit = Some(entry.head());
                    return Ok(Changed::Applied(Box::new(store)));
                }
                Err(TransactionError::Table(error)) => return Err(error.into()),
                Err(TransactionError::Conditions(failed)) => failed,
            };
            let mut found = None;
            for condition in failed {
                match (condition.position, condition.item, request.keyed) {
                    (KEY, Some(record), Some(keyed)) => return replayed(earlier(record, keyed)?),
                    (STORE, item, _) => found = Some(item),
                    // An entry that has ended, or is another one: the next try reads anew.
                    _ => {}
                }
            }
            if let Some(item) = found {
                let now = item.map(store_item::from_item).transpose()?;
                store = now.filter(|now| now.uid == uid).ok_or(ChangeError::NotFound(id.clone()))?;
            }
        }
        Err(ChangeError::Contended(id))
    }
}
