//! Endpoints: made, shown, listed, changed and deleted, each change with its audit entry.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures_util::future::try_join_all;

use crate::{
    audit::{Action, Actor, AuditEntry, Link, WebhookAction},
    idempotency::{KeyedRequest, Made},
    table::{
        changes::idempotency::{Earlier, earlier},
        error::TableError,
        expression::{
            page::Page,
            transaction::TransactionError,
            value::{number, text},
        },
        handle::{Item, Table},
        schema::key::{CREATED, INDEX_BY_KIND, KIND, KIND_WEBHOOK, Key, PARTITION},
    },
    values::timestamp::Timestamp,
    webhook::{
        endpoint::{Endpoint, EndpointId, Reception, Scope},
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
    },
};

/// How many endpoints hear of the stores of one owner at most, and how many of those of all.
pub const MOST_ENDPOINTS: usize = 10;

/// How often a change is tried on an endpoint that others change at the same time.
const TRIES: usize = 10;

/// The attribute with an endpoint's version.
const VERSION: &str = "version";

/// What an endpoint is made from.
#[derive(Clone, Debug)]
pub struct NewEndpoint<'a> {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Who makes it.
    pub actor: &'a Actor,
    /// The request, where it has a key.
    pub keyed: Option<&'a KeyedRequest>,
}

/// What somebody does with an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct EndpointChange<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
    /// What, as the audit trail has it.
    pub action: WebhookAction,
    /// The versions in which it may be done; any where this is `None`.
    pub expected: Option<&'a [u64]>,
    /// The request, where it has a key.
    pub keyed: Option<&'a KeyedRequest>,
}

/// An endpoint that was made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeEndpoint {
    /// As it is now.
    pub endpoint: Endpoint,
    /// Whether the same request, by its key, was carried out before, and nothing was done this time.
    pub is_replay: bool,
}

/// Why an endpoint was not made or changed. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// There is none of this id.
    #[error("there is no endpoint {0}")]
    NotFound(EndpointId),
    /// There are as many as there may be.
    #[error("there are {MOST_ENDPOINTS} endpoints")]
    TooMany,
    /// It is in no version that the caller expected.
    #[error("the endpoint has changed since")]
    OtherVersion,
    /// The request's key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// It changed under each try.
    #[error("the endpoint {0} keeps changing")]
    Contended(EndpointId),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// A place in the list of all endpoints: after the one that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPlace {
    created: Timestamp,
    id: EndpointId,
}

/// The text is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no place in a list of endpoints")]
pub struct EndpointPlaceError;

impl fmt::Display for EndpointPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created.as_milliseconds(), self.id)
    }
}

impl FromStr for EndpointPlace {
    type Err = EndpointPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (created, id) = text.split_once('.').ok_or(EndpointPlaceError)?;
        let created = created.parse().ok().and_then(Timestamp::from_milliseconds);
        Ok(Self {
            created: created.ok_or(EndpointPlaceError)?,
            id: id.parse().map_err(|_| EndpointPlaceError)?,
        })
    }
}

