//! The audit trail as items of the table: an entry lies beside its subject, and is written in the
//! transaction of the change that it records.

use std::net::IpAddr;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::{Action, Actor, AuditEntry, Head, Link, Predecessor, Subject},
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
    },
    operation::Guard,
    store::slug::Slug,
    table::{
        error::TableError,
        handle::{Item, Table},
        schema::key::{Key, PARTITION, audit_kind},
    },
    values::{digest::Digest, month::Month, reason::Reason, timestamp::Timestamp},
    webhook::{endpoint_id::EndpointId, scope::Scope},
};

/// The attributes of an entry's item beside its key. What the indexes need says part of what the
/// entry says, and is said only once.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditItem {
    /// Partition key of `by-kind`: the month.
    kind: String,
    /// Sort key of `by-kind`: when it was done.
    created: Timestamp,
    /// Not called `owner`, so that the index `by-owner` does not have it: an entry more in an index
    /// costs two write units with every change.
    subject_owner: String,
    sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    previous: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    succeeds: Option<Predecessor>,
    principal: PrincipalName,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    request_id: Option<String>,
    action: Action,
    /// Why, where that was said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<Reason>,
    /// `none`, of what was to wait for nothing and could have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    guard: Option<Guard>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    store: Option<Slug>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    uid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    webhook: Option<EndpointId>,
    hash: Digest,
}

/// The item of `entry`.
pub(in crate::table) fn to_item(entry: &AuditEntry) -> Result<Item, TableError> {
    let Actor { principal, address, request_id } = entry.actor();
    let (owner, store, uid, token, webhook) = match entry.subject() {
        Subject::Store { id, uid, owner } => (owner.clone(), Some(id.clone()), Some(*uid), None, None),
        Subject::Token { id, owner } => (owner.to_string(), None, None, Some(id.clone()), None),
        Subject::Webhook { id, scope } => (scope.to_string(), None, None, None, Some(*id)),
    };
    let (previous, succeeds) = match entry.link() {
        Link::Start => (None, None),
        Link::Succeeds(predecessor) => (None, Some(predecessor.clone())),
        Link::After(head) => (Some(head.hash.clone()), None),
    };
    let sequence = entry.head().sequence;
    let mut item: Item = serde_dynamo::to_item(AuditItem {
        kind: audit_kind(Month::of(entry.at())),
        created: entry.at(),
        subject_owner: owner,
        sequence,
        previous,
        succeeds,
        principal: principal.name.clone(),
        role: principal.role,
        address: *address,
        request_id: request_id.clone(),
        action: entry.action(),
        reason: entry.reason().cloned(),
        guard: entry.guard(),
        store,
        uid,
        token,
        webhook,
        hash: entry.hash().clone(),
    })?;
    item.extend(Key::audit(entry.subject(), sequence).into_item());
    Ok(item)
}

/// The entry that `item` holds.
///
/// # Errors
/// [`TableError`], also when the item says anything that its digest does not vouch for.
pub(in crate::table) fn from_item(item: Item) -> Result<AuditEntry, TableError> {
    let key = item.get(PARTITION).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    let broken = |problem| TableError::Audit { key: key.clone(), problem };
    let item: AuditItem = serde_dynamo::from_item(item)?;
    let owner = item.subject_owner.as_str();
    let named = || PrincipalName::parse(owner).map_err(|_| broken("its owner is no principal"));
    let subject = match (item.store, item.uid, item.token, item.webhook) {
        (Some(id), Some(uid), None, None) => Subject::Store { id, uid, owner: owner.to_owned() },
        (None, None, Some(id), None) => Subject::Token { id, owner: named()? },
        (None, None, None, Some(id)) => {
            let scope = if owner == Scope::All.to_string() { Scope::All } else { Scope::Owner(named()?) };
            Subject::Webhook { id, scope }
        }
        _ => return Err(broken("it is about nothing, or about several things")),
    };
    let link = match (item.sequence, item.previous, item.succeeds) {
        (1, None, None) => Link::Start,
        (1, None, Some(predecessor)) => Link::Succeeds(predecessor),
        (2.., Some(hash), None) => Link::After(Head { sequence: item.sequence - 1, hash }),
        _ => return Err(broken("its place in the chain is not clear")),
    };
    let principal = Principal { name: item.principal, role: item.role };
    let actor = Actor { principal, address: item.address, request_id: item.request_id };
    let entry = AuditEntry::new(link, item.created, actor, item.action, subject)
        .because(item.reason)
        .guarded_by(item.guard);
    if entry.hash() == &item.hash { Ok(entry) } else { Err(broken("its digest is another one")) }
}

