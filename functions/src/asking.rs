//! Who asks for a store to be changed, or for something to be told of it, and how.

use domain::{
    audit::Actor, auth::principal_name::PrincipalName, idempotency::KeyedRequest, store::Store,
    table::ChangeRequest, values::timestamp::Timestamp,
};

use crate::{
    request::idempotency::Idempotency,
    request::preconditions::{Etag, IfMatch},
};

/// Which stores may be changed.
type Allows = dyn Fn(&Store) -> bool + Send + Sync;

/// A request for a change, without what is to be changed.
pub(crate) struct Asking {
    actor: Actor,
    allows: Box<Allows>,
    request: Option<KeyedRequest>,
}

impl Asking {
    /// `actor` asks, for a store in a version that `if_match` allows.
    pub(crate) fn new(actor: Actor, if_match: IfMatch) -> Self {
        let allows = move |store: &Store| if_match.allows(&Etag::of(store));
        Self { actor, allows: Box::new(allows), request: None }
    }

    /// The same under `key`, for what is told from other requests by `parts`.
    pub(crate) fn under(mut self, key: Idempotency, parts: &[&str]) -> Self {
        self.request = key.request(self.name(), parts);
        self
    }

    /// Who asks.
    pub(crate) fn name(&self) -> &PrincipalName {
        &self.actor.principal.name
    }

    /// What is wished for at `now`.
    pub(crate) fn wish(&self, now: Timestamp) -> ChangeRequest<'_> {
        ChangeRequest { actor: &self.actor, now, allows: &*self.allows, request: self.request.as_ref() }
    }
}
