//! Deliveries: one of each notice to each endpoint, with all tries.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use uuid::Uuid;

use crate::{
    table::{
        error::TableError,
        expression::{
            change::Change,
            expiry::has_expired,
            page::Page,
            query::kept_page,
            value::{number, text},
            write::WriteError,
        },
        handle::{Item, Table},
        schema::key::{
            DELIVERY_PREFIX, DUE_AT, EXPIRES_AT, KIND, KIND_DELIVERY, Key, PARTITION, SORT, WEBHOOK_PREFIX,
        },
        stores::due,
        webhooks::claims::Held,
    },
    values::timestamp::Timestamp,
    webhook::{
        delivery::{Delivery, DeliveryState},
        endpoint::EndpointId,
        notice::Notice,
    },
};

/// The attribute with the delivery, as JSON.
pub(super) const DELIVERY: &str = "delivery";
/// The attribute with its notice, as JSON.
const NOTICE: &str = "notice";
/// The attribute with the number of tries: what a write is fenced with.
pub(super) const MADE: &str = "made";

/// A delivery, and what it delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The notice that is delivered.
    pub notice: Notice,
}

/// What came of taking a delivery up.
#[derive(Debug)]
pub enum ClaimedDelivery {
    /// It is the caller's to try.
    Claimed(Box<StoredDelivery>, DeliveryClaim),
    /// It is over, or was never there.
    NothingToDo,
    /// It is due later.
    NotYet {
        /// When.
        at: Timestamp,
    },
    /// Somebody else is at it.
    Taken,
    /// The endpoint has as many calls to answer as it gets at once.
    Busy {
        /// The delivery.
        delivery: Box<Delivery>,
        /// Since when it waits.
        due: Timestamp,
    },
}

/// The proof that a delivery was taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryClaim(pub(super) Held);

/// A delivery that must be looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueDelivery {
    /// Where to.
    pub endpoint: EndpointId,
    /// What of.
    pub notice: Uuid,
    due: Timestamp,
}

impl StoredDelivery {
    pub(super) fn to_json(delivery: &Delivery) -> Result<String, TableError> {
        serde_json::to_string(delivery).map_err(|_| TableError::Delivery(delivery.notice.to_string()))
    }

    fn of(item: Item) -> Result<Self, TableError> {
        let attribute = |name| item.get(name).and_then(|json| json.as_s().ok());
        let broken = || TableError::Delivery(attribute(SORT).cloned().unwrap_or_default());
        let delivery = attribute(DELIVERY).and_then(|json| serde_json::from_str(json).ok());
        let notice = attribute(NOTICE).and_then(|json| serde_json::from_str(json).ok());
        Ok(Self { delivery: delivery.ok_or_else(broken)?, notice: notice.ok_or_else(broken)? })
    }
}

impl Table {
    /// Keeps a new delivery of `notice`; `false` where there is one of that notice to that endpoint already.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn create_delivery(&self, delivery: &Delivery, notice: &Notice) -> Result<bool, TableError> {
        let mut item = Key::delivery(delivery.endpoint, delivery.notice).into_item();
        item.insert(KIND.into(), text(KIND_DELIVERY));
        if let DeliveryState::Due { at } = delivery.state {
            item.insert(DUE_AT.into(), number(at.as_milliseconds()));
        }
        item.insert(EXPIRES_AT.into(), number(delivery.expires().as_seconds()));
        item.insert(MADE.into(), number(delivery.tries.len()));
        item.insert(DELIVERY.into(), text(StoredDelivery::to_json(delivery)?));
        let json = serde_json::to_string(notice).map_err(|_| TableError::Notice)?;
        item.insert(NOTICE.into(), text(json));
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION);
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The delivery of `notice` to `endpoint`, unless it has expired at `now`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn delivery(
        &self,
        endpoint: EndpointId,
        notice: Uuid,
        now: Timestamp,
    ) -> Result<Option<StoredDelivery>, TableError> {
        let item = self.read(Key::delivery(endpoint, notice)).await?;
        item.filter(|item| !has_expired(item, now)).map(StoredDelivery::of).transpose()
    }

    /// At most `limit` deliveries to `endpoint`, newest first, after that of the notice `after`; what has expired at
    /// `now` is none of them.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn delivery_page(
        &self,
        endpoint: EndpointId,
        limit: u8,
        after: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Page<StoredDelivery, Uuid>, TableError> {
        let newest_first =
            self.partition_query(&Key::webhook(endpoint), DELIVERY_PREFIX).scan_index_forward(false);
        let after = after.map(|notice| Key::delivery(endpoint, notice));
        kept_page(newest_first, limit, after, now, place_of, StoredDelivery::of).await
    }

    /// Has `delivery`, as it was read, tried again as it is now; `false` where it has changed since, or somebody is at
    /// it.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn retry_delivery(&self, delivery: &Delivery, now: Timestamp) -> Result<bool, TableError> {
        let change = Change::of(Key::delivery(delivery.endpoint, delivery.notice))
            .only_if(MADE, "=", number(delivery.tries.len()))
            .only_if_missing("claim")
            .set(DELIVERY, text(StoredDelivery::to_json(delivery)?))
            .set(DUE_AT, number(now.as_milliseconds()));
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(true),
            Err(WriteError::ConditionFailed(_)) => Ok(false),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// The deliveries that are overdue at `now`, longest overdue first, `limit` at most.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn overdue_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OverdueDelivery>, TableError> {
        let mut pages = self.due(KIND_DELIVERY, now).into_paginator().items().send();
        let mut overdue = Vec::new();
        while let Some(item) = pages.try_next().await? {
            match overdue_of(&item) {
                Some(delivery) => overdue.push(delivery),
                None => {
                    tracing::error!(key = ?item.get(SORT), "a delivery was left out: its key can't be read");
                }
            }
            if overdue.len() == limit {
                break;
            }
        }
        Ok(overdue)
    }

    /// Moves on to `due` when `delivery` must be looked at again; `false` when somebody else did so, or took it up.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn postpone_delivery(
        &self,
        delivery: &OverdueDelivery,
        due: Timestamp,
    ) -> Result<bool, TableError> {
        let change = Change::of(Key::delivery(delivery.endpoint, delivery.notice));
        self.postponed(change, delivery.due, due).await
    }
}

fn place_of(item: &Item) -> Result<Uuid, TableError> {
    let sort = item.get(SORT).and_then(|sort| sort.as_s().ok()).cloned().unwrap_or_default();
    let notice = sort.strip_prefix(DELIVERY_PREFIX).and_then(|notice| notice.parse().ok());
    notice.ok_or(TableError::Delivery(sort))
}

fn overdue_of(item: &Item) -> Option<OverdueDelivery> {
    let endpoint = item.get(PARTITION)?.as_s().ok()?.strip_prefix(WEBHOOK_PREFIX)?.parse().ok()?;
    Some(OverdueDelivery { endpoint, notice: place_of(item).ok()?, due: due::of(item)? })
}