/// A chain's head as its subject's record has it, in the attribute `audit`.
pub(in crate::table) fn head(head: &Head) -> Result<AttributeValue, TableError> {
    Ok(serde_dynamo::to_attribute_value(head)?)
}

impl Table {
    /// The part of a transaction that writes `entry`. Another part of it must make `entry` the head
    /// of its chain, on the condition that the head is still what the entry comes after.
    pub(in crate::table) fn audit_put(&self, entry: &AuditEntry) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(to_item(entry)?))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::expression::value::text;

    fn entries() -> [AuditEntry; 4] {
        let actor = Actor {
            principal: Principal { name: PrincipalName::parse("root").unwrap(), role: Role::Admin },
            address: Some([192, 0, 2, 7].into()),
            request_id: Some("r-1".into()),
        };
        let store =
            Subject::Store { id: Slug::parse("my-shop").unwrap(), uid: Uuid::now_v7(), owner: "ada".into() };
        let token =
            Subject::Token { id: "0123456789abcdef".into(), owner: PrincipalName::parse("ada").unwrap() };
        let predecessor = Predecessor { expires: 7, hash: Digest::of(b""), uid: Uuid::now_v7() };
        let nobody = Actor { address: None, request_id: None, ..actor.clone() };
        let at = Timestamp::now();
        let first = AuditEntry::new(Link::Start, at, nobody, Action::IssueToken, token.clone());
        [
            AuditEntry::new(Link::After(first.head()), at, actor.clone(), Action::RevokeToken, token),
            AuditEntry::new(Link::Start, at, actor.clone(), Action::CreateStore, store.clone()),
            AuditEntry::new(Link::Succeeds(predecessor), at, actor, Action::CreateStore, store),
            first,
        ]
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let [entry, ..] = entries();
        let unguarded = entry.guarded_by(Some(Guard::None));
        for entry in entries().into_iter().chain([unguarded]) {
            assert_eq!(from_item(to_item(&entry).unwrap()).unwrap(), entry);
        }
    }

    #[test]
    fn an_item_that_says_something_else_is_no_entry() {
        for entry in entries() {
            let item = to_item(&entry).unwrap();
            for attribute in item.keys().filter(|name| !["pk", "sk", "kind"].contains(&name.as_str())) {
                let mut other = item.clone();
                other.remove(attribute);
                assert!(from_item(other.clone()).is_err(), "without {attribute}");
                other.insert(attribute.clone(), text("2026-01-31T09:30:00.250Z"));
                assert!(from_item(other).is_err(), "another {attribute}");
            }
        }
    }

    #[test]
    fn the_longest_entry_costs_one_write_unit() {
        let longest = "a".repeat(128);
        let actor = Actor {
            principal: Principal { name: PrincipalName::parse(&longest).unwrap(), role: Role::Admin },
            address: Some("2001:db8:1111:2222:3333:4444:5555:6666".parse().unwrap()),
            request_id: Some("a".repeat(64)),
        };
        let subject =
            Subject::Store { id: Slug::parse(&"a".repeat(50)).unwrap(), uid: Uuid::now_v7(), owner: longest };
        let predecessor = Predecessor { expires: i64::MAX, hash: Digest::of(b""), uid: Uuid::now_v7() };
        let entry = AuditEntry::new(
            Link::Succeeds(predecessor),
            Timestamp::now(),
            actor,
            Action::CreateStore,
            subject,
        );
        // The names and texts, and at most 21 bytes a number and 3 a map, as DynamoDB counts them.
        let bytes: usize = to_item(&entry)
            .unwrap()
            .iter()
            .map(|(name, value)| {
                let size = |value: &AttributeValue| value.as_s().map_or(21, String::len);
                name.len()
                    + value.as_m().map_or(size(value), |map| {
                        3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
                    })
            })
            .sum();
        assert!(bytes <= 1024, "{bytes}");
    }
}
