//! The audit trail: who changed what, when and from where.
//!
//! The entries about one subject (an incarnation of a store, or a token) are a chain: each holds the
//! digest of the one before, and the subject's own record holds the number and digest of the last,
//! its [`Head`]. An entry is written in the transaction of the change that it records. So one that
//! was altered, removed or moved is found by whoever goes along the chain.

pub mod action;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::action::{Action, WebhookAction};
use crate::{
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
    },
    operation::guard::Guard,
    store::slug::Slug,
    values::{digest::Digest, reason::Reason, timestamp::Timestamp},
    webhook::{endpoint_id::EndpointId, scope::Scope},
};

/// Who asked for a change, and by which request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The authenticated caller.
    pub principal: Principal,
    /// Where the request came from, as API Gateway saw it; `None` for what did not come over HTTP.
    pub address: Option<IpAddr>,
    /// The id of the request, which finds it in the logs; `None` for what did not come over HTTP.
    pub request_id: Option<String>,
}

/// What it was done to; and who may read of it, beside the administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One incarnation of a store.
    Store {
        /// Its id.
        id: Slug,
        /// Which incarnation.
        uid: Uuid,
        /// Whom it belongs to.
        owner: String,
    },
    /// An API token.
    Token {
        /// Its public part.
        id: String,
        /// The principal that it stands for.
        owner: PrincipalName,
    },
    /// An endpoint of webhooks.
    Webhook {
        /// Its id.
        id: EndpointId,
        /// Whose stores it hears of, and so who may read of it.
        scope: Scope,
    },
}

/// The last entry of a chain, as the subject's own record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub sequence: u64,
    /// Its digest.
    pub hash: Digest,
}

/// The chain of the incarnation that had a store's id before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predecessor {
    /// Until when its entries are kept, in seconds since the Unix epoch: later, they may be missing.
    pub expires: i64,
    /// The digest of its last entry.
    pub hash: Digest,
    /// Which incarnation it was.
    pub uid: Uuid,
}

/// What an entry comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing: it is the first about its subject.
    Start,
    /// The end of another chain: it is the first about a store that took over its id.
    Succeeds(Predecessor),
    /// The entry before.
    After(Head),
}

impl From<Option<Head>> for Link {
    fn from(head: Option<Head>) -> Self {
        head.map_or(Self::Start, Self::After)
    }
}

impl Link {
    /// The number of the entry that comes after.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Start | Self::Succeeds(_) => 1,
            Self::After(head) => head.sequence.saturating_add(1),
        }
    }
}

/// One entry of the trail. What it says can't be changed without its digest being another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    link: Link,
    at: Timestamp,
    actor: Actor,
    action: Action,
    subject: Subject,
    reason: Option<Reason>,
    guard: Option<Guard>,
    hash: Digest,
}

impl AuditEntry {
    /// `actor` did `action` to `subject` at this time, after what `link` names.
    ///
    /// # Panics
    /// Never: all that an entry says can be written as JSON.
    #[must_use]
    pub fn new(link: Link, at: Timestamp, actor: Actor, action: Action, subject: Subject) -> Self {
        let hash = Canonical::of(&link, at, &actor, action, &subject).digest();
        Self { link, at, actor, action, subject, reason: None, guard: None, hash }
    }

    /// The same, which says why it was done where there is a `reason`.
    #[must_use]
    pub fn because(self, reason: Option<Reason>) -> Self {
        Self { reason, ..self }.digested()
    }

    /// The same, which says by which `guard` it was done, where there is one to record.
    #[must_use]
    pub fn guarded_by(self, guard: Option<Guard>) -> Self {
        Self { guard, ..self }.digested()
    }

    /// The same, with the digest of what it says.
    fn digested(self) -> Self {
        let Self { link, at, actor, action, subject, reason, guard, hash: _ } = &self;
        let canonical = Canonical::of(link, *at, actor, *action, subject);
        let hash = Canonical { reason: reason.as_ref(), guard: *guard, ..canonical }.digest();
        Self { hash, ..self }
    }

    /// What it comes after.
    #[must_use]
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// When it was done.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Who did it.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What was done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// What it was done to.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Why it was done, where that was said.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// By which guard it was done, where there is one to record.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        self.guard
    }

    /// The digest of all of that.
    #[must_use]
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// The head of the chain that ends with this entry.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { sequence: self.link.sequence(), hash: self.hash.clone() }
    }
}

/// What an entry's digest is made of: its JSON in the canonical form of RFC 8785, which for texts and
/// whole numbers is compact JSON with its members in alphabetical order. Whoever has the entry can
/// compute it again, in any language.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Canonical<'a> {
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
    owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<&'a Digest>,
    principal: &'a PrincipalName,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    role: Role,
    sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a Slug>,
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeds: Option<&'a Predecessor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<EndpointId>,
}

