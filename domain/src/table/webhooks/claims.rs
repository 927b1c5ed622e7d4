//! Takes a delivery up, so that one function at a time makes its try, and few try at one endpoint.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    table::{
        error::TableError,
        expression::{
            change::Change,
            value::{number, text},
            write::WriteError,
        },
        handle::Table,
        schema::key::{DUE_AT, Key},
        webhooks::{
            deliveries::{ClaimedDelivery, DELIVERY, DeliveryClaim, MADE, StoredDelivery},
            slots::Slot,
        },
    },
    values::timestamp::Timestamp,
    webhook::{
        delivery::{Delivery, DeliveryState},
        endpoint::EndpointId,
    },
};

/// The attribute that says who makes a try at present.
const CLAIM: &str = "claim";
/// The attribute that says until when.
const CLAIMED_UNTIL: &str = "claimedUntil";

/// What is in the way of a try at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) id: String,
    pub(super) slot: Slot,
}

impl Table {
    /// Takes up the delivery of `notice` to `endpoint`, which answers so many `calls` at once, for `time` from `now`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read or written.
    pub async fn claim_delivery(
        &self,
        endpoint: EndpointId,
        notice: Uuid,
        calls: usize,
        now: Timestamp,
        time: Duration,
    ) -> Result<ClaimedDelivery, TableError> {
        let Some(stored) = self.delivery(endpoint, notice, now).await? else {
            return Ok(ClaimedDelivery::NothingToDo);
        };
        let due = match stored.delivery.state {
            DeliveryState::Due { at } if at <= now => at,
            DeliveryState::Due { at } => return Ok(ClaimedDelivery::NotYet { at }),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => {
                return Ok(ClaimedDelivery::NothingToDo);
            }
        };
        let until = now.plus(time);
        let Some(slot) = self.take_slot(endpoint, calls, now, until).await? else {
            return Ok(ClaimedDelivery::Busy { delivery: Box::new(stored.delivery), due });
        };
        let id = Uuid::new_v4().to_string();
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::delivery(endpoint, notice).into_item()))
            .update_expression("SET #claim = :claim, #until = :until, #due = :until")
            .condition_expression(
                "#tries = :tries AND attribute_exists(#due) AND \
                 (attribute_not_exists(#until) OR #until <= :now OR #claim = :claim)",
            )
            .expression_attribute_names("#claim", CLAIM)
            .expression_attribute_names("#until", CLAIMED_UNTIL)
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_names("#tries", MADE)
            .expression_attribute_values(":claim", text(&id))
            .expression_attribute_values(":until", number(until.as_milliseconds()))
            .expression_attribute_values(":now", number(now.as_milliseconds()))
            .expression_attribute_values(":tries", number(stored.delivery.tries.len()));
        match self.update(request).await {
            Ok(_) => {
                let claim = DeliveryClaim(Held { id, slot });
                Ok(ClaimedDelivery::Claimed(Box::new(stored), claim))
            }
            Err(WriteError::ConditionFailed(_)) => {
                self.free_slot(endpoint, &slot).await?;
                Ok(ClaimedDelivery::Taken)
            }
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// Has the sweep look for `delivery`, whose endpoint is busy, not before `due`: who found that sends the hint after
    /// which it is tried. It changes nothing where somebody is at it at `now`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn delivery_waits(
        &self,
        delivery: &Delivery,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<(), TableError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::delivery(delivery.endpoint, delivery.notice).into_item()))
            .update_expression("SET #due = :due")
            .condition_expression(
                "#tries = :tries AND attribute_exists(#due) AND \
                 (attribute_not_exists(#until) OR #until <= :now)",
            )
            .expression_attribute_names("#until", CLAIMED_UNTIL)
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_names("#tries", MADE)
            .expression_attribute_values(":due", number(due.as_milliseconds()))
            .expression_attribute_values(":now", number(now.as_milliseconds()))
            .expression_attribute_values(":tries", number(delivery.tries.len()));
        match self.update(request).await {
            Ok(_) | Err(WriteError::ConditionFailed(_)) => Ok(()),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// Writes what `delivery`, which was claimed, is after its try; `false` when somebody else has it by now, because
    /// the try took too long.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn delivery_tried(
        &self,
        delivery: &Delivery,
        claim: &DeliveryClaim,
    ) -> Result<bool, TableError> {
        let change = Change::of(Key::delivery(delivery.endpoint, delivery.notice))
            .only_if(CLAIM, "=", text(&claim.0.id))
            .set(DELIVERY, text(StoredDelivery::to_json(delivery)?))
            .set(MADE, number(delivery.tries.len()))
            .remove(CLAIM)
            .remove(CLAIMED_UNTIL);
        let change = match delivery.state {
            DeliveryState::Due { at } => change.set(DUE_AT, number(at.as_milliseconds())),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => change.remove(DUE_AT),
        };
        let written = match self.update(change.alone(self)).await {
            Ok(_) => true,
            Err(WriteError::ConditionFailed(_)) => false,
            Err(WriteError::Table(error)) => return Err(error),
        };
        self.free_slot(delivery.endpoint, &claim.0.slot).await?;
        Ok(written)
    }
}