impl Table {
    /// Keeps a new endpoint, with its audit entry. What is asked for twice, by its key, is made once.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn create_endpoint(&self, new: NewEndpoint<'_>) -> Result<MadeEndpoint, EndpointError> {
        const LISTENERS: usize = 1;
        const KEY: usize = 3;
        let NewEndpoint { endpoint, actor, keyed } = new;
        let action = Action::Webhook(WebhookAction::Create);
        let entry = AuditEntry::new(Link::Start, endpoint.created, actor.clone(), action, endpoint.subject());
        let endpoint = Endpoint { audit: Some(entry.head()), ..endpoint };
        let mut items = vec![
            self.endpoint_put(&endpoint, None)?,
            self.listen(&endpoint.scope, endpoint.id, MOST_ENDPOINTS)?,
            self.audit_put(&entry)?,
        ];
        if let Some(keyed) = keyed {
            items.push(self.remember(keyed, Made::Webhook { id: endpoint.id }, endpoint.created)?);
        }
        let mut failed = match self.transact(items).await {
            Ok(()) => return Ok(MadeEndpoint { endpoint, is_replay: false }),
            Err(TransactionError::Table(error)) => return Err(error.into()),
            Err(TransactionError::Conditions(failed)) => failed,
        };
        let key = failed.iter_mut().find(|condition| condition.position == KEY);
        if let Some((record, keyed)) = key.and_then(|condition| condition.item.take()).zip(keyed) {
            return self.replayed(record, keyed).await;
        }
        if failed.iter().any(|condition| condition.position == LISTENERS) {
            return Err(EndpointError::TooMany);
        }
        Err(EndpointError::Contended(endpoint.id))
    }

    /// The endpoint `id`, deleted ones too.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>, TableError> {
        Ok(self.read(Key::webhook(id)).await?.map(serde_dynamo::from_item).transpose()?)
    }

    /// The endpoints that hear of the stores of `owner`, disabled ones too.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn endpoints_for(&self, owner: &str) -> Result<Vec<Endpoint>, TableError> {
        self.endpoints_named(self.listeners(owner).await?).await
    }

    /// The endpoints of one scope, oldest first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn endpoints_of(&self, scope: &Scope) -> Result<Vec<Endpoint>, TableError> {
        let mut endpoints = self.endpoints_named(self.listeners_of(&scope.to_string()).await?).await?;
        endpoints.sort_by_key(|endpoint| endpoint.id);
        Ok(endpoints)
    }

    async fn endpoints_named(&self, ids: Vec<EndpointId>) -> Result<Vec<Endpoint>, TableError> {
        let found = try_join_all(ids.into_iter().map(|id| self.endpoint(id))).await?;
        Ok(found.into_iter().flatten().filter(Endpoint::is_there).collect())
    }

    /// At most `limit` endpoints of all scopes, newest first, after `place`. The index behind it is a moment late.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn endpoint_page(
        &self,
        limit: u8,
        after: Option<&EndpointPlace>,
    ) -> Result<Page<Endpoint, EndpointPlace>, TableError> {
        let limit = usize::from(limit);
        let start = after.map(|place| {
            let mut key = Key::webhook(place.id).into_item();
            key.insert(CREATED.into(), text(place.created));
            key.insert(KIND.into(), text(KIND_WEBHOOK));
            key
        });
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_BY_KIND)
            .key_condition_expression("#kind = :webhook")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":webhook", text(KIND_WEBHOOK))
            .scan_index_forward(false)
            // One more than is wanted shows whether there are more.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let endpoints = answer.items.unwrap_or_default().into_iter();
        let endpoints = endpoints.map(serde_dynamo::from_item).collect::<Result<Vec<Endpoint>, _>>()?;
        let place = |endpoint: &Endpoint| Ok(EndpointPlace { created: endpoint.created, id: endpoint.id });
        Page::of(endpoints, limit, None, place, |endpoint| Ok::<_, TableError>(Some(endpoint)))
    }

    /// Does something with the endpoint `id`: `become` makes what it is then. What comes of it is written with its audit
    /// entry, also where the endpoint stays as it is.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn change_endpoint(
        &self,
        id: EndpointId,
        change: EndpointChange<'_>,
        becomes: impl Fn(Endpoint) -> Endpoint,
    ) -> Result<MadeEndpoint, EndpointError> {
        for _ in 0..TRIES {
            let found = self.endpoint(id).await?.filter(Endpoint::is_there);
            let Some(before) = found else {
                let replayed = self.recall_endpoint(change).await?;
                return replayed.ok_or(EndpointError::NotFound(id));
            };
            if change.expected.is_some_and(|expected| !expected.contains(&before.version)) {
                let replayed = self.recall_endpoint(change).await?;
                return replayed.ok_or(EndpointError::OtherVersion);
            }
            let (link, actor) = (Link::from(before.audit.clone()), change.actor.clone());
            let action = Action::Webhook(change.action);
            let entry = AuditEntry::new(link, change.now, actor, action, before.subject());
            let (read, was_there) = (before.version, before.scope.clone());
            let after = becomes(before);
            let after = Endpoint { version: read + 1, audit: Some(entry.head()), ..after };
            let mut items = vec![self.endpoint_put(&after, Some(read))?, self.audit_put(&entry)?];
            if let Some(keyed) = change.keyed {
                items.push(self.remember(keyed, Made::Webhook { id }, change.now)?);
            }
            if !after.is_there() {
                items.push(self.listen_no_more(&was_there, id)?);
            }
            const KEY: usize = 2;
            let mut failed = match self.transact(items).await {
                Ok(()) => return Ok(MadeEndpoint { endpoint: after, is_replay: false }),
                Err(TransactionError::Table(error)) => return Err(error.into()),
                Err(TransactionError::Conditions(failed)) => failed,
            };
            let key = failed.iter_mut().find(|condition| condition.position == KEY);
            if let Some((record, keyed)) = key.and_then(|condition| condition.item.take()).zip(change.keyed) {
                return self.replayed(record, keyed).await;
            }
        }
        Err(EndpointError::Contended(id))
    }

    /// Notes how a try at the endpoint `id` went. Where that disables it, `by` is who did so in the audit trail; that, and
    /// that it works again, is a notice to the others of its scope, written in the same transaction.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn endpoint_tried(
        &self,
        id: EndpointId,
        reception: Reception,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Endpoint, EndpointError> {
        for _ in 0..TRIES {
            let found = self.endpoint(id).await?.filter(Endpoint::is_there);
            let before = found.ok_or(EndpointError::NotFound(id))?;
            let after = before.clone().after(reception, now);
            if !is_worth_writing(&before, &after) {
                return Ok(before);
            }
            let mut after = Endpoint { version: before.version + 1, ..after };
            let mut items = Vec::new();
            let mut recorded = None;
            if let crate::webhook::endpoint::EndpointState::Disabled { reason, .. } = after.state
                && before.state != after.state
            {
                let action = Action::Webhook(WebhookAction::Disable);
                let link = Link::from(before.audit.clone());
                let entry = AuditEntry::new(link, now, by.clone(), action, before.subject());
                after.audit = Some(entry.head());
                items.push(self.audit_put(&entry)?);
                recorded = Some(Occurrence::WebhookDisabled { reason });
            } else if before.recovering && !after.recovering {
                recorded = Some(Occurrence::WebhookRecovered);
            }
            let mut hint = None;
            if let Some(occurrence) = recorded {
                let subject = NoticeSubject::Webhook { webhook: id, scope: before.scope.clone() };
                let notice = Notice { id: uuid::Uuid::now_v7(), at: now, subject, occurrence };
                let (key, put) = self.notice_put(&notice)?;
                items.push(put);
                hint = Some(key);
            }
            items.insert(0, self.endpoint_put(&after, Some(before.version))?);
            match self.transact(items).await {
                Ok(()) => {
                    if let Some(key) = hint {
                        self.hint(key);
                    }
                    return Ok(after);
                }
                Err(TransactionError::Conditions(_)) => {}
                Err(TransactionError::Table(error)) => return Err(error.into()),
            }
        }
        Err(EndpointError::Contended(id))
    }

    /// What the same request did before, if it has a key that says so.
    async fn recall_endpoint(
        &self,
        change: EndpointChange<'_>,
    ) -> Result<Option<MadeEndpoint>, EndpointError> {
        let Some(keyed) = change.keyed else { return Ok(None) };
        match self.recall(keyed, change.now).await? {
            None => Ok(None),
            Some(earlier) => self.made_before(earlier).await.map(Some),
        }
    }

    async fn replayed(&self, record: Item, keyed: &KeyedRequest) -> Result<MadeEndpoint, EndpointError> {
        self.made_before(earlier(record, keyed)?).await
    }

    async fn made_before(&self, earlier: Earlier) -> Result<MadeEndpoint, EndpointError> {
        let Earlier::Same(Made::Webhook { id }) = earlier else { return Err(EndpointError::KeyReused) };
        let endpoint = self.endpoint(id).await?.ok_or(EndpointError::NotFound(id))?;
        Ok(MadeEndpoint { endpoint, is_replay: true })
    }

    /// The part of a transaction that writes `endpoint`, which must be in the version `read`, or not there at all.
    fn endpoint_put(&self, endpoint: &Endpoint, read: Option<u64>) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(to_item(endpoint)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None);
        let put = match read {
            None => put
                .condition_expression("attribute_not_exists(#pk)")
                .expression_attribute_names("#pk", PARTITION),
            Some(version) => put
                .condition_expression("#version = :read")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":read", number(version)),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }
}

/// The item of `endpoint`. One that was deleted is in no index.
fn to_item(endpoint: &Endpoint) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(endpoint)?;
    if endpoint.is_there() {
        item.insert(KIND.into(), text(KIND_WEBHOOK));
    }
    item.extend(Key::webhook(endpoint.id).into_item());
    Ok(item)
}

/// How often the time of the last failure is written: it is looked at for half days.
const FAILURES_NOTED_EVERY: std::time::Duration = std::time::Duration::from_secs(600);

/// Whether `after` says something else than `before`, but for a failure a moment after another one.
fn is_worth_writing(before: &Endpoint, after: &Endpoint) -> bool {
    match (before.failing, after.failing) {
        (Some(earlier), Some(later)) if before.state == after.state => {
            later.last.since(earlier.last) >= FAILURES_NOTED_EVERY
        }
        _ => before != after,
    }
}