impl<'a> Canonical<'a> {
    fn of(link: &'a Link, at: Timestamp, actor: &'a Actor, action: Action, subject: &'a Subject) -> Self {
        let (previous, succeeds) = match link {
            Link::Start => (None, None),
            Link::Succeeds(predecessor) => (None, Some(predecessor)),
            Link::After(head) => (Some(&head.hash), None),
        };
        let (owner, store, uid, token, webhook) = match subject {
            Subject::Store { id, uid, owner } => (owner.clone(), Some(id), Some(*uid), None, None),
            Subject::Token { id, owner } => (owner.to_string(), None, None, Some(id.as_str()), None),
            Subject::Webhook { id, scope } => (scope.to_string(), None, None, None, Some(*id)),
        };
        Self {
            action,
            address: actor.address,
            at,
            guard: None,
            owner,
            previous,
            principal: &actor.principal.name,
            reason: None,
            request_id: actor.request_id.as_deref(),
            role: actor.principal.role,
            sequence: link.sequence(),
            store,
            succeeds,
            token,
            uid,
            webhook,
        }
    }

    fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("texts and whole numbers are JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor() -> Actor {
        Actor {
            principal: Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner },
            address: Some([192, 0, 2, 7].into()),
            request_id: Some("r-1".into()),
        }
    }

    fn store() -> Subject {
        let uid = "0198f2a0-0000-7000-8000-000000000000".parse().unwrap();
        Subject::Store { id: Slug::parse("my-shop").unwrap(), uid, owner: "ada".into() }
    }

    fn entry(link: Link) -> AuditEntry {
        let at = Timestamp::from_milliseconds(1_769_851_800_250).unwrap();
        AuditEntry::new(link, at, actor(), Action::CreateStore, store())
    }

    fn reason() -> Reason {
        Reason::parse("abuse").unwrap()
    }

    fn predecessor() -> Predecessor {
        Predecessor { expires: 7, hash: Digest::of(b"x"), uid: Uuid::nil() }
    }

    #[test]
    fn what_is_digested_is_canonical_json_that_anybody_can_make_again() {
        let entry = entry(Link::Start);
        let json = concat!(
            r#"{"action":"store.create","address":"192.0.2.7","at":"2026-01-31T09:30:00.250Z","#,
            r#""owner":"ada","principal":"ada","requestId":"r-1","role":"owner","sequence":1,"#,
            r#""store":"my-shop","uid":"0198f2a0-0000-7000-8000-000000000000"}"#
        );
        assert_eq!(entry.hash(), &Digest::of(json.as_bytes()));
    }

    #[test]
    fn members_are_in_alphabetical_order_with_everything_there() {
        let (subject, actor) = (store(), actor());
        let (link, at) = (Link::Succeeds(predecessor()), Timestamp::now());
        let mut all = Canonical::of(&link, at, &actor, Action::CreateStore, &subject);
        let digest = Digest::of(b"");
        let reason = reason();
        (all.previous, all.token, all.webhook) = (Some(&digest), Some("t"), Some(EndpointId::new()));
        (all.reason, all.guard) = (Some(&reason), Some(Guard::None));
        let text = serde_json::to_string(&all).unwrap();
        // A map of `serde_json` is sorted by its keys, as RFC 8785 wants them.
        let sorted: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap();
        assert_eq!(text, serde_json::to_string(&sorted).unwrap());
    }

    #[test]
    fn whatever_is_changed_in_an_entry_changes_its_digest() {
        let at = Timestamp::now();
        let base = AuditEntry::new(Link::Start, at, actor(), Action::CreateStore, store());
        let after = Link::After(base.head());
        let token = Subject::Token { id: "t".into(), owner: PrincipalName::parse("ada").unwrap() };
        let nowhere = Actor { address: None, ..actor() };
        let later = at.plus(std::time::Duration::from_millis(1));
        let others = [
            AuditEntry::new(after, at, actor(), Action::CreateStore, store()),
            AuditEntry::new(Link::Succeeds(predecessor()), at, actor(), Action::CreateStore, store()),
            AuditEntry::new(Link::Start, later, actor(), Action::CreateStore, store()),
            AuditEntry::new(Link::Start, at, nowhere, Action::CreateStore, store()),
            AuditEntry::new(Link::Start, at, actor(), Action::DeleteStore, store()),
            AuditEntry::new(Link::Start, at, actor(), Action::CreateStore, token),
            base.clone().because(Some(reason())),
            base.clone().guarded_by(Some(Guard::None)),
            base.clone().guarded_by(Some(Guard::None)).because(Some(reason())),
        ];
        for other in others {
            assert_ne!(other.hash(), base.hash(), "{other:?}");
        }
        let plain = base.clone().because(None).guarded_by(None);
        assert_eq!(plain, base, "as it was before there were reasons and guards");
    }

    #[test]
    fn entries_are_numbered_along_their_chain() {
        let first = entry(Link::from(None));
        let second = entry(Link::from(Some(first.head())));
        assert_eq!((first.head().sequence, second.head().sequence), (1, 2));
        assert_eq!(entry(Link::Succeeds(predecessor())).head().sequence, 1);
    }
}
